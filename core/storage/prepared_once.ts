import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The statement of some SQL; it must not be asked again while its rows are being gone through. */
export type Prepare = (sql: string) => StatementSync;

/**
 * Makes each statement of a database once. SQLite's memory of those that nobody holds any more, some
 * 2 KiB each, comes back when garbage is collected, and the collector of garbage does not know of it:
 * an hour of questions left 100 MiB of them, and sealing as much.
 *
 * @param database that stays open as long as its statements are used
 */
export function preparedOnce(database: DatabaseSync): Prepare {
  const made = new Map<string, StatementSync>();
  return (sql) => {
    let statement = made.get(sql);
    if (statement === undefined) made.set(sql, statement = database.prepare(sql));
    return statement;
  };
}
