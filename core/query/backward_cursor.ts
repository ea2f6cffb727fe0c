import type { RingIdentity } from "../flow/ring_identity.ts";
import { ringKey } from "../flow/ring_identity.ts";
import type { FlowColumns } from "../flow/columns.ts";
import { readRecord } from "../flow/record_reader.ts";
import { firstRowSince, RingReader } from "../flow/ring_reader.ts";
import { type FlowRecord, STORED_FIELDS, type StoredFieldName } from "../flow/schema.ts";
import { type ArchiveView, ATTEMPTS } from "./archive_view.ts";
import { firstSlotSince } from "./first_slot_since.ts";
import type { FilterColumns, RowTest } from "./filter/filter_columns.ts";
import type { ArchivedSegment } from "./flow_archive.ts";
import type { FlowSource, RowOrigin } from "./flow_source.ts";
import {
  countWithout,
  noteBegin,
  type ScanReport,
  type TimeWindow,
  type WithoutSegment,
} from "./scan_report.ts";
import { mayBeSealing } from "./sealing_wait.ts";
import type { SearchBound, SearchPlace } from "./search_place.ts";
import { windowEnd } from "./window_end.ts";

/** All that a record is made of. */
export const RECORD_FIELDS: readonly StoredFieldName[] = STORED_FIELDS.map(({ name }) => name);

const BLOCK_ROWS = 2048;

/** A record, and where it stands. */
export interface FoundRecord extends SearchPlace {
  readonly record: FlowRecord;
}

/** What a cursor looks for. */
export interface BackwardOptions {
  readonly window: TimeWindow;
  /** Where it begins. */
  readonly bound: SearchBound;
  /** Records that a page holds: with one more it is known that there are more. */
  readonly limit: number;
  readonly report: ScanReport;
  /** Makes the test of a block. */
  readonly matcher: (block: FilterColumns, origin: RowOrigin) => RowTest;
  /** What disk holds: `narrow` to look at, `whole` for records; null where there is none. */
  readonly views: Readonly<Record<"narrow" | "whole", ArchiveView<StoredFieldName>>> | null;
  /** Asked when rows are missing that may be on their way to disk; true to look again later. */
  readonly mayWait: () => boolean;
}

/** Looks for records of one ring from its newest row backwards, from the ring into segments. */
export class BackwardCursor {
  readonly found: FoundRecord[] = [];
  readonly #key: string;
  readonly #ring: RingIdentity;
  /** Null when the ring is gone from memory. */
  readonly #source: FlowSource | null;
  readonly #reader: RingReader<StoredFieldName> | null;
  readonly #matches: RowTest;
  readonly #options: BackwardOptions;
  readonly #endMs: number;
  /** Rows from here on have been looked at, or are not wanted. */
  #row: number;
  /** Whether the row before `#row` is certainly wanted, if it is there. */
  #exact: boolean;
  #segment: ArchivedSegment | null = null;
  /** Arrival of the first row that was looked at; null before one was. */
  #seenMs: number | null = null;
  #done = false;
  #waits = false;
  #attempts = 0;

  /**
   * @param ring whose rows: its memory, or its name where that is gone
   * @param options what it looks for
   */
  constructor(ring: FlowSource | RingIdentity, options: BackwardOptions) {
    this.#ring = ring;
    this.#key = ringKey(ring);
    this.#options = options;
    const { bound, window } = options;
    // Of a ring that nobody fills any more what came behind now is not wanted.
    const all = window.untilNow && "ring" in ring;
    this.#endMs = Math.min(bound.endMs, all ? Infinity : windowEnd(window));
    this.#exact = bound.row < Infinity;
    if ("ring" in ring) {
      this.#source = ring;
      this.#reader = new RingReader(ring.ring, { fields: RECORD_FIELDS, blockRows: BLOCK_ROWS });
      this.#matches = options.matcher(this.#reader.block, ring);
      const end = this.#endMs === Infinity
        ? ring.ring.committed
        : firstRowSince(ring.ring, this.#endMs);
      this.#row = Math.min(end, bound.row);
    } else {
      this.#source = null;
      this.#reader = null;
      this.#matches = () => false;
      this.#row = bound.row;
    }
    this.locate();
  }

  /** Whether there is nothing more to look at. */
  get done(): boolean {
    return this.#done;
  }

  /** Whether the next rows may be on their way to disk: `locate` looks for them again. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Whether it found all that one page can hold. */
  get full(): boolean {
    return this.found.length > this.#options.limit;
  }

  /** Nothing arrived later, Unix milliseconds, of what is still to be looked at. */
  get nextMs(): number {
    if (this.#segment !== null) return Math.min(this.#segment.toMs, this.#endMs);
    const { ring } = this.#source!;
    return Math.min(ring.times[Math.max(this.#row - 1, ring.oldest) & ring.mask], this.#endMs);
  }

  /** Looks at the next rows. */
  read(): void {
    if (this.#segment !== null) this.#readSegment(this.#segment);
    else this.#readRing();
    this.locate();
  }

  /** Finds where the row before the last one is. */
  locate(): void {
    const { views, window: { fromMs }, report, mayWait } = this.#options;
    this.#waits = false;
    this.#segment = null;
    while (!this.#done && !this.#isInRing()) {
      if (this.#row === 0) return this.#end(true);
      const found = views?.narrow.segmentBefore(this.#ring, this.#row, this.#endMs) ?? null;
      const missing = this.#row - (found?.endRow ?? 0);
      if (missing > 0 && this.#exact && this.#mayBeSealing(missing) && mayWait()) {
        this.#waits = true;
        return;
      }
      if (found === null) {
        return this.#end(views?.narrow.segmentFrom(this.#ring, 0)?.firstRow === 0);
      }
      if (found.toMs < fromMs) return this.#end(missing <= 0);
      if (missing > 0) {
        if (this.#exact) report.rows_missed += missing;
        this.#row = found.endRow;
      }
      if (views!.narrow.passesOver(found)) this.#row = found.firstRow;
      else this.#segment = found;
      this.#exact = true;
      if (this.#segment !== null) return;
    }
  }

  #isInRing(): boolean {
    const { window: { fromMs } } = this.#options;
    if (this.#source === null) return false;
    const { ring } = this.#source;
    if (this.#row <= ring.oldest) return false;
    if (ring.times[(this.#row - 1) & ring.mask] >= fromMs || this.#row <= ring.oldest) {
      return this.#row > ring.oldest;
    }
    this.#done = true;
    return true;
  }

  #mayBeSealing(missing: number): boolean {
    const { views } = this.#options;
    return this.#source !== null && views !== null && views.narrow.readable &&
      mayBeSealing(this.#source.ring, missing) &&
      // They are sealed in their order: what has others behind it was left out for good.
      views.narrow.segmentFrom(this.#ring, this.#row) === null;
  }

  /** There is nothing before what was looked at; whether that is all there ever was of the window. */
  #end(whole: boolean): void {
    this.#done = true;
    const { report } = this.#options;
    if (!whole) noteBegin(report, { atMs: this.#seenMs ?? this.#heldFromMs(), whole });
  }

  /** Arrival of the oldest row there is, where that is behind all that is looked for. */
  #heldFromMs(): number {
    const { views, window } = this.#options;
    const onDisk = views?.narrow.segmentFrom(this.#ring, 0)?.fromMs ?? Infinity;
    const { ring } = this.#source ?? {};
    const inMemory = ring === undefined ? Infinity : ring.times[ring.oldest & ring.mask];
    const oldest = Math.min(onDisk, inMemory);
    const endMs = Math.min(this.#endMs, window.toMs);
    return oldest === Infinity ? endMs : Math.max(endMs, oldest);
  }

  #readRing(): void {
    const { report, window: { fromMs } } = this.#options;
    const { ring } = this.#source!;
    const { block } = this.#reader!;
    const from = Math.max(0, this.#row - BLOCK_ROWS);
    const { start, end, firstRow } = this.#reader!.read(from, this.#row);
    // Rows that the ring lost at the beginning of the block are looked for on disk.
    const low = firstSlotSince(block.received_at, fromMs, { start, end });
    let slot = end - 1;
    for (; slot >= low && !this.full; slot--) {
      report.rows_scanned++;
      report.sampling_rows[block.sampling_source[slot]]++;
      if (this.#matches(slot)) {
        this.#keep(block, slot, { row: firstRow + slot - start, origin: this.#source! });
      }
    }
    this.#exact = true;
    if (low < end) this.#seenMs = block.received_at[low];
    if (end > start) this.#row = firstRow + slot + 1 - start;
    if (slot < low && low > start) this.#done = true;
    else if (end === start) this.#row = Math.min(this.#row, ring.oldest);
  }

  #readSegment(segment: ArchivedSegment): void {
    const { report, views, limit, matcher, window: { fromMs } } = this.#options;
    const opened = views!.narrow.open(segment);
    if (typeof opened === "string") return this.#without(segment, opened);
    const { block, origin, release } = opened;
    const matches = matcher(block, origin);
    const rows = { start: 0, end: Math.min(this.#row, segment.endRow) - segment.firstRow };
    const end = segment.toMs < this.#endMs
      ? rows.end
      : firstSlotSince(block.received_at, this.#endMs, rows);
    const low = firstSlotSince(block.received_at, fromMs, { start: 0, end });
    const slots: number[] = [];
    const wanted = limit + 1 - this.found.length;
    let slot = end - 1;
    for (; slot >= low && slots.length < wanted; slot--) {
      report.rows_scanned++;
      report.rows_from_disk++;
      report.sampling_rows[block.sampling_source[slot]]++;
      if (matches(slot)) slots.push(slot);
    }
    if (low < end) this.#seenMs = block.received_at[low];
    release();
    if (slots.length > 0 && !this.#readRecords(segment, slots)) return;
    this.#row = segment.firstRow + slot + 1;
    if (slot < low && low > 0) this.#done = true;
  }

  /** Makes records of rows of a segment; false when it has gone meanwhile, or cannot be read. */
  #readRecords(segment: ArchivedSegment, slots: readonly number[]): boolean {
    const opened = this.#options.views!.whole.open(segment);
    if (typeof opened === "string") {
      this.#without(segment, opened);
      return false;
    }
    const { block, origin, release } = opened;
    for (const slot of slots) this.#keep(block, slot, { row: segment.firstRow + slot, origin });
    release();
    return true;
  }

  /** Goes on without a segment: looks for its rows again, or leaves them out. */
  #without({ firstRow, endRow }: ArchivedSegment, why: WithoutSegment): void {
    if (why === "gone" && this.#attempts++ < ATTEMPTS) return;
    this.#attempts = 0;
    countWithout(this.#options.report, { rows: Math.min(this.#row, endRow) - firstRow, why });
    this.#row = firstRow;
  }

  #keep(
    block: Pick<FlowColumns, "received_at">,
    slot: number,
    { row, origin }: { row: number; origin: RowOrigin },
  ): void {
    this.found.push({
      atMs: block.received_at[slot],
      ring: this.#key,
      row,
      record: readRecord(block as FlowColumns, slot, origin),
    });
  }
}
