import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { type Dimension, DIMENSIONS } from "../flow/rollup_schema.ts";
import { openDirectory, type SegmentDirectory } from "../flow/segment/segment_directory.ts";
import type { EncodedSegment } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import { type Prepare, preparedOnce } from "../storage/prepared_once.ts";
import type { UnsummedRows } from "../query/sums/traffic_sums.ts";

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3600;
/** Length of what is summed together, seconds. */
export type Tier = typeof MINUTE_SECONDS | typeof HOUR_SECONDS;

/** Times that are remembered of which rows are in no sum; what comes later makes the last longer. */
const MAX_UNSUMMED = 1000;
/** Rollups that are deleted in one go. */
const DELETED_AT_ONCE = 64;

/** Sums of one minute or hour as they are kept. */
export interface StoredRollup {
  /** Of what was written later it is greater. */
  readonly id: number;
  /** Begin, Unix milliseconds. */
  readonly atMs: number;
  readonly directory: SegmentDirectory;
  readonly pages: ReadonlyMap<string, Uint8Array>;
}

/** The minutes of an hour by one dimension. */
export interface PackedMinutes {
  readonly dimension: Dimension;
  readonly encoded: EncodedSegment;
}

/** What became of the minutes of an hour. */
export interface PackedHour {
  readonly packed: readonly PackedMinutes[];
  /** Ids of the minutes that are in it. */
  readonly ids: readonly number[];
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
  readonly #prepare: Prepare;

  /** @param database as `openHistory` gives it */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#prepare = preparedOnce(database);
  }

  /**
   * Keeps a rollup.
   *
   * @param tier which
   * @param atMs begin, Unix milliseconds
   */
  append(tier: Tier, atMs: number, encoded: EncodedSegment): void {
    this.#prepare(
      "INSERT INTO rollup (tier, at_ms, octets, directory, pages) VALUES (?, ?, ?, ?, ?)",
    ).run(tier, atMs, encoded.octets, encoded.directory, together(encoded));
  }

  /**
   * Keeps the sum of an hour in the place of what there was of it.
   *
   * @param atMs begin, Unix milliseconds
   * @param encoded what all minutes come to that were written until now
   */
  replaceHour(atMs: number, encoded: EncodedSegment): void {
    // What comes first has the least id: minutes with a greater one than their hour are not in it.
    const old = this.hour(atMs);
    this.append(HOUR_SECONDS, atMs, encoded);
    if (old !== null) this.#prepare("DELETE FROM rollup WHERE id = ?").run(old.id);
  }

  /**
   * The sum of an hour.
   *
   * @param atMs begin, Unix milliseconds
   * @returns null where there is none
   */
  hour(atMs: number): { id: number; stored: StoredRollup | SegmentFault } | null {
    const found = this.#prepare(
      `SELECT id, at_ms, directory, pages FROM rollup WHERE tier = ? AND at_ms = ?
       ORDER BY id DESC LIMIT 1`,
    ).get(HOUR_SECONDS, atMs);
    return found === undefined ? null : { id: found.id as number, stored: storedRollup(found) };
  }

  /**
   * Reads rollups, the oldest first; those that the disk has changed are left out.
   *
   * @param tier which
   * @param window begin in Unix milliseconds, `fromMs` inclusive and `toMs` exclusive; `after`: ids
   *   above this one alone
   */
  *read(
    tier: Tier,
    { fromMs, toMs, after = 0 }: { fromMs: number; toMs: number; after?: number },
  ): Generator<StoredRollup> {
    // Of its own: others may be read while its rows are gone through.
    const rows = this.#database.prepare(
      `SELECT id, at_ms, directory, pages FROM rollup WHERE tier = ? AND at_ms >= ? AND at_ms < ?
       AND id > ? ORDER BY at_ms`,
    ).iterate(tier, fromMs, toMs, after);
    for (const row of rows) {
      const stored = storedRollup(row);
      if (!(stored instanceof SegmentFault)) yield stored;
    }
  }

  /**
   * Keeps the minutes of an hour together, by dimension.
   *
   * @param atMs begin of the hour, Unix milliseconds
   * @param hour what is to be kept in the place of the minutes that are in it
   */
  pack(atMs: number, { packed, ids }: PackedHour): void {
    const insert = this.#prepare(
      "INSERT INTO packed (hour_ms, dimension, octets, directory, pages) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { dimension, encoded } of packed) {
      const { octets, directory } = encoded;
      insert.run(atMs, DIMENSIONS.indexOf(dimension), octets, directory, together(encoded));
    }
    const remove = this.#prepare("DELETE FROM rollup WHERE id = ?");
    for (const id of ids) remove.run(id);
  }

  /**
   * Reads minutes that are kept together, as `read` does single ones.
   *
   * @param window of their hours, Unix milliseconds, `fromMs` inclusive and `toMs` exclusive
   */
  *readPacked({ fromMs, toMs }: { fromMs: number; toMs: number }): Generator<StoredRollup> {
    const rows = this.#database.prepare(
      `SELECT id, hour_ms AS at_ms, directory, pages FROM packed
       WHERE hour_ms >= ? AND hour_ms < ? ORDER BY hour_ms, dimension`,
    ).iterate(fromMs, toMs);
    for (const row of rows) {
      const stored = storedRollup(row);
      if (!(stored instanceof SegmentFault)) yield stored;
    }
  }

  /**
   * Hours that lack some of their minutes, the oldest first: each minute that was written later than
   * its hour has a greater id.
   */
  lackingHours(): number[] {
    return this.#lackingHours({ sinceMs: Infinity, most: -1 });
  }

  /**
   * Notes rows that are in no rollup. Of more times than are kept those nearest to each other become
   * one: all rows stay counted, and no time far from them is blamed.
   *
   * @param rows when they arrived, Unix milliseconds, and how many they are
   */
  noteUnsummed({ fromMs, toMs, rows }: UnsummedRows): void {
    const last = this.#prepare(
      "SELECT rowid, to_ms FROM unsummed ORDER BY to_ms DESC LIMIT 1",
    ).get();
    if (last !== undefined && fromMs <= (last.to_ms as number) + MINUTE_SECONDS * 1000) {
      this.#prepare(
        `UPDATE unsummed SET from_ms = min(from_ms, ?), to_ms = max(to_ms, ?), rows = rows + ?
         WHERE rowid = ?`,
      ).run(fromMs, toMs, rows, last.rowid);
    } else {
      this.#prepare("INSERT INTO unsummed VALUES (?, ?, ?)").run(fromMs, toMs, rows);
      this.#joinUnsummed();
    }
  }

  /** Joins the two times of unsummed rows that are nearest to each other, where there are too many. */
  #joinUnsummed(): void {
    const { count } = this.#prepare("SELECT count(*) AS count FROM unsummed").get()!;
    if (count as number <= MAX_UNSUMMED) return;
    const { id, next } = this.#prepare(
      `SELECT id, next FROM (
         SELECT rowid AS id, lead(rowid) OVER times AS next,
           lead(from_ms) OVER times - to_ms AS gap
         FROM unsummed WINDOW times AS (ORDER BY from_ms)
       ) WHERE next IS NOT NULL ORDER BY gap LIMIT 1`,
    ).get()!;
    this.#prepare(
      `UPDATE unsummed SET to_ms = max(unsummed.to_ms, other.to_ms), rows = unsummed.rows + other.rows
       FROM unsummed AS other WHERE unsummed.rowid = ? AND other.rowid = ?`,
    ).run(id, next);
    this.#prepare("DELETE FROM unsummed WHERE rowid = ?").run(next);
  }

  /** Begin of the oldest rollup, Unix milliseconds; null for none. */
  oldestMs(tier: Tier): number | null {
    const { oldest, packed } = this.#prepare(
      `SELECT min(at_ms) AS oldest, (SELECT min(hour_ms) FROM packed) AS packed FROM rollup
       WHERE tier = ?`,
    ).get(tier)! as Record<string, number | null>;
    return tier === HOUR_SECONDS || packed === null ? oldest : Math.min(packed, oldest ?? packed);
  }

  /**
   * Deletes some of what is to go; call it again until it says 0. Minutes do not go before their hour
   * has them.
   *
   * @param bounds what is to go
   * @param sumUp adds what an hour lacks, by its begin; false where nothing of it can be read
   * @returns how much it did
   */
  trim(
    { minutesSinceMs, hoursSinceMs, octets }: RollupBounds,
    sumUp: (hour: number) => boolean,
  ): number {
    const { total } = this.#prepare(
      `SELECT (SELECT total(octets) FROM rollup) + (SELECT total(octets) FROM packed) AS total`,
    ).get()!;
    // Of what is too much minutes go first: the hours say the same in less.
    const crowded = (total as number) > octets;
    const sinceMs = crowded ? Infinity : minutesSinceMs;
    for (const hour of this.#lackingHours({ sinceMs, most: DELETED_AT_ONCE })) {
      if (sumUp(hour)) return 1;
    }
    const unpacked = this.#deletePacked(sinceMs);
    if (unpacked > 0) return unpacked;
    this.#prepare("DELETE FROM unsummed WHERE to_ms < ?").run(hoursSinceMs);
    const gone = this.#delete(MINUTE_SECONDS, sinceMs) + this.#delete(HOUR_SECONDS, hoursSinceMs);
    return gone > 0 || !crowded ? gone : this.#delete(HOUR_SECONDS, Infinity);
  }

  /** Hours that lack some of the `most` oldest minutes before a time; of all where that is -1. */
  #lackingHours({ sinceMs, most }: { sinceMs: number; most: number }): number[] {
    return this.#prepare(
      `SELECT hour FROM (
         SELECT at_ms - at_ms % 3600000 AS hour, max(id) AS newest FROM (
           SELECT id, at_ms FROM rollup WHERE tier = ? AND at_ms < ? ORDER BY at_ms LIMIT ?
         ) GROUP BY hour
       ) WHERE newest > coalesce(
         (SELECT max(id) FROM rollup WHERE tier = ? AND at_ms = hour), 0
       ) ORDER BY hour`,
    ).all(MINUTE_SECONDS, sinceMs, most, HOUR_SECONDS).map(({ hour }) => hour as number);
  }

  /** Whole hours alone: their minutes are in the hours since they were put together. */
  #deletePacked(sinceMs: number): number {
    return Number(
      this.#prepare(
        `DELETE FROM packed WHERE id IN (SELECT id FROM packed WHERE hour_ms <= ?
         ORDER BY hour_ms LIMIT ${DELETED_AT_ONCE})`,
      ).run(sinceMs - HOUR_SECONDS * 1000).changes,
    );
  }

  #delete(tier: Tier, sinceMs: number): number {
    return Number(
      this.#prepare(
        `DELETE FROM rollup WHERE id IN (SELECT id FROM rollup WHERE tier = ? AND at_ms < ?
         ORDER BY at_ms LIMIT ${DELETED_AT_ONCE})`,
      ).run(tier, sinceMs).changes,
    );
  }
}

/**
 * What a row of the database holds.
 *
 * @param row with `id`, `at_ms`, `directory` and `pages`
 */
export function storedRollup(row: Record<string, SQLOutputValue>): StoredRollup | SegmentFault {
  const directory = openDirectory(row.directory as Uint8Array);
  if (directory instanceof SegmentFault) return directory;
  const pages = apart(directory, row.pages as Uint8Array);
  return { id: row.id as number, atMs: row.at_ms as number, directory, pages };
}

/** The pages of a segment, one behind the other. */
function together({ octets, directory, pages }: EncodedSegment): Uint8Array {
  const all = new Uint8Array(octets - directory.length);
  let at = 0;
  for (const page of pages.values()) {
    all.set(page, at);
    at += page.length;
  }
  return all;
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
