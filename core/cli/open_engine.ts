import type { Logger } from "@logtape/logtape";
import { anonymiseKey } from "./anonymise_key.ts";
import { loadCapabilities } from "../collector/load_capabilities.ts";
import type { House } from "./command.ts";
import { Engine } from "./engine.ts";
import { historyPolicy } from "./history_policy.ts";
import { loadNames } from "./load_names.ts";
import { openState } from "./open_state.ts";
import { requireCapability } from "./require_capability.ts";
import type { LoadedSettings } from "./settings.ts";
import { workingFolder } from "./working_folder.ts";

/**
 * Makes the engine of a command, with the capabilities that its settings name.
 *
 * @param settings as loaded
 * @param house what main.ts brings together, the `log`, and the capabilities that `--collect` names
 * @throws {UsageError} when one of these is not there, {CapabilityError} when a capability cannot be
 *   loaded, {CommandFailure} when a file of names cannot
 */
export async function openEngine(
  { config, capabilities }: LoadedSettings,
  { house, log, collect = [] }: { house: House; log: Logger; collect?: readonly string[] },
): Promise<Engine> {
  const { builtIn, collectorWorker, clock } = house;
  const loaded = await loadCapabilities(capabilities, {
    builtIn: await builtIn(),
    folder: workingFolder(),
  });
  const known = loaded.map(({ capability }) => capability.name);
  // Before anything is opened: what is written wrongly leaves nothing behind.
  for (const name of collect) requireCapability(name, { option: "--collect", names: known });
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
