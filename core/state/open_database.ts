import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./migrations.ts";
import { StateError } from "./state_error.ts";
import { IN_MEMORY } from "./state_folder.ts";

/** Name of the database in its folder. */
export const STATE_FILE = "state.db";

/**
 * Opens `state.db` in a folder and brings it to the newest version. Its lock, which SQLite holds as
 * long as the database is open and the system lets go of when the process ends however it ends, is
 * the lock of the folder (docs/adr/0010-state.md).
 *
 * @param folder made if it is missing; `:memory:` for a database that is gone with the process
 * @throws {StateError} that says why not, and the remedy; nothing stays open
 */
export function openDatabase(folder: string): DatabaseSync {
  if (folder === IN_MEMORY) {
    const database = new DatabaseSync(IN_MEMORY);
    migrate(database, IN_MEMORY);
    return database;
  }
  needPermission(folder);
  const path = `${folder}/${STATE_FILE}`;
  makeFile(folder, path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    lock(database);
    check(database);
    migrate(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof StateError ? error : explain(error as Error, { folder, path });
  }
}

/** Asks before the system would, so that nobody is prompted. */
function needPermission(path: string): void {
  const missing = (["read", "write"] as const)
    .filter((name) => Deno.permissions.querySync({ name, path }).state !== "granted");
  if (missing.length === 0) return;
  const flags = missing.map((name) => `--allow-${name}=${path}`).join(" ");
  throw new StateError(
    `flow-agent was started without permission for ${path}; start it with ${flags}`,
  );
}

/** What lies there is for nobody else's eyes: names of interfaces, later what alerts say. */
function makeFile(folder: string, path: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 }).close();
    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
  } catch (error) {
    throw explain(error as Error, { folder, path });
  }
}

function lock(database: DatabaseSync): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // No write-ahead log: between two commits all there is stands in the one file.
  database.exec("PRAGMA journal_mode = DELETE");
  database.exec("PRAGMA synchronous = FULL");
  // The lock is taken by the first transaction, and kept.
  database.exec("BEGIN EXCLUSIVE; COMMIT");
}

function check(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA quick_check(1)").get();
  if (found?.quick_check !== "ok") throw new Error(`malformed: ${found?.quick_check}`);
}

function migrate(database: DatabaseSync, path: string): void {
  const version = database.prepare("PRAGMA user_version").get()!.user_version as number;
  if (version > MIGRATIONS.length) {
    throw new StateError(
      `${path} was written by a newer flow-agent (version ${version} of its layout, this one ` +
        `knows ${MIGRATIONS.length}); start that one, or name another folder with --db`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    // One transaction each: a database is of one version or the next, never between.
    database.exec(`BEGIN; ${MIGRATIONS[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}

function explain(
  { name, message }: Error,
  { folder, path }: { folder: string; path: string },
): StateError {
  if (/database is locked/.test(message)) {
    return new StateError(
      `another process has ${path}; stop it, or name another folder with --db`,
    );
  }
  if (/not a database|malformed|encrypted/.test(message)) {
    return new StateError(
      `${path} is damaged (${message}); move it away: what it held is learnt again from exporters`,
    );
  }
  if (/disk is full|no space|os error (28|112)\b/i.test(message)) {
    return new StateError(`the disk of ${folder} is full; make room`);
  }
  if (/readonly|read-only/i.test(message) || name === "PermissionDenied") {
    return new StateError(
      `${folder} cannot be written by this user; make it writable, or name another with --db`,
    );
  }
  return new StateError(`${path} cannot be opened: ${message}; name another folder with --db`);
}
