import type { Config } from "../config/schema.ts";
import { IN_MEMORY, needPermission } from "../storage/open_database.ts";
import { CommandFailure, type Option } from "./command.ts";
import { keptFolder } from "./kept_folder.ts";

/** Of the commands that work on history without a server. */
export const HISTORY_FOLDER_OPTION: Readonly<Record<string, Option>> = {
  db: {
    type: "string",
    value: "FOLDER",
    description: "folder of history.db; default: where serve keeps it",
  },
};

/**
 * Where history.db is.
 *
 * @param config of the command
 * @param options `db`: the folder that was named; `use`: what is to be done there
 * @throws {CommandFailure} or {StorageError} with the remedy
 */
export function historyFolder(
  { state, history }: Config,
  { db, use }: { db: string | undefined; use: readonly ("read" | "write")[] },
): string {
  const chosen = db ?? (history.folder !== "" ? history.folder : state.folder);
  if (chosen === IN_MEMORY) {
    throw new CommandFailure("no history is kept on disk here; name the folder of one with --db");
  }
  const folder = keptFolder(chosen);
  needPermission(folder, use);
  return folder;
}
