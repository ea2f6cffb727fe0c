import type { DatabaseSync } from "node:sqlite";

/**
 * Reads several things of a database as they are at one moment, whoever writes it meanwhile.
 *
 * @param database to read; where a moment is held already it is that
 * @param read what asks it
 */
export function atOnce<T>(database: DatabaseSync, read: () => T): T {
  if (database.isTransaction) return read();
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec("COMMIT");
  }
}
