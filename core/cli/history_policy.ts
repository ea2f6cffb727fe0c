import type { Logger } from "@logtape/logtape";
import type { Config } from "../config/schema.ts";
import type { HistoryPolicy } from "../history/history_policy.ts";
import { ServiceNames } from "../names/service_names.ts";
import { IN_MEMORY, needPermission } from "../storage/open_database.ts";
import { keptFolder } from "./kept_folder.ts";

const DAY_MS = 86_400_000;

/**
 * How a command that collects keeps history: where its state is, unless configured otherwise. Whoever
 * wants nothing on disk (`--db :memory:`) gets no history either.
 *
 * @param config of the command
 * @param log hears why none is kept, where that was not asked for
 * @returns null where none is kept
 */
export function historyPolicy(
  { state, names, history: { enabled, folder: wanted, ...history } }: Config,
  log: Logger,
): HistoryPolicy | null {
  if (!enabled) return null;
  const chosen = wanted !== "" ? wanted : state.folder;
  if (chosen === IN_MEMORY) return null;
  try {
    const folder = keptFolder(chosen);
    needPermission(folder);
    return {
      folder,
      keepMs: history.keep_days * DAY_MS,
      keepMinutesMs: history.keep_minutes_days * DAY_MS,
      keepHoursMs: history.keep_hours_days * DAY_MS,
      maxOctets: history.max_bytes,
      namedPorts: new ServiceNames(names.services).namedPorts,
      writer: crypto.randomUUID(),
    };
  } catch (error) {
    log.warn("no history is kept", { reason: (error as Error).message });
    return null;
  }
}
