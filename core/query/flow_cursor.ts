import type { RingIdentity } from "../flow/ring_identity.ts";
import {
  type BlockColumns,
  type BlockRange,
  firstRowSince,
  RingReader,
} from "../flow/ring_reader.ts";
import type { StoredFieldName } from "../flow/schema.ts";
import { type ArchiveView, ATTEMPTS, type OpenSegment } from "./archive_view.ts";
import type { ArchivedRing, ArchivedSegment } from "./flow_archive.ts";
import type { FlowSource, RowOrigin } from "./flow_source.ts";
import {
  countSampling,
  countWithout,
  noteBegin,
  type ScanReport,
  type TimeWindow,
} from "./scan_report.ts";
import { mayBeSealing } from "./sealing_wait.ts";
import { firstSlotSince } from "./first_slot_since.ts";
import { windowEnd } from "./window_end.ts";

/** A reader in place keeps this part of the ring between itself and the writer. */
const SAFE_PART = 8;

/** Columns that every scan reads for its own report. */
export const OWN_FIELDS = ["received_at", "sampling_source"] as const;

/** The columns of a scan's blocks. */
export type ScanField<F extends StoredFieldName> = F | (typeof OWN_FIELDS)[number];

/** Takes one block of rows of one origin; a block object is always of the same. */
export type Visit<F extends StoredFieldName> = (
  block: BlockColumns<F>,
  range: BlockRange,
  origin: RowOrigin,
) => void;

/** What a cursor reads, and how. */
export interface CursorOptions<F extends StoredFieldName> {
  readonly window: TimeWindow;
  readonly fields: readonly ScanField<F>[];
  /** As of `ScanOptions`. */
  readonly inPlace: boolean;
  /** As of `ScanOptions`. */
  readonly segmentRows: number;
  readonly blockRows: number;
  readonly report: ScanReport;
  /** Null where nothing is kept on disk, or nothing of it is needed. */
  readonly view: ArchiveView<ScanField<F>> | null;
  /** Asked when rows are missing that may be on their way to disk; true to look again later. */
  readonly mayWait: () => boolean;
}

/** The writer overtook a scan in place: what it visited may be of two rows at once. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** A segment that is being read. */
interface Reading<F extends StoredFieldName> extends OpenSegment<ScanField<F>> {
  /** Row of slot 0. */
  readonly firstRow: number;
  /** Slots still to be visited. */
  start: number;
  readonly end: number;
}

/**
 * Goes over the rows of one ring within a window by their numbers: from segments as long as the ring
 * does not hold them any more, then from the ring. So no row counts twice, whatever is sealed,
 * merged or overwritten meanwhile.
 */
export class FlowCursor<F extends StoredFieldName> {
  readonly #ring: RingIdentity;
  /** Null when the ring is gone from memory. */
  readonly #source: FlowSource | null;
  readonly #reader: RingReader<ScanField<F>> | null;
  readonly #options: CursorOptions<F>;
  /** The next row. */
  #row: number;
  #limit: number;
  /** Where the next row is, unless it is in the ring. */
  #segment: ArchivedSegment | null = null;
  #reading: Reading<F> | null = null;
  #waits = false;
  #attempts = 0;

  /**
   * @param ring whose rows: its memory, or its name where that is gone
   * @param archived what disk has of it from the window on, null for nothing
   * @param options which rows, and how
   */
  constructor(
    ring: FlowSource | RingIdentity,
    archived: ArchivedRing | null,
    options: CursorOptions<F>,
  ) {
    this.#ring = ring;
    this.#options = options;
    this.#source = "ring" in ring ? ring : null;
    if (this.#source === null) {
      this.#reader = null;
      this.#row = archived!.firstRow;
      this.#limit = archived!.endRow;
    } else {
      const { fields, window, blockRows } = options;
      const { ring: memory } = this.#source;
      this.#reader = new RingReader(memory, { fields, blockRows });
      this.#limit = window.untilNow ? memory.committed : firstRowSince(memory, window.toMs);
      this.#row = firstRowSince(memory, window.fromMs);
    }
    this.#begin(archived);
    this.locate();
  }

  /** Whether it is at its end. */
  get done(): boolean {
    return this.#row >= this.#limit;
  }

  /** Whether the next rows may be on their way to disk: `locate` looks for them again. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Whether memory is lent to it. */
  get holdsMemory(): boolean {
    return this.#reading !== null;
  }

  /** Arrival of the next row, Unix milliseconds: for a segment that is not read yet, at the latest. */
  get nextMs(): number {
    if (this.#reading !== null) {
      const { segment, start } = this.#reading;
      return segment.arrival(start);
    }
    if (this.#segment !== null) {
      return Math.max(this.#segment.fromMs, this.#options.window.fromMs);
    }
    const { ring } = this.#source!;
    return ring.times[Math.max(this.#row, ring.oldest) & ring.mask];
  }

  /** Gives back what was lent. */
  close(): void {
    this.#reading?.release();
    this.#reading = null;
  }

  /**
   * Reads the next block of rows, where there is one.
   *
   * @param visit sees it
   * @param aloneUntil arrival of the next row of any other cursor, Unix milliseconds
   * @throws {Overtaken} in place, when rows were overwritten while they were visited
   */
  read(visit: Visit<F>, aloneUntil: number): void {
    const segment = this.#segment;
    if (segment !== null) {
      this.#reading ??= this.#open(segment);
      const { segmentRows, blockRows } = this.#options;
      // Not in one go where rows of others lie between.
      const rows = segment.toMs < aloneUntil ? segmentRows : blockRows;
      if (this.#reading !== null) this.#readSegment(this.#reading, visit, rows);
    } else if (!this.done) this.#readRing(visit);
    if (this.#reading === null) this.locate();
  }

  /** Finds where the next row is. */
  locate(): void {
    const { view, mayWait, window, report } = this.#options;
    this.#waits = false;
    this.#segment = null;
    while (!this.done && !this.#isInRing()) {
      const found = view?.segmentFrom(this.#ring, this.#row) ?? null;
      if (found !== null && found.firstRow <= this.#row) {
        if (!this.#untilNow && found.fromMs >= windowEnd(window)) this.#limit = this.#row;
        else if (view!.passesOver(found)) this.#row = Math.min(found.endRow, this.#limit);
        else {
          this.#segment = found;
          return;
        }
        continue;
      }
      const next = Math.min(
        found?.firstRow ?? Infinity,
        this.#source?.ring.oldest ?? Infinity,
        this.#limit,
      );
      if (this.#mayBeSealing(next) && mayWait()) {
        this.#waits = true;
        return;
      }
      report.rows_missed += next - this.#row;
      this.#row = next;
    }
  }

  /** Takes in what lies on disk before what the ring holds, and notes where all of it begins. */
  #begin(archived: ArchivedRing | null): void {
    const { report, window: { fromMs } } = this.#options;
    const ring = this.#source?.ring;
    // A row behind the ring's oldest was found by its time: the one before it is too old.
    const found = ring !== undefined && (this.#row === 0 || this.#row > ring.oldest);
    if (!found && archived !== null && archived.firstRow <= this.#row) {
      this.#row = archived.firstRow;
      const whole = archived.fromMs < fromMs || this.#isWhole();
      noteBegin(report, { atMs: Math.max(archived.fromMs, fromMs), whole });
    } else if (this.#row < ring!.committed) {
      const atMs = this.nextMs;
      noteBegin(report, { atMs, whole: found || this.#takeInSealing() || this.#isWhole() });
    }
  }

  /** Whether no row of the window can have been before the next; counts those that may have been. */
  #isWhole(): boolean {
    const { report, view, window: { fromMs, toMs, untilNow } } = this.#options;
    // What was lost of a ring that was made later is none of the window's.
    if (!untilNow && this.#ring.epoch >= toMs) return true;
    if (view === null) return false;
    if (view.isWholeFrom(this.#ring, this.#row, fromMs)) return true;
    report.rows_unplaced += view.rowsNeverWritten(this.#ring, this.#row);
    return false;
  }

  /** Begins with rows that may be on their way to disk; false when what the ring lost is not. */
  #takeInSealing(): boolean {
    const { view } = this.#options;
    if (view === null) return false;
    const end = view.segmentBefore(this.#ring, this.#row)?.endRow ?? 0;
    const row = this.#row;
    this.#row = Math.min(row, end);
    if (end < row && this.#mayBeSealing(row)) return true;
    this.#row = row;
    return false;
  }

  /** Whether every row counts that is there: not of a ring that nobody fills any more. */
  get #untilNow(): boolean {
    return this.#options.window.untilNow && this.#source !== null;
  }

  #isInRing(): boolean {
    return this.#source !== null && this.#row >= this.#source.ring.oldest;
  }

  /** Whether the rows up to a row may be in no segment yet, but be about to be. */
  #mayBeSealing(next: number): boolean {
    const { view } = this.#options;
    return view !== null && view.readable && this.#source !== null &&
      mayBeSealing(this.#source.ring, next - this.#row) &&
      // They are sealed in their order: what has others behind it was left out for good.
      view.segmentFrom(this.#ring, next) === null;
  }

  /** Null when it has gone, or cannot be read: then the next row is to be found anew. */
  #open(segment: ArchivedSegment): Reading<F> | null {
    const { view, window, report } = this.#options;
    const { firstRow, endRow } = segment;
    const opened = view!.open(segment);
    if (opened === "gone" && this.#attempts++ < ATTEMPTS) return null;
    this.#attempts = 0;
    const limit = Math.min(endRow, this.#limit);
    if (typeof opened === "string") {
      countWithout(report, { rows: limit - this.#row, why: opened });
      this.#row = limit;
      return null;
    }
    const { received_at } = opened.block as BlockColumns<"received_at">;
    const endMs = windowEnd(window);
    const cut = segment.fromMs < window.fromMs || !(this.#untilNow || segment.toMs < endMs);
    if (cut) opened.segment.lay(["received_at"]);
    const rows = { start: this.#row - firstRow, end: limit - firstRow };
    const start = segment.fromMs >= window.fromMs
      ? rows.start
      : firstSlotSince(received_at, window.fromMs, rows);
    const end = this.#untilNow || segment.toMs < endMs
      ? rows.end
      : firstSlotSince(received_at, endMs, rows);
    // Behind the first row that is too new there is none that is not.
    if (end < rows.end) this.#limit = firstRow + end;
    return { ...opened, firstRow, start, end };
  }

  #readSegment(reading: Reading<F>, visit: Visit<F>, rows: number): void {
    const { block, origin, segment, firstRow, start } = reading;
    const end = Math.min(start + rows, reading.end);
    if (start < end) {
      this.#options.report.rows_from_disk += end - start;
      this.#visit(visit, {
        block,
        origin,
        range: { start, end, firstRow: firstRow + start, missed: 0, segment },
      });
    }
    reading.start = end;
    if (end < reading.end) return;
    this.#row = firstRow + reading.end;
    this.close();
  }

  #readRing(visit: Visit<F>): void {
    const { inPlace, blockRows, report, view } = this.#options;
    const source = this.#source!;
    const reader = this.#reader!;
    const { ring } = source;
    const row = this.#row;
    // Near the writer rows are copied even so: there it is likely to come by.
    const untilWriter = row + ring.capacity - ring.claimed;
    const safe = inPlace && untilWriter >= ring.capacity / SAFE_PART;
    const range = safe
      ? inRing(source, { row, limit: Math.min(this.#limit, row + blockRows) })
      : reader.read(row, this.#limit);
    // The ring does not hold them any more: disk may.
    if (range.missed > 0 && view !== null && this.#isElsewhere(row)) return;
    const block = (safe ? ring.columns : reader.block) as BlockColumns<ScanField<F>>;
    report.rows_missed += range.missed;
    this.#visit(visit, { block, origin: source, range });
    if (safe && ring.oldest > row) {
      throw new Overtaken("rows were overwritten while they were read");
    }
    this.#row = range.firstRow + range.end - range.start;
  }

  /** Whether a row that the ring lost is on disk, or may be on its way there. */
  #isElsewhere(row: number): boolean {
    const { view, mayWait } = this.#options;
    const found = view!.segmentFrom(this.#ring, row);
    if (found !== null && found.firstRow <= row) return true;
    return this.#mayBeSealing(this.#source!.ring.oldest) && mayWait();
  }

  #visit(
    visit: Visit<F>,
    { block, origin, range }: {
      block: BlockColumns<ScanField<F>>;
      origin: RowOrigin;
      range: BlockRange;
    },
  ): void {
    const { report } = this.#options;
    report.rows_scanned += range.end - range.start;
    countSampling(report, (block as BlockColumns<"sampling_source">).sampling_source, range);
    visit(block as BlockColumns<F>, range, origin);
  }
}

/** The next rows as they lie in the ring, up to where it begins anew. */
function inRing(
  { ring }: FlowSource,
  { row, limit }: { row: number; limit: number },
): BlockRange {
  const start = row & ring.mask;
  const count = Math.min(limit - row, ring.capacity - start);
  return { start, end: start + count, firstRow: row, missed: 0 };
}
