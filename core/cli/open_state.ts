import type { Logger } from "@logtape/logtape";
import type { Clock } from "../flow/clock.ts";
import { openDatabase, STATE_FILE } from "../state/open_database.ts";
import { State, type StateOptions } from "../state/state.ts";
import { StorageError } from "../storage/storage_error.ts";
import { keptFolder } from "./kept_folder.ts";
import { IN_MEMORY } from "../storage/open_database.ts";

/**
 * Opens the state of a command that collects. Whatever is wrong with the folder, the command runs:
 * the log then says why state is kept in memory only, and what would mend it.
 *
 * @param wanted the folder; `:memory:` for none, "" for the platform's
 * @param options `clock`, and the `log`
 */
export function openState(
  wanted: string,
  { clock, log }: { clock: Clock; log: Logger },
): State {
  const options = {
    now: () => clock.now(),
    onLoss: (reason: string) => log.error("state is lost at the end", { reason }),
  };
  const inMemory = () => new State(openDatabase(IN_MEMORY), options);
  if (wanted === IN_MEMORY) {
    log.info("state is kept in memory only", { reason: "that is what was asked for" });
    return inMemory();
  }
  try {
    const folder = keptFolder(wanted);
    const state = openIn(folder, options);
    log.info("state is kept", { folder });
    return state;
  } catch (error) {
    log.warn("state is kept in memory only", { reason: (error as Error).message });
    return inMemory();
  }
}

function openIn(folder: string, options: StateOptions): State {
  const database = openDatabase(folder);
  try {
    return new State(database, options);
  } catch (error) {
    database.close();
    throw new StorageError(
      `${folder}/${STATE_FILE} is not as it was written (${(error as Error).message}); move it ` +
        `away: what it held is learnt again from exporters`,
    );
  }
}
