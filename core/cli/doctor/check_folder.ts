import { needPermission } from "../../storage/open_database.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Finding } from "./finding.ts";

const MIB = 2 ** 20;

/**
 * Whether a folder can keep a database: by permission, and by making and removing a file in it. The
 * database itself is left alone, since a server may have it.
 *
 * @param what is kept there, such as "state"
 * @param place the `folder`, and the `file` that is kept in it
 * @throws {StorageError} that names the remedy
 */
export function checkFolder(
  what: string,
  { folder, file }: { folder: string; file: string },
): Finding {
  needPermission(folder);
  if (!isThere(folder)) {
    return { verdict: "ok", what, text: `${folder} is made when it is needed` };
  }
  const trial = `${folder}/.doctor-${crypto.randomUUID()}`;
  try {
    Deno.writeTextFileSync(trial, "");
    Deno.removeSync(trial);
  } catch (error) {
    throw new StorageError(
      `${folder} cannot be written by this user (${(error as Error).message}); make it writable, ` +
        `or name another folder with --db`,
    );
  }
  const path = `${folder}/${file}`;
  const size = isThere(path) ? `${(Deno.statSync(path).size / MIB).toFixed(1)} MiB` : "none yet";
  return { verdict: "ok", what, text: `${path}, ${size}` };
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
