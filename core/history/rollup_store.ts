import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { openDirectory, type SegmentDirectory } from "../flow/segment/segment_directory.ts";
import type { EncodedSegment } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3600;
/** Length of what is summed together, seconds. */
export type Tier = typeof MINUTE_SECONDS | typeof HOUR_SECONDS;

/** Rollups that are deleted in one go. */
const DELETED_AT_ONCE = 64;

/** Sums of one minute or hour as they are kept. */
export interface StoredRollup {
  /** Begin, Unix milliseconds. */
  readonly atMs: number;
  readonly directory: SegmentDirectory;
  readonly pages: ReadonlyMap<string, Uint8Array>;
}

/** What is to be deleted: what began before a time, and the oldest minutes beyond a size. */
export interface RollupBounds {
  readonly minutesSinceMs: number;
  readonly hoursSinceMs: number;
  /** Octets of all rollups. */
  readonly octets: number;
}

/**
 * The rollups in `history.db`. One minute may have several, whose sums add up. Every method may throw
 * what SQLite throws.
 */
export class RollupStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  /** @param database as `openHistory` gives it */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO rollup (tier, at_ms, octets, directory, pages) VALUES (?, ?, ?, ?, ?)",
    );
  }

  /**
   * Keeps a rollup.
   *
   * @param tier which
   * @param atMs begin, Unix milliseconds
   */
  append(tier: Tier, atMs: number, { directory, pages, octets }: EncodedSegment): void {
    const together = new Uint8Array(octets - directory.length);
    let at = 0;
    for (const page of pages.values()) {
      together.set(page, at);
      at += page.length;
    }
    this.#insert.run(tier, atMs, octets, directory, together);
  }

  /**
   * Reads rollups, the oldest first; those that the disk has changed are left out.
   *
   * @param tier which
   * @param window begin in Unix milliseconds, `fromMs` inclusive and `toMs` exclusive
   */
  *read(tier: Tier, { fromMs, toMs }: { fromMs: number; toMs: number }): Generator<StoredRollup> {
    const rows = this.#database.prepare(
      `SELECT at_ms, directory, pages FROM rollup WHERE tier = ? AND at_ms >= ? AND at_ms < ?
       ORDER BY at_ms`,
    ).iterate(tier, fromMs, toMs);
    for (const row of rows) {
      const stored = storedRollup(row);
      if (!(stored instanceof SegmentFault)) yield stored;
    }
  }

  /**
   * The oldest hour that has minutes and no sum of its own yet.
   *
   * @param afterMs of those that begin after it, Unix milliseconds
   * @returns its begin; null for none
   */
  nextHour(afterMs = -(2 ** 53)): number | null {
    const hourMs = HOUR_SECONDS * 1000;
    const { first } = this.#database.prepare(
      "SELECT min(at_ms) AS first FROM rollup WHERE tier = ? AND at_ms >= ?",
    ).get(MINUTE_SECONDS, Math.max(afterMs + hourMs, this.#hoursEndMs() ?? -Infinity))!;
    return first === null ? null : Math.floor((first as number) / hourMs) * hourMs;
  }

  /** Begin of the oldest rollup, Unix milliseconds; null for none. */
  oldestMs(tier: Tier): number | null {
    const { oldest } = this.#database.prepare(
      "SELECT min(at_ms) AS oldest FROM rollup WHERE tier = ?",
    ).get(tier)!;
    return oldest as number | null;
  }

  /**
   * Deletes some of what is to go; call it again until it says 0. Minutes whose hour is not summed
   * yet do not go for their age: a process that was off for long still sums them.
   *
   * @returns how many it deleted
   */
  trim({ minutesSinceMs, hoursSinceMs, octets }: RollupBounds): number {
    const { total } = this.#database.prepare("SELECT sum(octets) AS total FROM rollup").get()!;
    // Of what is too much minutes go first: the hours say the same in less.
    const crowded = ((total ?? 0) as number) > octets;
    const oldMs = Math.min(minutesSinceMs, this.#hoursEndMs() ?? -Infinity);
    const gone = this.#delete(MINUTE_SECONDS, crowded ? Infinity : oldMs) +
      this.#delete(HOUR_SECONDS, hoursSinceMs);
    return gone > 0 || !crowded ? gone : this.#delete(HOUR_SECONDS, Infinity);
  }

  /** End of the newest hour that is summed, Unix milliseconds; null for none. */
  #hoursEndMs(): number | null {
    const { last } = this.#database.prepare(
      "SELECT max(at_ms) AS last FROM rollup WHERE tier = ?",
    ).get(HOUR_SECONDS)!;
    return last === null ? null : (last as number) + HOUR_SECONDS * 1000;
  }

  #delete(tier: Tier, sinceMs: number): number {
    return Number(
      this.#database.prepare(
        `DELETE FROM rollup WHERE id IN (SELECT id FROM rollup WHERE tier = ? AND at_ms < ?
         ORDER BY at_ms LIMIT ${DELETED_AT_ONCE})`,
      ).run(tier, sinceMs).changes,
    );
  }
}

/**
 * What a row of the database holds.
 *
 * @param row with `at_ms`, `directory` and `pages`
 */
export function storedRollup(row: Record<string, SQLOutputValue>): StoredRollup | SegmentFault {
  const directory = openDirectory(row.directory as Uint8Array);
  if (directory instanceof SegmentFault) return directory;
  return { atMs: row.at_ms as number, directory, pages: apart(directory, row.pages as Uint8Array) };
}

/** The pages of a directory that were put together in its order. */
function apart(directory: SegmentDirectory, together: Uint8Array): Map<string, Uint8Array> {
  const pages = new Map<string, Uint8Array>();
  let at = 0;
  for (const [name, { octets, inline }] of Object.entries(directory.pages)) {
    if (inline !== undefined) continue;
    pages.set(name, together.subarray(at, at + octets));
    at += octets;
  }
  return pages;
}
