import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type RingIdentity, ringKey } from "../flow/ring_identity.ts";
import { FLOW_TABLE, type FlowRow, type StoredFieldName } from "../flow/schema.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import { openDirectory } from "../flow/segment/segment_directory.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import type {
  ArchivedLife,
  ArchivedRing,
  ArchivedRows,
  ArchivedSegment,
  ArchiveHole,
  FlowArchive,
} from "../query/flow_archive.ts";
import type { Span } from "../query/sums/traffic_sums.ts";
import { atOnce } from "./at_once.ts";
import { HISTORY_FILE } from "./history_database.ts";
import { HistorySums } from "./history_sums.ts";
import { MIGRATIONS } from "./migrations.ts";
import { pageIds } from "./segment_pages.ts";
import { type FoundRow, segmentSpan } from "./segment_span.ts";
import { UnpackedCache } from "./unpacked_cache.ts";

/** The writer holds the file for moments. */
const WRITER_MS = 500;
/** Decoders that are kept for the next scan, some megabytes each. */
const KEPT_DECODERS = 4;
/** Decoders lent from which on it is crowded. */
const MANY_DECODERS = 12;

const NO_PAGES: ReadonlyMap<string, Uint8Array> = new Map();

/** Rings whose last segment is remembered. */
const REMEMBERED = 256;

/** A connection, and what is asked of it. */
interface Connection {
  readonly database: DatabaseSync;
  readonly heldSince: StatementSync;
  readonly deletedUpTo: StatementSync;
  readonly holes: StatementSync;
  readonly rowsWithin: StatementSync;
  readonly rings: StatementSync;
  readonly lives: StatementSync;
  readonly wholeLives: StatementSync;
  readonly from: StatementSync;
  readonly before: StatementSync;
  readonly exists: StatementSync;
  readonly page: StatementSync;
}

const LIFE = "SELECT capability, port, epoch, from_ms, to_ms FROM life " +
  "JOIN collector ON collector.id = life.collector";
const SEGMENT = "SELECT segment.id, first_row, end_row, from_ms, to_ms, directory FROM segment " +
  "JOIN collector ON collector.id = segment.collector " +
  "WHERE capability = ? AND port = ? AND epoch = ?";

/**
 * Reads the segments of `history.db` while the history worker writes it. The file is opened when
 * something is first asked of it, and again after a failure; where there is none, nothing is kept.
 */
export class HistoryArchive implements FlowArchive {
  readonly sums = new HistorySums((ask) => this.#ask(({ database }) => ask(database)));
  readonly #path: string;
  readonly #idle: SegmentDecoder<FlowRow>[] = [];
  /** Segments that were asked for last, by ring: most questions come more than once. */
  readonly #last = new Map<string, ArchivedSegment>();
  /** Of the same segments: what most questions look at is small without its compression too. */
  readonly #unpacked = new UnpackedCache();
  #lent = 0;
  #connection: Connection | null = null;

  /** @param folder of history.db; may be read */
  constructor(folder: string) {
    this.#path = `${folder}/${HISTORY_FILE}`;
  }

  get crowded(): boolean {
    return this.#lent >= MANY_DECODERS;
  }

  heldSince(): number | null {
    return this.#ask(({ heldSince }) => heldSince.get()!.since as number | null) ?? null;
  }

  collectedSince(but: ReadonlySet<string>): number | null {
    for (const row of this.#ask(({ wholeLives }) => wholeLives.all()) ?? []) {
      const life = lifeOf(row);
      if (!but.has(ringKey(life))) return life.fromMs;
    }
    return null;
  }

  lives(fromMs: number): ArchivedLife[] {
    return (this.#ask(({ lives }) => lives.all(fromMs)) ?? []).map(lifeOf);
  }

  deletedUpTo(): number | null {
    return this.#ask(({ deletedUpTo }) => deletedUpTo.get()!.least as number | null) ?? null;
  }

  holes({ fromMs, toMs }: Span): ArchiveHole[] {
    return (this.#ask(({ holes }) => holes.all(fromMs, toMs)) ?? []).map(segmentSpan);
  }

  rowsWithin({ fromMs, toMs }: Span): number {
    return this.#ask(({ rowsWithin }) => rowsWithin.get(fromMs, toMs)!.count as number) ?? 0;
  }

  rings(fromMs: number): ArchivedRing[] {
    return (this.#ask(({ rings }) => rings.all(fromMs)) ?? []).map(segmentSpan);
  }

  segmentFrom(ring: RingIdentity, row: number): ArchivedSegment | null {
    // Segments of a ring never overlap: it is the one that begins last before the row, or the next.
    const before = this.segmentBefore(ring, row + 1);
    if (before !== null && before.endRow > row) return before;
    return this.#segment(ring, ({ from }, ...of) => from.get(...of, row));
  }

  segmentBefore(ring: RingIdentity, row: number, beforeMs = Infinity): ArchivedSegment | null {
    return this.#segment(ring, ({ before }, ...of) => before.get(...of, row, beforeMs));
  }

  read<F extends StoredFieldName>(
    { id, directory }: ArchivedSegment,
    fields: readonly F[],
  ): ArchivedRows<F> | SegmentFault | null {
    if (directory instanceof SegmentFault) return directory;
    const decoder = this.#idle.pop() ?? new SegmentDecoder(FLOW_TABLE);
    const unpacked = this.#unpacked.of(id);
    const missing = decoder.pagesFor(directory, fields, unpacked);
    const ids = pageIds({ id, directory }, missing);
    const pages = missing.length === 0
      ? NO_PAGES
      : this.#ask((connection) => readPages(connection, id, ids)) ?? null;
    const decoded = pages && decoder.open(directory, fields, { pages, unpacked });
    if (pages !== null) this.#unpacked.keep({ id, directory }, unpacked);
    if (decoded === null || decoded instanceof SegmentFault) {
      this.#keep(decoder);
      return decoded;
    }
    this.#lent++;
    return {
      ...decoded,
      segment: decoder.rows,
      release: () => {
        this.#lent--;
        this.#keep(decoder);
      },
    };
  }

  /** Closes the file; what is asked next opens it again. */
  close(): void {
    this.#connection?.database.close();
    this.#connection = null;
    // The next file may be another, with the same numbers for its segments.
    this.#unpacked.clear();
  }

  #keep(decoder: SegmentDecoder<FlowRow>): void {
    if (this.#idle.length < KEPT_DECODERS) this.#idle.push(decoder);
  }

  #segment(
    ring: RingIdentity,
    find: (connection: Connection, ...of: [string, number, number]) => FoundRow | undefined,
  ): ArchivedSegment | null {
    const { capability, port, epoch } = ring;
    const found = this.#ask((connection) => find(connection, capability, port, epoch));
    if (found === undefined) return null;
    const key = ringKey(ring);
    const id = found.id as number;
    let segment = this.#last.get(key);
    if (segment?.id !== id) {
      segment = {
        capability,
        port,
        epoch,
        id,
        firstRow: found.first_row as number,
        endRow: found.end_row as number,
        fromMs: found.from_ms as number,
        toMs: found.to_ms as number,
        directory: this.#unpacked.directory(id) ?? openDirectory(found.directory as Uint8Array),
      };
      if (this.#last.size >= REMEMBERED) this.#last.clear();
      this.#last.set(key, segment);
    }
    return segment;
  }

  /**
   * Asks the database something; undefined where there is none.
   *
   * @throws what SQLite throws; the next time it is opened anew
   */
  #ask<T>(ask: (connection: Connection) => T): T | undefined {
    try {
      this.#connection ??= open(this.#path);
      return this.#connection === null ? undefined : ask(this.#connection);
    } catch (error) {
      this.close();
      this.#last.clear();
      throw error;
    }
  }
}

function lifeOf(row: FoundRow): ArchivedLife {
  return {
    capability: row.capability as string,
    port: row.port as number,
    epoch: row.epoch as number,
    fromMs: row.from_ms as number,
    toMs: row.to_ms as number,
  };
}

/** Null where there is nothing to read yet. */
function open(path: string): Connection | null {
  if (!exists(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: WRITER_MS });
  try {
    const version = database.prepare("PRAGMA user_version").get()!.user_version as number;
    if (version > MIGRATIONS.length) {
      throw new Error(`${path} was written by a newer flow-agent`);
    }
    if (version < MIGRATIONS.length) {
      // Its writer has just made it, or is about to bring it to this version.
      database.close();
      return null;
    }
    return {
      database,
      heldSince: database.prepare("SELECT min(from_ms) AS since FROM segment"),
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
      from: database.prepare(`${SEGMENT} AND first_row >= ? ORDER BY first_row LIMIT 1`),
      before: database.prepare(
        `${SEGMENT} AND first_row < ? AND from_ms < ? ORDER BY first_row DESC LIMIT 1`,
      ),
      exists: database.prepare("SELECT 1 FROM segment WHERE id = ?"),
      page: database.prepare("SELECT octets FROM page WHERE id = ?"),
    };
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** All of the pages as they were at one moment; null when the segment was gone by then. */
function readPages(
  { database, exists, page }: Connection,
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
