import { DatabaseSync } from "node:sqlite";
import { layoutVersion, requireLayout } from "./layout.ts";
import type { DatabaseForm } from "./database_form.ts";
import { checkPages, explainFailure } from "./open_database.ts";
import { openToLook, sizeOf } from "./open_to_look.ts";
import { StorageError } from "./storage_error.ts";

/** Files up to so many octets are looked through; larger ones are opened. */
const LOOKED_THROUGH = 64 * 2 ** 20;

/** What was seen of a database. */
export interface SeenDatabase {
  /** Of the file; null where there is none yet. */
  readonly octets: number | null;
  /** Whether another process has it. */
  readonly inUse: boolean;
}

/**
 * Looks whether `openDatabase` could open a database, and leaves all as it was: nothing is written to
 * it, and no lock is held for longer than the look takes.
 *
 * @param folder that it is in
 * @param form of the database
 * @throws {StorageError} that says why not, and the remedy
 */
export function inspectDatabase(folder: string, form: DatabaseForm): SeenDatabase {
  const path = `${folder}/${form.file}`;
  try {
    const octets = sizeOf(path);
    if (octets === null) return { octets, inUse: false };
    const inUse = form.lockFile !== undefined && isLocked(`${folder}/${form.lockFile}`);
    if (octets > 0) look(path, { form, octets, inUse });
    // To open it for writing writes nothing; of one that is in use it would be known by now.
    if (!inUse) Deno.openSync(path, { read: true, write: true }).close();
    return { octets, inUse };
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const { message } = error as Error;
    // One without a lock file is locked by whoever has it open.
    if (form.lockFile === undefined && /database is locked/.test(message)) {
      return { octets: sizeOf(path), inUse: true };
    }
    throw explainFailure(error as Error, folder, form);
  }
}

function look(
  path: string,
  { form, octets, inUse }: { form: DatabaseForm; octets: number; inUse: boolean },
): void {
  openToLook(path, 0, (database) => {
    const version = layoutVersion(database, path, form);
    if (version > 0) requireLayout(database, path, form, version);
    if (octets <= LOOKED_THROUGH) checkPages(database);
    // A flow-agent that runs has been seen; another program may write it all the same.
    if (!inUse) requireNoWriter(path);
  });
}

/** Closed before the connection that looks: so it takes over nothing of a log that was left. */
function requireNoWriter(path: string): void {
  const writer = new DatabaseSync(path, { timeout: 0 });
  try {
    writer.exec("BEGIN IMMEDIATE; ROLLBACK");
  } finally {
    writer.close();
  }
}

/** Whether somebody has a lock file; for a moment it is shared with nobody who wants it alone. */
function isLocked(path: string): boolean {
  if (sizeOf(path) === null) return false;
  using lock = Deno.openSync(path, { read: true });
  return !lock.tryLockSync(false);
}
