import { type Clock, systemClock } from "../flow/clock.ts";
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
import { type HistoryConnection, openToRead, readPages } from "./history_connection.ts";
import { HISTORY_FILE, HISTORY_FORM, historyLog } from "./history_database.ts";
import { HistorySums } from "./history_sums.ts";
import { DatabaseWatch } from "../storage/database_watch.ts";
import type { LogNote } from "../storage/log_note.ts";
import { explainFailure } from "../storage/open_database.ts";
import { StorageError } from "../storage/storage_error.ts";
import { pageIds } from "./segment_pages.ts";
import { type FoundRow, segmentSpan } from "./segment_span.ts";
import { UnpackedCache } from "./unpacked_cache.ts";

/** Who writes says so every two seconds: after so long it has ended, or cannot write. */
const ALIVE_MS = 15_000;
/**
 * Decoders that are kept for the next scan. Each has two sets of columns, 17.4 MiB, of which the system
 * gives memory to those that were laid out, and 4 MiB for pages (docs/operations.md says what all of it
 * comes to).
 */
const KEPT_DECODERS = 4;
/** Connections that are kept for moments to come. */
const KEPT_CONNECTIONS = 2;
/** Decoders lent from which on it is crowded. */
const MANY_DECODERS = 12;

const NO_PAGES: ReadonlyMap<string, Uint8Array> = new Map();

/** Rings whose last segment is remembered. */
const REMEMBERED = 256;
/** Whether history.db was moved away is looked for this often, and whenever a moment is held. */
const LOOK_MS = 10_000;
/** A moment is held for so long: what is written meanwhile stays in the log, and nothing in it goes. */
const HELD_MS = 20_000;
/** Nor is one held while the log is longer, octets: readers one after another would let it grow on. */
const MAX_LOG_OCTETS = 64 * 1024 * 1024;

/** What archives of one file share; of another file it is another. */
interface Shared {
  /** Pages without their compression, by segments of one file. */
  readonly unpacked: UnpackedCache;
  readonly idle: SegmentDecoder<FlowRow>[];
  lent: number;
}

/** Of whom an archive is; by default the machine's clock, and a process that does not write. */
export interface ArchiveOptions {
  readonly clock?: Pick<Clock, "now" | "elapsed">;
  /** Name of the process whose own writing is not that of another, as in its `HistoryPolicy`. */
  readonly writer?: string | null;
}

/**
 * Reads the segments of `history.db` while the history worker writes it. The file is opened when
 * something is first asked of it, and again after a failure; where there is none, nothing is kept.
 */
export class HistoryArchive implements FlowArchive, Disposable {
  readonly sums: HistorySums;
  readonly #folder: string;
  readonly #path: string;
  readonly #options: Required<ArchiveOptions>;
  /** Of one that holds a moment: what also has what came after it; else null. */
  readonly #later: HistoryArchive | null;
  #shared: Shared;
  /** Segments that were asked for last, by ring: most questions come more than once. */
  readonly #last = new Map<string, ArchivedSegment>();
  #connection: HistoryConnection | null = null;
  /** For moments to come: to open one takes a third of a millisecond. */
  readonly #spare: HistoryConnection[] = [];
  #watch: DatabaseWatch | null = null;
  readonly #log: LogNote;
  /** When it was looked for the file last, and when a moment began that is held. */
  #sinceMs = -Infinity;
  /** Of a moment that is held: what the clock said when it began. */
  #beganMs = 0;

  /**
   * @param folder of history.db; may be read
   * @param options of this process, as its own writer knows them
   */
  constructor(folder: string, options: ArchiveOptions = {}, later: HistoryArchive | null = null) {
    this.#folder = folder;
    this.#path = `${folder}/${HISTORY_FILE}`;
    this.#log = historyLog(folder);
    this.#options = { clock: systemClock, writer: null, ...options };
    this.#later = later;
    this.#shared = later !== null ? later.#shared : newShared();
    this.sums = new HistorySums((ask) => this.#ask(ask), later?.sums.decoder);
  }

  /**
   * The same as it is from the first question on: what retention deletes or merges meanwhile stays for
   * who asks it, and what is sealed meanwhile is there too. To be disposed of when the questions that
   * belong together are answered; after 20 s, or where much was written that is not in the file yet, it
   * is as any other.
   */
  hold(): HistoryArchive {
    return new HistoryArchive(this.#folder, this.#options, this);
  }

  get crowded(): boolean {
    return this.#shared.lent >= MANY_DECODERS;
  }

  heldSince(): number | null {
    return this.#ask(({ heldSince }) => heldSince.get()!.since as number | null) ?? null;
  }

  heldUntil(): number | null {
    return this.#ask(({ heldUntil }) => heldUntil.get()!.until as number | null) ?? null;
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

  writtenElsewhere(): number | null {
    const writer = this.#ask(({ writer }) => writer.get());
    if (writer === undefined || writer.name === null) return null;
    if (writer.name === this.#options.writer) return null;
    const aliveMs = writer.alive_ms as number;
    // A moment sees nothing of what its writer said since.
    const now = this.#isHeld ? this.#beganMs : this.#options.clock.now();
    return aliveMs >= now - ALIVE_MS ? aliveMs : null;
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
    return this.#segment(ring, ({ from }, ...of) => from.get(...of, row)) ??
      this.#later?.segmentFrom(ring, row) ?? null;
  }

  segmentBefore(ring: RingIdentity, row: number, beforeMs = Infinity): ArchivedSegment | null {
    const held = this.#segment(ring, ({ before }, ...of) => before.get(...of, row, beforeMs));
    if (this.#later === null || held !== null && held.endRow >= row) return held;
    const later = this.#later.segmentBefore(ring, row, beforeMs);
    return later !== null && (held === null || later.endRow > held.endRow) ? later : held;
  }

  read<F extends StoredFieldName>(
    segment: ArchivedSegment,
    fields: readonly F[],
  ): ArchivedRows<F> | SegmentFault | null {
    const { id, file, directory } = segment;
    if (directory instanceof SegmentFault) return directory;
    const shared = this.#shared;
    // Another file numbers its segments anew.
    if (file !== shared) return this.#later?.read(segment, fields) ?? null;
    const decoder = shared.idle.pop() ?? new SegmentDecoder(FLOW_TABLE);
    const keep = () => {
      if (shared.idle.length < KEPT_DECODERS) shared.idle.push(decoder);
    };
    const unpacked = shared.unpacked.of(id);
    const missing = decoder.pagesFor(directory, fields, unpacked);
    const ids = pageIds({ id, directory }, missing);
    const pages = missing.length === 0 ? NO_PAGES : this.#ask((connection) =>
      // To ask may be to go over to the next file.
      file === this.#shared ? readPages(connection, id, ids) : null
    ) ?? null;
    const decoded = pages && decoder.open(directory, fields, { pages, unpacked });
    if (decoded === null || decoded instanceof SegmentFault) {
      keep();
      return decoded ?? this.#later?.read(segment, fields) ?? null;
    }
    shared.unpacked.keep({ id, directory }, decoded.fresh);
    shared.lent++;
    return {
      ...decoded,
      segment: decoder.rows,
      release: () => {
        shared.lent--;
        keep();
      },
    };
  }

  /** Closes the file; what is asked next opens it again, and shares nothing with what was open. */
  close(): void {
    for (const { database } of this.#spare.splice(0)) database.close();
    this.#connection?.database.close();
    this.#connection = null;
    this.#last.clear();
    // Another file may lie there then, which numbers its segments anew; who still reads this one
    // keeps what belongs to it.
    this.#shared = newShared();
  }

  [Symbol.dispose](): void {
    // That of a file which was moved, and left by its writer, is not for the next moment.
    const watch = this.#watch;
    const isCurrent = watch !== null && (!watch.moved || this.#log.isStray);
    if (this.#later !== null && this.#connection !== null && isCurrent) {
      const { database } = this.#connection;
      if (database.isTransaction) database.exec("COMMIT");
      const spare = this.#later.#spare;
      if (spare.length < KEPT_CONNECTIONS) spare.push(this.#connection);
      else database.close();
      this.#connection = null;
    }
    this.close();
  }

  /** Whether it is a moment, and that has begun and not ended. */
  get #isHeld(): boolean {
    return this.#later !== null && this.#connection?.database.isTransaction === true;
  }

  #segment(
    ring: RingIdentity,
    find: (connection: HistoryConnection, ...of: [string, number, number]) => FoundRow | undefined,
  ): ArchivedSegment | null {
    const { capability, port, epoch } = ring;
    const found = this.#ask((connection) => find(connection, capability, port, epoch));
    if (found === undefined) return null;
    const key = ringKey(ring);
    const id = found.id as number;
    const file = this.#shared;
    let segment = this.#last.get(key);
    if (segment?.id !== id || segment.file !== file) {
      segment = {
        capability,
        port,
        epoch,
        id,
        file,
        firstRow: found.first_row as number,
        endRow: found.end_row as number,
        fromMs: found.from_ms as number,
        toMs: found.to_ms as number,
        directory: file.unpacked.directory(id) ??
          openDirectory(found.directory as Uint8Array),
      };
      if (this.#last.size >= REMEMBERED) this.#last.clear();
      this.#last.set(key, segment);
    }
    return segment;
  }

  /**
   * Asks the database something; undefined where there is none.
   *
   * @throws {StorageError} that says what is wrong with the file; the next time it is opened anew
   */
  #ask<T>(ask: (connection: HistoryConnection) => T): T | undefined {
    try {
      const connection = this.#connect();
      return connection === null ? undefined : ask(connection);
    } catch (error) {
      this.close();
      this.#later?.close();
      throw error instanceof StorageError || !isOutside(error)
        ? error
        : explainFailure(error, this.#folder, HISTORY_FORM);
    }
  }

  #connect(): HistoryConnection | null {
    return this.#later === null ? this.#connectNow() : this.#connectThen(this.#later);
  }

  #connectNow(): HistoryConnection | null {
    const elapsed = this.#options.clock.elapsed();
    if (this.#connection === null || elapsed - this.#sinceMs >= LOOK_MS) {
      this.#sinceMs = elapsed;
      this.#lookForFile();
    }
    return this.#connection ??= this.#open();
  }

  /** @throws {StorageError} where only what SQLite would take the log of another for can be opened */
  #open(): HistoryConnection | null {
    if (!this.#watch?.moved && !this.#log.isStray) return openToRead(this.#path);
    throw new StorageError(
      `${this.#path} was moved or removed, and is read again once its writer left it, or the next began`,
    );
  }

  /** The moment begins with the first question: until then nothing of the log is kept from going. */
  #connectThen(later: HistoryArchive): HistoryConnection | null {
    const elapsed = this.#options.clock.elapsed();
    if (this.#connection === null) {
      later.#lookForFile();
      if (logOctets(this.#path) > MAX_LOG_OCTETS) {
        const connection = later.#connect();
        this.#shared = later.#shared;
        return connection;
      }
      this.#watch = later.#watch;
      this.#shared = later.#shared;
      this.#connection = later.#spare.pop() ?? later.#open();
      this.#connection?.database.exec("BEGIN");
      this.#sinceMs = elapsed;
      this.#beganMs = this.#options.clock.now();
    } else if (elapsed - this.#sinceMs >= HELD_MS && this.#isHeld) {
      this.#connection.database.exec("COMMIT");
    }
    return this.#connection;
  }

  /**
   * Goes over to the file that lies at the path, should the one that was read have been moved or
   * removed: not before its writer has left it, since SQLite would take its log for that of the other.
   */
  #lookForFile(): void {
    if (this.#watch !== null && !this.#watch.moved || this.#log.isStray) return;
    if (this.#watch !== null) this.close();
    this.#watch = new DatabaseWatch(this.#path);
  }
}

/** Whether SQLite or the file system threw it: all that they throw has a code, or is one of Deno's. */
function isOutside(error: unknown): error is Error {
  return error instanceof Error &&
    ("code" in error || Object.values(Deno.errors).some((kind) => error instanceof kind));
}

function newShared(): Shared {
  return { idle: [], lent: 0, unpacked: new UnpackedCache() };
}

/** Octets of the write-ahead log of a database. */
function logOctets(path: string): number {
  try {
    return Deno.statSync(`${path}-wal`).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
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
