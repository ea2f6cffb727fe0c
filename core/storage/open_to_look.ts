import { DatabaseSync } from "node:sqlite";

/** What lies beside a database that was not closed: what it holds is not all in the file itself. */
const BESIDE = ["-wal", "-journal"] as const;

/**
 * Looks into a database, whoever it is of, and leaves what it holds as it was. What its writer's end
 * left in a journal the next one to write puts right: until then nothing can be said of it.
 *
 * @param path of it
 * @param waitMs how long who writes it is waited for
 * @param look at it; nothing that it does may write
 * @returns false where such a journal kept it from looking
 * @throws what SQLite throws, and what `look` does
 */
export function openToLook(
  path: string,
  waitMs: number,
  look: (database: DatabaseSync) => void,
): boolean {
  const closed = BESIDE.every((end) => sizeOf(path + end) === null);
  // SQLite puts files of its own beside it, and takes them away again where it could have written.
  const database = new DatabaseSync(path, { readOnly: !closed });
  try {
    // Deno 2.9.6 waits 5 s where it opens one for reading alone, whatever its options say.
    database.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA query_only = 1`);
    look(database);
    return true;
  } catch (error) {
    if (closed || !/readonly/.test((error as Error).message)) throw error;
    return false;
  } finally {
    database.close();
  }
}

/** Octets of a file; null where there is none. */
export function sizeOf(path: string): number | null {
  try {
    const { isDirectory, size } = Deno.statSync(path);
    if (isDirectory) throw new Deno.errors.IsADirectory("is a directory");
    return size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
