import type { Logger } from "@logtape/logtape";
import { anonymiseKey } from "./anonymise_key.ts";
import { loadCapabilities } from "../collector/load_capabilities.ts";
import type { House } from "./command.ts";
import { Engine } from "./engine.ts";
import { historyPolicy } from "./history_policy.ts";
import { loadNames } from "./load_names.ts";
import { openState } from "./open_state.ts";
import type { LoadedSettings } from "./settings.ts";
import { workingFolder } from "./working_folder.ts";

/**
 * Makes the engine of a command, with the capabilities that its settings name.
 *
 * @param settings as loaded
 * @param house what main.ts brings together, and the `log`
 * @throws {CapabilityError} when a capability cannot be loaded, {CommandFailure} when a file of names
 *   cannot
 */
export async function openEngine(
  { config, capabilities }: LoadedSettings,
  { house, log }: { house: House; log: Logger },
): Promise<Engine> {
  const { builtIn, collectorWorker, clock } = house;
  const loaded = await loadCapabilities(capabilities, {
    builtIn: await builtIn(),
    folder: workingFolder(),
  });
  const names = loadNames(config);
  const state = openState(config.state.folder, { clock, log: log.getChild("state") });
  return new Engine({
    config,
    capabilities: loaded,
    collectorWorker,
    state,
    history: historyPolicy(config, log.getChild("history")),
    names,
    anonymiseKey: anonymiseKey(),
    clock,
    log,
  });
}
