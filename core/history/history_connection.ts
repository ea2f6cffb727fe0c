import { DatabaseSync, type StatementSync } from "node:sqlite";
import { layoutVersion } from "../storage/layout.ts";
import { type Prepare, preparedOnce } from "../storage/prepared_once.ts";
import { atOnce } from "./at_once.ts";
import { HISTORY_FORM } from "./history_database.ts";
import { MIGRATIONS } from "./migrations.ts";

/** The writer holds the file for moments. */
const WRITER_MS = 500;

/** A connection, and what is asked of it. */
export interface HistoryConnection {
  readonly database: DatabaseSync;
  readonly heldSince: StatementSync;
  readonly heldUntil: StatementSync;
  readonly deletedUpTo: StatementSync;
  readonly holes: StatementSync;
  readonly rowsWithin: StatementSync;
  readonly rings: StatementSync;
  readonly lives: StatementSync;
  readonly wholeLives: StatementSync;
  readonly writer: StatementSync;
  readonly from: StatementSync;
  readonly before: StatementSync;
  readonly exists: StatementSync;
  readonly page: StatementSync;
  /** The statement of any other question, made when it is asked first. */
  readonly prepare: Prepare;
}

const LIFE = "SELECT capability, port, epoch, from_ms, to_ms FROM life " +
  "JOIN collector ON collector.id = life.collector";
const SEGMENT = "SELECT segment.id, first_row, end_row, from_ms, to_ms, directory FROM segment " +
  "JOIN collector ON collector.id = segment.collector " +
  "WHERE capability = ? AND port = ? AND epoch = ?";

/**
 * Opens history.db for reading, while the history worker may write it.
 *
 * @param path of the file
 * @returns null where there is nothing to read yet
 * @throws what SQLite and the file system throw, {StorageError} for a file of a newer flow-agent
 */
export function openToRead(path: string): HistoryConnection | null {
  if (!exists(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: WRITER_MS });
  try {
    if (layoutVersion(database, path, HISTORY_FORM) < MIGRATIONS.length) {
      // Its writer has just made it, or is about to bring it to this version.
      database.close();
      return null;
    }
    return {
      database,
      heldSince: database.prepare("SELECT min(from_ms) AS since FROM segment"),
      // A ring may have lived on without a row, and rows that were imported have no life.
      heldUntil: database.prepare(
        `SELECT max(until) AS until FROM (
           SELECT max(to_ms) AS until FROM life UNION ALL SELECT max(to_ms) FROM segment
         )`,
      ),
      deletedUpTo: database.prepare("SELECT min(to_ms) AS least FROM segment"),
      // Segments are deleted from a ring's begin on: what is missing between two was never written.
      holes: database.prepare(
        `SELECT capability, port, epoch, end AS first_row, first_row AS end_row,
         before_ms AS from_ms, from_ms AS to_ms
         FROM (
           SELECT collector, epoch, first_row, from_ms, lag(end_row) OVER ring AS end,
           lag(to_ms) OVER ring AS before_ms
           FROM segment WINDOW ring AS (PARTITION BY collector, epoch ORDER BY first_row)
         ) JOIN collector ON collector.id = collector
         WHERE end < first_row AND from_ms >= ? AND before_ms < ?`,
      ),
      rowsWithin: database.prepare(
        `SELECT coalesce(sum(end_row - first_row), 0) AS count FROM segment
         WHERE to_ms >= ? AND from_ms < ?`,
      ),
      rings: database.prepare(
        `SELECT capability, port, epoch, min(first_row) AS first_row, max(end_row) AS end_row,
         min(from_ms) AS from_ms, max(to_ms) AS to_ms
         FROM segment JOIN collector ON collector.id = segment.collector
         WHERE to_ms >= ? GROUP BY segment.collector, epoch
         ORDER BY capability, port, epoch`,
      ),
      lives: database.prepare(`${LIFE} WHERE to_ms >= ? ORDER BY from_ms`),
      // Those of the process that asks do not count: it has no more of them than collectors.
      wholeLives: database.prepare(`${LIFE} WHERE whole = 1 ORDER BY from_ms LIMIT 1000`),
      writer: database.prepare("SELECT name, alive_ms FROM writer"),
      from: database.prepare(`${SEGMENT} AND first_row >= ? ORDER BY first_row LIMIT 1`),
      before: database.prepare(
        `${SEGMENT} AND first_row < ? AND from_ms < ? ORDER BY first_row DESC LIMIT 1`,
      ),
      exists: database.prepare("SELECT 1 FROM segment WHERE id = ?"),
      page: database.prepare("SELECT octets FROM page WHERE id = ?"),
      prepare: preparedOnce(database),
    };
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) throw new Deno.errors.IsADirectory("is a directory");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** All of the pages as they were at one moment; null when the segment was gone by then. */
export function readPages(
  { database, exists, page }: HistoryConnection,
  segment: number,
  ids: ReadonlyMap<string, number>,
): Map<string, Uint8Array> | null {
  return atOnce(database, () => {
    if (exists.get(segment) === undefined) return null;
    const pages = new Map<string, Uint8Array>();
    for (const [name, id] of ids) {
      const found = page.get(id);
      if (found !== undefined) pages.set(name, found.octets as Uint8Array);
    }
    return pages;
  });
}
