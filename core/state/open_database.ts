import type { DatabaseSync } from "node:sqlite";
import type { DatabaseForm } from "../storage/database_form.ts";
import { openDatabase as open } from "../storage/open_database.ts";
import { MIGRATIONS } from "./migrations.ts";

/** Name of the database in its folder. */
export const STATE_FILE = "state.db";

/** How state.db is kept. */
export const STATE_FORM: DatabaseForm = {
  file: STATE_FILE,
  // No write-ahead log: between two commits all there is stands in the one file.
  settings: ["journal_mode = DELETE", "synchronous = FULL"],
  migrations: MIGRATIONS,
  checked: true,
  remedies: {
    folder: "name another folder with --db",
    damage: "what it held is learnt again from exporters",
  },
};

/**
 * Opens `state.db` in a folder: its lock is the lock of the folder.
 *
 * @param folder made if it is missing; `:memory:` for a database that is gone with the process
 * @throws {StorageError} that says why not, and the remedy; nothing stays open
 */
export function openDatabase(folder: string): DatabaseSync {
  return open(folder, STATE_FORM);
}
