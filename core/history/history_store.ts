import type { DatabaseSync } from "node:sqlite";
import type { RingIdentity } from "../flow/ring_identity.ts";
import { openDirectory, type SegmentDirectory } from "../flow/segment/segment_directory.ts";
import type { EncodedSegment } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import { type Prepare, preparedOnce } from "../storage/prepared_once.ts";
import { takeLogOver } from "../storage/take_log_over.ts";
import { RollupStore } from "./rollup_store.ts";
import { pageId, pageIds } from "./segment_pages.ts";
import { segmentSpan } from "./segment_span.ts";
import { WriterNote } from "./writer_note.ts";

/** Segments that are deleted in one go: what else waits for the database waits no longer. */
const DELETED_AT_ONCE = 16;
/** Database pages that are given back in one go. */
const FREED_AT_ONCE = 2048;
/** Lives of rings that are remembered; the oldest go first. */
const MAX_LIVES = 10_000;

/** Rows `[firstRow, endRow)` of a ring. */
export interface RowSpan extends RingIdentity {
  readonly firstRow: number;
  readonly endRow: number;
}

/** A segment as it is to be kept. */
export interface NewSegment extends RowSpan {
  /** First and last arrival, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly encoded: EncodedSegment;
}

/** A segment that is kept. */
export interface StoredSegment extends RowSpan {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Octets of directory and pages. */
  readonly octets: number;
  /** What it holds, or why that cannot be read. */
  readonly directory: SegmentDirectory | SegmentFault;
}

/** What there is. */
export interface HistorySize {
  readonly segments: number;
  /** Rows of them. */
  readonly rows: number;
  /** Octets that are in use; the file is larger until what is free is given back. */
  readonly octets: number;
  /** First arrival, Unix milliseconds; null when there is no segment. */
  readonly oldestMs: number | null;
}

/** What is in `history.db`: segments, and rollups. Every method may throw what SQLite throws. */
export class HistoryStore {
  /** Sums by minute and hour. */
  readonly rollups: RollupStore;
  /** Who writes. */
  readonly writer: WriterNote;
  readonly #database: DatabaseSync;
  readonly #prepare: Prepare;

  /** @param database as `openHistory` gives it */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#prepare = preparedOnce(database);
    this.rollups = new RollupStore(database);
    this.writer = new WriterNote(this.#prepare);
  }

  /**
   * Keeps a segment: all of it, or nothing.
   *
   * @param segment new, and holding all rows of those that it `replaces`
   * @returns its id
   */
  append(segment: NewSegment, { replaces = [] }: { replaces?: readonly number[] } = {}): number {
    const { epoch, firstRow, endRow, fromMs, toMs, encoded } = segment;
    const { directory, pages, octets } = encoded;
    return this.transaction(() => {
      for (const old of replaces) this.#delete(old);
      const collector = this.#collector(segment);
      const { lastInsertRowid } = this.#prepare(
        `INSERT INTO segment
         (collector, epoch, first_row, end_row, from_ms, to_ms, octets, directory)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(collector, epoch, firstRow, endRow, fromMs, toMs, octets, directory);
      const id = Number(lastInsertRowid);
      let place = 0;
      const insert = this.#prepare("INSERT INTO page VALUES (?, ?)");
      for (const page of pages.values()) insert.run(pageId(id, place++), page);
      return id;
    });
  }

  /**
   * Whether a collector has a segment of the very same rows.
   *
   * @param segment as it would be kept, wherever its rows are counted
   */
  holds(
    { capability, port, fromMs, toMs, encoded }: Omit<NewSegment, "epoch" | "firstRow" | "endRow">,
  ): boolean {
    // The directory has the checksum of each page.
    const found = this.#prepare(
      `SELECT 1 FROM segment JOIN collector ON collector.id = segment.collector
       WHERE to_ms = ? AND from_ms = ? AND capability = ? AND port = ? AND octets = ?
       AND directory = ?`,
    ).get(toMs, fromMs, capability, port, encoded.octets, encoded.directory);
    return found !== undefined;
  }

  /**
   * Segments with rows that may lie within a time, the oldest first.
   *
   * @param window arrival in Unix milliseconds, `fromMs` inclusive and `toMs` exclusive; `after`: ids
   *   above this one alone
   * @param most how many
   */
  list(
    { fromMs, toMs, after = 0 }: { fromMs: number; toMs: number; after?: number },
    most = 10_000,
  ): StoredSegment[] {
    return this.#select(
      "WHERE to_ms >= ? AND from_ms < ? AND segment.id > ? ORDER BY segment.id LIMIT ?",
      fromMs,
      toMs,
      after,
      most,
    );
  }

  /**
   * The first segment with rows that are in no sum.
   *
   * @param ids above `after`, and up to `last`
   * @returns it, and the first of those rows; null when there is none
   */
  unsummed(
    { after, last }: { after: number; last: number },
  ): { segment: StoredSegment; fromRow: number } | null {
    const [segment] = this.#select(
      `LEFT JOIN summed ON summed.collector = segment.collector AND summed.epoch = segment.epoch
       WHERE segment.id > ? AND segment.id <= ? AND segment.end_row > coalesce(summed.end_row, 0)
       ORDER BY segment.id LIMIT 1`,
      after,
      last,
    );
    if (segment === undefined) return null;
    return { segment, fromRow: Math.max(segment.firstRow, this.#summedUpTo(segment)) };
  }

  /** The largest id there is; 0 for none. */
  lastId(): number {
    return (this.#prepare("SELECT max(id) AS last FROM segment").get()!.last ??
      0) as number;
  }

  /** Notes that the rows of a ring before `end` are in sums. */
  noteSummed(place: RingIdentity & { readonly end: number }): void {
    this.#prepare("INSERT OR REPLACE INTO summed VALUES (?, ?, ?)")
      .run(this.#collector(place), place.epoch, place.end);
  }

  /** Forgets how far rings were summed of which nothing is left. */
  forgetSummed(): void {
    this.#database.exec(
      `DELETE FROM summed WHERE NOT EXISTS (SELECT 1 FROM segment
       WHERE segment.collector = summed.collector AND segment.epoch = summed.epoch)`,
    );
  }

  /**
   * Notes for how long rings took flows in.
   *
   * @param lives of rings, until `toMs`: all that arrived by then is kept, Unix milliseconds
   */
  noteLives(
    lives: readonly (RingIdentity & { readonly fromMs: number; readonly toMs: number })[],
  ): void {
    if (lives.length === 0) return;
    const note = this.#prepare(
      `INSERT INTO life (collector, epoch, from_ms, to_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET to_ms = max(to_ms, excluded.to_ms)`,
    );
    for (const life of lives) {
      note.run(this.#collector(life), life.epoch, life.fromMs, Math.max(life.fromMs, life.toMs));
    }
  }

  /**
   * Notes that rows which arrived up to a time are held no more, or not here: lives that began by
   * then were whole.
   *
   * @param untilMs Unix milliseconds
   */
  cutLives(untilMs: number): void {
    this.#prepare("UPDATE life SET whole = 0 WHERE from_ms <= ?").run(untilMs);
  }

  /**
   * Forgets lives that ended before a time, and those beyond what is remembered.
   *
   * @param sinceMs Unix milliseconds
   */
  forgetLives(sinceMs: number): void {
    this.#prepare(
      `DELETE FROM life WHERE to_ms < ? OR to_ms < (SELECT to_ms FROM life ORDER BY to_ms DESC
       LIMIT 1 OFFSET ${MAX_LIVES})`,
    ).run(sinceMs);
  }

  #summedUpTo(place: RingIdentity): number {
    const found = this.#prepare(
      "SELECT end_row FROM summed WHERE collector = ? AND epoch = ?",
    ).get(this.#collector(place), place.epoch);
    return (found?.end_row ?? 0) as number;
  }

  #select(rest: string, ...values: number[]): StoredSegment[] {
    const rows = this.#prepare(
      `SELECT segment.id, capability, port, segment.epoch, first_row, segment.end_row, from_ms,
       to_ms, octets, directory
       FROM segment JOIN collector ON collector.id = segment.collector ${rest}`,
    ).all(...values);
    return rows.map((row) => ({
      ...segmentSpan(row),
      id: row.id as number,
      octets: row.octets as number,
      directory: openDirectory(row.directory as Uint8Array),
    }));
  }

  /**
   * Reads pages of a segment.
   *
   * @param segment as listed
   * @param names as `SegmentDecoder.pagesFor` gives them
   * @returns those that are there, by name: none of a segment that has gone meanwhile
   */
  readPages({ id, directory }: StoredSegment, names: readonly string[]): Map<string, Uint8Array> {
    const pages = new Map<string, Uint8Array>();
    if (directory instanceof SegmentFault) return pages;
    for (const [name, place] of pageIds({ id, directory }, names)) {
      const found = this.#prepare("SELECT octets FROM page WHERE id = ?").get(place);
      if (found !== undefined) pages.set(name, found.octets as Uint8Array);
    }
    return pages;
  }

  /**
   * How far a ring has been sealed.
   *
   * @param ring whose rows
   * @returns the end of its newest segment; 0 when there is none
   */
  sealedUpTo({ capability, port, epoch }: RingIdentity): number {
    const found = this.#prepare(
      `SELECT max(end_row) AS end FROM segment JOIN collector ON collector.id = segment.collector
       WHERE capability = ? AND port = ? AND epoch = ?`,
    ).get(capability, port, epoch);
    return (found?.end ?? 0) as number;
  }

  /** What there is. */
  size(): HistorySize {
    const { segments, rows, oldest } = this.#prepare(
      `SELECT count(*) AS segments, coalesce(sum(end_row - first_row), 0) AS rows,
       min(from_ms) AS oldest FROM segment`,
    ).get()!;
    return {
      segments: segments as number,
      rows: rows as number,
      octets: this.usedOctets(),
      oldestMs: oldest as number | null,
    };
  }

  /** Octets of the database that are in use. */
  usedOctets(): number {
    return (this.#pragma("page_count") - this.#pragma("freelist_count")) *
      this.#pragma("page_size");
  }

  /**
   * Deletes some of the segments that are too old, or too many; call it again until it says 0.
   *
   * @param keep `sinceMs`: what arrived last before it goes; `octets` that may be in use
   * @returns how many it deleted
   */
  trim({ sinceMs, octets }: { sinceMs: number; octets: number }): number {
    const old = this.#oldest("WHERE to_ms < ?", sinceMs);
    const going = old.length > 0 || this.usedOctets() <= octets ? old : this.#oldest("");
    if (going.length === 0) return 0;
    return this.transaction(() => {
      let gone = 0;
      for (const id of going) {
        // Of those in the way, no more than room is needed.
        if (old.length === 0 && this.usedOctets() <= octets) break;
        this.cutLives(this.#endOf(id));
        this.#delete(id);
        gone++;
      }
      return gone;
    });
  }

  /**
   * Gives some of the space that is free back to the system; call it again until it says false.
   *
   * @param spare octets that may stay free: what comes next needs them
   * @returns whether there is more
   */
  giveBack(spare: number): boolean {
    const size = this.#pragma("page_size");
    const free = this.#pragma("freelist_count") - Math.ceil(spare / size);
    if (free <= 0) return false;
    // It frees a page a step: `exec` takes the first alone. Numbers of pages there are many.
    this.#database.prepare(`PRAGMA incremental_vacuum(${Math.min(free, FREED_AT_ONCE)})`).all();
    if (free > FREED_AT_ONCE) return true;
    // The file itself gets shorter when the write-ahead log is taken over into it.
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    return false;
  }

  /** Closes the database; what was committed stands in the one file then. */
  close(): void {
    if (!this.#database.isOpen) return;
    try {
      // A reader that has it open still would keep the log, which is as good, beside the file.
      this.takeLogOver();
    } finally {
      this.#database.close();
    }
  }

  /** Takes what the log holds over into the file, at the end; whether all of it is there. */
  readonly takeLogOver = (): boolean => takeLogOver(this.#database);

  /** All of some work, or nothing of it. */
  transaction<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const done = work();
      this.#database.exec("COMMIT");
      return done;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #oldest(where: string, ...values: number[]): number[] {
    return this.#prepare(
      `SELECT id FROM segment ${where} ORDER BY to_ms LIMIT ${DELETED_AT_ONCE}`,
    ).all(...values).map(({ id }) => id as number);
  }

  #delete(id: number): void {
    this.#prepare("DELETE FROM page WHERE id >= ? AND id < ?").run(pageId(id), pageId(id + 1));
    this.#prepare("DELETE FROM segment WHERE id = ?").run(id);
  }

  /** Arrival of the last row of a segment, Unix milliseconds. */
  #endOf(id: number): number {
    return this.#prepare("SELECT to_ms FROM segment WHERE id = ?").get(id)!
      .to_ms as number;
  }

  #collector({ capability, port }: RingIdentity): number {
    const find = this.#prepare(
      "SELECT id FROM collector WHERE capability = ? AND port = ?",
    );
    const found = find.get(capability, port);
    if (found !== undefined) return found.id as number;
    const insert = this.#prepare("INSERT INTO collector (capability, port) VALUES (?, ?)");
    return Number(insert.run(capability, port).lastInsertRowid);
  }

  #pragma(name: string): number {
    return this.#prepare(`PRAGMA ${name}`).get()![name] as number;
  }
}
