import type { DatabaseSync } from "node:sqlite";
import type { DatabaseForm } from "../storage/database_form.ts";
import { LogNote } from "../storage/log_note.ts";
import { openDatabase } from "../storage/open_database.ts";
import { MIGRATIONS } from "./migrations.ts";

/** Name of the database in its folder. */
export const HISTORY_FILE = "history.db";

const LOCK_FILE = "history.lock";

/** How history.db is kept. */
export const HISTORY_FORM: DatabaseForm = {
  file: HISTORY_FILE,
  lockFile: LOCK_FILE,
  settings: [
    "page_size = 4096",
    // Set before the first table: space can be given back without writing everything anew.
    "auto_vacuum = INCREMENTAL",
    // A commit waits for no disk, and a power cut costs the last seconds, never the file.
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "journal_size_limit = 8388608",
    "cache_size = -4096",
  ],
  migrations: MIGRATIONS,
  // It may have gigabytes: each page has a checksum of its own, looked at when it is read.
  checked: false,
  remedies: {
    folder: "name another folder with history.folder",
    damage: "flows are kept in a new one then",
  },
};

/**
 * Opens `history.db` in a folder.
 *
 * @param folder made if it is missing; `:memory:` for a database that is gone with the process
 * @throws {StorageError} that says why not, and the remedy; nothing stays open
 */
export function openHistory(folder: string): DatabaseSync {
  return openDatabase(folder, HISTORY_FORM);
}

/**
 * Whose log lies beside `history.db`: to be asked before it is opened for reading, as `openHistory`
 * does before it is written.
 *
 * @param folder may be missing
 */
export function historyLog(folder: string): LogNote {
  return new LogNote(`${folder}/${HISTORY_FILE}`, `${folder}/${LOCK_FILE}`);
}
