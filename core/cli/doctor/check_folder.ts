import { inspectDatabase } from "../../storage/inspect_database.ts";
import type { DatabaseForm } from "../../storage/database_form.ts";
import { needPermission } from "../../storage/open_database.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Finding } from "./finding.ts";

const MIB = 2 ** 20;

/**
 * Whether a folder can keep a database, and whether the one that is there can be used. The database
 * is looked at and left as it is, since a server may have it; where none has, a file is made in the
 * folder and removed at once, since only that says whether this user may.
 *
 * @param what is kept there, such as "state"
 * @param place the `folder`, and the `form` of the database in it
 * @throws {StorageError} that names the remedy
 */
export function checkFolder(
  what: string,
  { folder, form }: { folder: string; form: DatabaseForm },
): Finding {
  needPermission(folder);
  if (!isFolder(folder)) {
    return { verdict: "ok", what, text: `${folder} is made when it is needed` };
  }
  const path = `${folder}/${form.file}`;
  const { octets, inUse } = inspectDatabase(folder, form);
  if (inUse) {
    return {
      verdict: "note",
      what,
      text: `another process has ${path}: a server that runs, it may be`,
      remedy: [`before another is to use it, stop that one, or ${form.remedies.folder}`],
    };
  }
  tryToWrite(folder);
  const size = octets === null ? "none yet" : `${(octets / MIB).toFixed(1)} MiB`;
  return { verdict: "ok", what, text: `${path}, ${size}` };
}

/** Whether the folder is there. */
function isFolder(path: string): boolean {
  let found: Deno.FileInfo;
  try {
    found = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw cannotBe(path, (error as Error).message);
  }
  if (!found.isDirectory) throw cannotBe(path, "it is a file");
  return true;
}

function cannotBe(path: string, why: string): StorageError {
  return new StorageError(`${path} cannot be a folder (${why}); name another one with --db`);
}

/** Makes a file that has no name any more before anything can end this process. */
function tryToWrite(folder: string): void {
  const trial = `${folder}/.doctor-${crypto.randomUUID()}`;
  try {
    const file = Deno.openSync(trial, { write: true, createNew: true, mode: 0o600 });
    try {
      Deno.removeSync(trial);
    } finally {
      file.close();
    }
  } catch (error) {
    throw new StorageError(
      `${folder} cannot be written by this user (${(error as Error).message}); make it writable, ` +
        `or name another folder with --db`,
    );
  }
}
