import { DatabaseSync } from "node:sqlite";
import type { DatabaseForm } from "./database_form.ts";
import { layoutVersion, notOurs, requireLayout } from "./layout.ts";
import { LogNote } from "./log_note.ts";
import { openToLook } from "./open_to_look.ts";
import { StorageError } from "./storage_error.ts";

/** Nothing of it outlives the process. */
export const IN_MEMORY = ":memory:";

/** Readers hold the file for moments, when they open it. */
const READERS_MS = 2000;
/**
 * A lock outlives its holder for a moment: while that ends, or while it starts another program, which
 * has what its parent has until it runs.
 */
const LOCK_TRIES = 10;
const LOCK_REST_MS = 10;

/** A database that gives a lock back when it is closed. */
class LockedDatabase extends DatabaseSync {
  readonly #lock: Deno.FsFile;
  readonly #note: LogNote;

  constructor(
    path: string,
    { lock, note, timeout }: { lock: Deno.FsFile; note: LogNote; timeout: number },
  ) {
    super(path, { timeout });
    this.#lock = lock;
    this.#note = note;
  }

  /** Notes the log, which is there by now, as that of this file. */
  noteLog(): void {
    this.#note.write(this.#lock);
  }

  override close(): void {
    try {
      super.close();
    } finally {
      this.#lock.close();
    }
  }
}

/**
 * Opens a database in a folder and brings it to the newest version. Its lock, which is held as long
 * as the database is open and the system lets go of when the process ends however it ends, keeps
 * every other process out (docs/adr/0010-state.md).
 *
 * @param folder made if it is missing; `:memory:` for a database that is gone with the process
 * @param form of the database
 * @throws {StorageError} that says why not, and the remedy; nothing stays open
 */
export function openDatabase(folder: string, form: DatabaseForm): DatabaseSync {
  if (folder === IN_MEMORY) {
    const database = new DatabaseSync(IN_MEMORY);
    migrate(database, form, 0);
    return database;
  }
  needPermission(folder);
  const path = `${folder}/${form.file}`;
  let database: DatabaseSync | undefined;
  try {
    makeFile(folder, path);
    database = form.lockFile === undefined
      ? openOurs(path, form, (timeout) => new DatabaseSync(path, { timeout }))
      : openLocked(path, form, `${folder}/${form.lockFile}`);
    // Before any setting, which are written to the file: it may be another's.
    requireOurs(database, path, form);
    hide(path);
    lock(database, form);
    if (database instanceof LockedDatabase) database.noteLog();
    if (form.checked) checkPages(database);
    // Anew, now that nobody else can change it.
    migrate(database, form, requireOurs(database, path, form));
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof StorageError ? error : explainFailure(error as Error, folder, form);
  }
}

/**
 * Asks for permission before the system would, so that nobody is prompted.
 *
 * @param path of a file or folder
 * @param names what is to be done with it; default: both
 * @throws {StorageError} that names the flags that are missing
 */
export function needPermission(
  path: string,
  names: readonly ("read" | "write")[] = ["read", "write"],
): void {
  const missing = names
    .filter((name) => Deno.permissions.querySync({ name, path }).state !== "granted");
  if (missing.length === 0) return;
  const flags = missing.map((name) => `--allow-${name}=${path}`).join(" ");
  throw new StorageError(
    `flow-agent was started without permission for ${path}; start it with ${flags}`,
  );
}

/** What is made is for nobody else's eyes: who talks to whom, what interfaces are called. */
function makeFile(folder: string, path: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 }).close();
}

/**
 * Opens a database that is ours, or of nobody yet. Another's stays as it was: to be opened for writing
 * alone would have its log taken over into it. One whose program ended within a transaction, and left
 * a journal, cannot be told before that is rolled back, as its own program would do next.
 *
 * @param open opens it, and waits for others for so many milliseconds
 */
function openOurs<T>(path: string, form: DatabaseForm, open: (waitMs: number) => T): T {
  // Who has one without a lock file open keeps it.
  const waitMs = form.lockFile === undefined ? 0 : READERS_MS;
  const isOurs = openToLook(path, waitMs, (database) => void requireOurs(database, path, form));
  // Files that SQLite puts beside it get its mode.
  if (isOurs) hide(path);
  return open(waitMs);
}

/** One that was put back from a backup, say, may have been for all eyes. */
function hide(path: string): void {
  if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
}

function openLocked(path: string, form: DatabaseForm, lockPath: string): LockedDatabase {
  const lock = Deno.openSync(lockPath, { create: true, write: true, mode: 0o600 });
  try {
    if (!locked(lock)) throw new Error("database is locked");
    const note = new LogNote(path, lockPath);
    // Under the lock: whoever wrote the database that was here before has left it.
    note.setAside();
    return openOurs(path, form, (timeout) => new LockedDatabase(path, { lock, note, timeout }));
  } catch (error) {
    lock.close();
    throw error;
  }
}

function locked(file: Deno.FsFile): boolean {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 1; !file.tryLockSync(true); tries++) {
    if (tries === LOCK_TRIES) return false;
    Atomics.wait(sleeper, 0, 0, LOCK_REST_MS);
  }
  return true;
}

function lock(database: DatabaseSync, { settings, lockFile }: DatabaseForm): void {
  if (lockFile === undefined) database.exec("PRAGMA locking_mode = EXCLUSIVE");
  for (const setting of settings) database.exec(`PRAGMA ${setting}`);
  // The database's own lock is taken by the first transaction, and kept.
  database.exec("BEGIN EXCLUSIVE; COMMIT");
}

/**
 * Looks through all of a database.
 *
 * @throws {Error} that says what is damaged first
 */
export function checkPages(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA quick_check(1)").get();
  if (found?.quick_check === "ok") return;
  const [first] = String(found?.quick_check).split("\n").slice(-1);
  throw new Error(`malformed: ${first}`);
}

/** The version of a database that is ours, or of nobody yet. */
function requireOurs(database: DatabaseSync, path: string, form: DatabaseForm): number {
  const version = layoutVersion(database, path, form);
  if (version > 0) requireLayout(database, path, form, version);
  return version;
}

function migrate(database: DatabaseSync, { migrations }: DatabaseForm, version: number): void {
  for (let next = version; next < migrations.length; next++) {
    // One transaction each: a database is of one version or the next, never between.
    database.exec(`BEGIN; ${migrations[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}

/**
 * Says what went wrong with a database, and the remedy.
 *
 * @param error of SQLite, or of the file system
 * @param folder that it is in
 * @param form of the database
 */
export function explainFailure(
  { name, message }: Error,
  folder: string,
  { file, remedies }: DatabaseForm,
): StorageError {
  const path = `${folder}/${file}`;
  if (/database is locked/.test(message)) {
    return new StorageError(`another process has ${path}; stop it, or ${remedies.folder}`);
  }
  if (/is a directory|os error 21\b/i.test(message)) {
    return new StorageError(
      `${path} is a folder, and should be a file; move it away, or ${remedies.folder}`,
    );
  }
  if (/no such (table|column)/.test(message)) {
    return new StorageError(notOurs(path, message, remedies));
  }
  if (/not a database|malformed|encrypted/.test(message)) {
    return new StorageError(`${path} is damaged (${message}); move it away: ${remedies.damage}`);
  }
  if (/disk is full|no space|os error (28|112)\b/i.test(message)) {
    return new StorageError(`the disk of ${folder} is full; make room`);
  }
  if (/readonly|read-only/i.test(message) || name === "PermissionDenied") {
    return new StorageError(
      `${folder} cannot be written by this user; make it writable, or ${remedies.folder}`,
    );
  }
  return new StorageError(`${path} cannot be used: ${message}; ${remedies.folder}`);
}
