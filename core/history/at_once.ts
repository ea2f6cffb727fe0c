import type { DatabaseSync } from "node:sqlite";

/**
 * Reads several things of a database as they are at one moment, whoever writes it meanwhile.
 *
 * @param database to read
 * @param read what asks it
 */
export function atOnce<T>(database: DatabaseSync, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec("COMMIT");
  }
}
