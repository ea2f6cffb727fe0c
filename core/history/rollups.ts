import type { FlowColumns } from "../flow/columns.ts";
import { FLOW_TABLE, type FlowRow, type StoredFieldName } from "../flow/schema.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import type { EncodedSegment } from "../flow/segment/segment_encoder.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import type { HistoryStore, RowSpan } from "./history_store.ts";
import { MinutePacker } from "./minute_packer.ts";
import { emptyBucket, MINUTE_MS, MinuteSums } from "./minute_sums.ts";
import { type KeptValues, RollupCodec } from "./rollup_codec.ts";
import { HOUR_SECONDS, MINUTE_SECONDS, type RollupBounds } from "./rollup_store.ts";
import type { AddressNumbers } from "./row_places.ts";
import { SummedRows } from "./summed_rows.ts";
import type { UnsummedRows } from "../query/sums/traffic_sums.ts";

const HOUR_MS = HOUR_SECONDS * 1000;
/** A minute is written this long after its end: blocks that do not fill are sealed by then. */
export const GRACE_MS = 20_000;
/** An hour is summed this long after its end: its last minute is written by then. */
const HOUR_GRACE_MS = 2 * MINUTE_MS;
/** Minutes that wait while nothing can be written; the oldest go first. */
const MAX_WAITING = 240;
/** Minutes that are summed in one go of what an earlier process left: an import may be of many. */
const CAUGHT_UP_AT_ONCE = 64;

/** Values kept of each dimension of a minute, and of an hour. */
const OF_MINUTE: KeptValues = { hosts: 200, others: 1000 };
const OF_HOUR: KeptValues = { hosts: 1000, others: 2000 };
/** Values that are told apart while an hour is summed: all that its minutes may name. */
const HOUR_KEYS = 65_536;

/** What sums are made of. */
const SUMMED_FIELDS: readonly StoredFieldName[] = [
  "received_at",
  "event",
  "bytes",
  "packets",
  "exporter",
  "in_if",
  "out_if",
  "protocol",
  "src_port",
  "dst_port",
  "src_addr",
  "dst_addr",
];

/** A minute that is to be written. */
interface WaitingMinute {
  readonly atMs: number;
  readonly flows: number;
  readonly encoded: EncodedSegment;
}

/**
 * Sums traffic by the minute, and minutes by the hour. Minutes are summed from all flows, also from
 * those whose segment is left out; hours from what was kept of their minutes, so that a process that
 * ends within an hour takes nothing of it along.
 */
export class Rollups {
  readonly #minutes: MinuteSums;
  readonly #codec: RollupCodec;
  readonly #packer: MinutePacker;
  readonly #decoder = new SegmentDecoder<FlowRow>(FLOW_TABLE);
  readonly #summed = new SummedRows();
  #waiting: WaitingMinute[] = [];
  /** Minutes that were closed before they were over, for the file that is left next. */
  readonly #unfinished = new Set<number>();
  /** Flows of minutes that were not over when the file that has them was left, by their begin. */
  readonly #cut = new Map<number, number>();
  /** What is in no sum, and is not written down yet. */
  #unsummed: UnsummedRows | null = null;
  /** Hours that lack some of their minutes, whenever those are of: they are summed when they are over. */
  #lacking = new Set<number>();
  /** Segments of earlier processes that are to be looked at; null before the store was opened. */
  #earlier: { after: number; last: number } | null = null;
  /** The segment of them that is summed in part, and its next row. */
  #partly: { id: number; row: number } | null = null;

  /** @param options `namedPorts`, 1 where a port has a name; `seed` by chance for hashing */
  constructor(options: { namedPorts: Uint8Array; seed: number }) {
    this.#minutes = new MinuteSums(options);
    this.#codec = new RollupCodec(options);
    this.#packer = new MinutePacker(options);
  }

  /**
   * Adds flows.
   *
   * @param rows which they are
   * @param columns whole rows, in the order of their arrival
   * @param options `start`, slot of the first; `numbers` of their addresses, where they are known
   */
  add(
    rows: RowSpan,
    columns: FlowColumns,
    { start = 0, numbers }: { start?: number; numbers?: AddressNumbers } = {},
  ): void {
    const note = this.#summed.adding(rows, rows.endRow);
    this.#minutes.add(columns, {
      start,
      end: start + rows.endRow - rows.firstRow,
      numbers,
      onMinute: (minute, slot) => note(minute, rows.firstRow + slot - start),
    });
  }

  /**
   * Learns what was there before anything was sealed: what comes later is added as it is sealed.
   *
   * @param store just opened
   * @param options `another`: whether it is not the one that was opened before
   */
  open(store: HistoryStore, { another }: { another: boolean }): void {
    if (this.#earlier !== null && !another) return;
    this.#partly = null;
    this.#lacking = new Set(store.rollups.lackingHours());
    store.forgetSummed();
    this.#earlier = { after: 0, last: store.lastId() };
  }

  /**
   * Adds flows of one segment that an earlier process sealed and did not come to sum.
   *
   * @param store that has it
   * @returns false when there is none left
   */
  catchUp(store: HistoryStore): boolean {
    const earlier = this.#earlier;
    if (earlier === null || earlier.after >= earlier.last) return false;
    const found = store.unsummed(earlier);
    if (found === null) {
      earlier.after = earlier.last;
      return false;
    }
    const { segment } = found;
    const { directory, firstRow, endRow } = segment;
    const fromRow = this.#partly?.id === segment.id ? this.#partly.row : found.fromRow;
    this.#partly = null;
    earlier.after = segment.id;
    if (directory instanceof SegmentFault) return true;
    const pages = store.readPages(segment, this.#decoder.pagesFor(directory, SUMMED_FIELDS));
    const decoded = this.#decoder.decode(directory, SUMMED_FIELDS, pages);
    if (decoded instanceof SegmentFault) return true;
    // Columns that are not read are not looked at.
    const columns = decoded.columns as FlowColumns;
    const start = fromRow - firstRow;
    const end = endOfMinutes(columns.received_at, { start, end: endRow - firstRow });
    this.add({ ...segment, firstRow: fromRow, endRow: firstRow + end }, columns, { start });
    if (firstRow + end < endRow) {
      this.#partly = { id: segment.id, row: firstRow + end };
      earlier.after = segment.id - 1;
    }
    return true;
  }

  /**
   * Closes the minutes that are over.
   *
   * @param nowMs Unix milliseconds; Infinity closes all there are
   */
  close(nowMs: number): void {
    for (const [atMs, sums] of this.#minutes.take(nowMs - GRACE_MS)) {
      this.#summed.close(atMs);
      const encoded = this.#codec.encode(atMs, sums, OF_MINUTE);
      if (encoded === null) continue;
      this.#noteCut(atMs);
      if (nowMs === Infinity) this.#unfinished.add(atMs);
      this.#waiting.push({ atMs, flows: sums.exporter.flows, encoded });
    }
    for (const { atMs, flows } of this.#waiting.splice(0, this.#waiting.length - MAX_WAITING)) {
      this.leaveOut({ ...minuteAt(atMs), rows: flows });
    }
  }

  /**
   * Notes what a file lacks that was begun within a minute, when its first minute is closed: the flows
   * of this one, and of those after it, that are in the file before.
   */
  #noteCut(firstMs: number): void {
    for (const [atMs, rows] of this.#cut) {
      if (atMs >= firstMs) this.leaveOut({ ...minuteAt(atMs), rows });
    }
    this.#cut.clear();
  }

  /** Notes rows that are gone before they could be summed. */
  leaveOut({ fromMs, toMs, rows }: UnsummedRows): void {
    const { fromMs: first, toMs: last, rows: before } = this.#unsummed ?? { fromMs, toMs, rows: 0 };
    this.#unsummed = {
      fromMs: Math.min(first, fromMs),
      toMs: Math.max(last, toMs),
      rows: before + rows,
    };
  }

  /**
   * Writes the minutes that are closed, and what is in none.
   *
   * @param store where to
   */
  write(store: HistoryStore): void {
    const unsummed = this.#unsummed;
    // What cannot be written now goes to whichever file is open then, with what is yet to come of it.
    const unfinished = new Set(this.#unfinished);
    this.#unfinished.clear();
    if (this.#waiting.length === 0 && unsummed === null) return;
    store.transaction(() => {
      if (unsummed !== null) store.rollups.noteUnsummed(unsummed);
      for (const { atMs, encoded } of this.#waiting) {
        store.rollups.append(MINUTE_SECONDS, atMs, encoded);
      }
      for (const place of this.#summed.ends()) store.noteSummed(place);
    });
    for (const { atMs, flows } of this.#waiting) {
      this.#lacking.add(atMs - atMs % HOUR_MS);
      // One may have waited before, in part.
      if (unfinished.has(atMs)) this.#cut.set(atMs, (this.#cut.get(atMs) ?? 0) + flows);
    }
    this.#waiting = [];
    this.#unsummed = null;
  }

  /**
   * Sums up the oldest hour that is over and lacks some of its minutes.
   *
   * @param store of its minutes
   * @param nowMs Unix milliseconds
   * @returns whether there may be more to do
   */
  sumHour(store: HistoryStore, nowMs: number): boolean {
    const caughtUp = this.#earlier === null || this.#earlier.after >= this.#earlier.last;
    if (!caughtUp) return false;
    const hour = Math.min(...this.#lacking);
    if (hour + HOUR_MS + HOUR_GRACE_MS > nowMs) return false;
    this.#sumUp(store, hour);
    return true;
  }

  /**
   * Deletes some of what is to go, of minutes what their hour has.
   *
   * @param store of both
   * @param bounds what is to go
   * @returns whether there may be more to do
   */
  trim(store: HistoryStore, bounds: RollupBounds): boolean {
    return store.rollups.trim(bounds, (hour) => this.#sumUp(store, hour)) > 0;
  }

  /**
   * Adds to the sum of an hour the minutes that were written since; false where there are none. When it
   * is the first, its minutes are put together too.
   */
  #sumUp(store: HistoryStore, hour: number): boolean {
    const { rollups } = store;
    const sums = emptyBucket(HOUR_KEYS);
    const window = { fromMs: hour, toMs: hour + HOUR_MS };
    const kept = rollups.hour(hour);
    const { stored } = kept ?? {};
    // An hour that the disk has changed is summed anew from what there is of it.
    const isWhole = stored !== undefined && !(stored instanceof SegmentFault) &&
      this.#codec.addTo(stored.directory, stored.pages, sums) === null;
    const after = isWhole ? kept!.id : 0;
    const minutes = [...rollups.read(MINUTE_SECONDS, { ...window, after })];
    const packed = isWhole ? [] : rollups.readPacked(window);
    for (const part of [minutes, packed]) {
      for (const { directory, pages } of part) this.#codec.addTo(directory, pages, sums);
    }
    const encoded = this.#codec.encode(hour, sums, OF_HOUR);
    if (encoded !== null) {
      const together = kept === null ? this.#packer.pack(minutes) : null;
      store.transaction(() => {
        rollups.replaceHour(hour, encoded);
        if (together !== null) rollups.pack(hour, together);
      });
    }
    // Where the disk has changed all of its minutes there is nothing left of it to wait for.
    this.#lacking.delete(hour);
    return encoded !== null;
  }
}

/** The first and the last arrival that a minute may have. */
function minuteAt(atMs: number): { fromMs: number; toMs: number } {
  return { fromMs: atMs, toMs: atMs + MINUTE_MS - 1 };
}

/** The slot behind as many minutes as are summed in one go. */
function endOfMinutes(times: Float64Array, { start, end }: { start: number; end: number }): number {
  let minute = -Infinity;
  let minutes = 0;
  for (let slot = start; slot < end; slot++) {
    const next = Math.floor(times[slot] / MINUTE_MS);
    if (next === minute) continue;
    if (++minutes > CAUGHT_UP_AT_ONCE) return slot;
    minute = next;
  }
  return end;
}
