import { setImmediate } from "node:timers";
import { SAMPLING_SOURCES, type StoredFieldName } from "../flow/schema.ts";
import {
  type BlockColumns,
  type BlockRange,
  firstRowSince,
  RingReader,
} from "../flow/ring_reader.ts";
import type { FlowSource } from "./flow_source.ts";

/** Rows of a block: less than a millisecond of work, mostly. */
const BLOCK_ROWS = 8192;
/** Work in one go before messages and timers of the thread get their turn. */
const SLICE_MS = 4;
/** A reader in place keeps this part of the ring between itself and the writer. */
const SAFE_PART = 8;
/** Columns that every scan reads for its own report. */
const OWN_FIELDS = ["received_at", "sampling_source"] as const;

/** What a scan covered: the part of a trust block that only the reader of rows can know. */
export interface ScanReport {
  /** Unix milliseconds of the window asked for. */
  asked_from: number;
  asked_to: number;
  /**
   * Arrival of the oldest row that is held of the window, or null when there is none; where rows
   * were overwritten, the arrival from which on every source is whole.
   */
  oldest_row_at: number | null;
  /** Whether rows of the window have left memory already. */
  window_overwritten: boolean;
  rows_scanned: number;
  /** Rows overwritten while they were read. */
  rows_missed: number;
  /** Rows by where their sampling rate came from, in the order of SAMPLING_SOURCES. */
  sampling_rows: number[];
  /** Arrival from which on rows were not read, since the scan was ended early; else null. */
  stopped_at: number | null;
}

/** Which rows a question is about, by arrival. */
export interface TimeWindow {
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs: number;
  /**
   * The window ends "now": every row there is counts, also those that arrive in this very
   * millisecond, or whose arrival was clamped because the clock was set back.
   */
  readonly untilNow: boolean;
}

/** Takes one block of rows of one source. */
export type Visit<F extends StoredFieldName> = (
  block: BlockColumns<F>,
  range: BlockRange,
  source: FlowSource,
) => void;

/** Which rows to read, and how. */
export interface ScanOptions<F extends StoredFieldName> {
  readonly window: TimeWindow;
  /** Fields that the visit needs. */
  readonly fields: readonly F[];
  /**
   * Reads rows where they lie, without copying them: twice as fast. Should the writer overtake the
   * reader all the same, what was visited is worthless and `Overtaken` is thrown.
   */
  readonly inPlace?: boolean;
  /** Rows of a block (default 8192): a visit of one should take less than a millisecond. */
  readonly blockRows?: number;
  /** Asked between blocks; true ends the scan, and the report says how far it came. */
  readonly enough?: (rowsScanned: number) => boolean;
}

/** The writer overtook a scan in place: what it visited may be of two rows at once. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** Rows of one source that are still to be read. */
interface Cursor<F extends StoredFieldName> {
  readonly source: FlowSource;
  readonly reader: RingReader<F | (typeof OWN_FIELDS)[number]>;
  readonly blockRows: number;
  row: number;
  readonly limit: number;
}

/**
 * Reads all rows received within a window, the oldest first whatever source they are of, block by
 * block, and lets others run between blocks.
 *
 * @param sources rings to read
 * @param options which rows, and how
 * @param visit sees each block once; rows outside the window are not in its range
 * @throws {Overtaken} in place, when rows were overwritten while they were visited
 */
export async function scanWindow<F extends StoredFieldName>(
  sources: readonly FlowSource[],
  { window, fields, inPlace = false, blockRows = BLOCK_ROWS, enough }: ScanOptions<F>,
  visit: Visit<F>,
): Promise<ScanReport> {
  const report = emptyReport(window);
  const open = sources.map((source) => begin(source, { window, fields, blockRows, report }));
  let sliceEnds = performance.now() + SLICE_MS;
  while (true) {
    const cursor = oldest(open);
    if (cursor === null) return report;
    if (enough?.(report.rows_scanned)) {
      report.stopped_at = arrivalOf(cursor);
      return report;
    }
    readBlock(cursor, { report, inPlace }, visit);
    if (performance.now() > sliceEnds) {
      await turn();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }
}

function begin<F extends StoredFieldName>(
  source: FlowSource,
  { window, fields, blockRows, report }: {
    window: TimeWindow;
    fields: readonly F[];
    blockRows: number;
    report: ScanReport;
  },
): Cursor<F> {
  const { ring } = source;
  const reader = new RingReader(ring, {
    fields: [...OWN_FIELDS, ...fields] as (F | (typeof OWN_FIELDS)[number])[],
    blockRows,
  });
  const row = firstRowSince(ring, window.fromMs);
  noteCoverage(report, source, row);
  const limit = window.untilNow ? ring.committed : firstRowSince(ring, window.toMs);
  return { source, reader, blockRows, row, limit };
}

/** The cursor whose next row arrived first; null when all are at their end. */
function oldest<F extends StoredFieldName>(cursors: readonly Cursor<F>[]): Cursor<F> | null {
  let found: Cursor<F> | null = null;
  let least = Infinity;
  for (const cursor of cursors) {
    if (cursor.row >= cursor.limit) continue;
    const at = arrivalOf(cursor);
    if (found === null || at < least) {
      found = cursor;
      least = at;
    }
  }
  return found;
}

function arrivalOf<F extends StoredFieldName>({ row, source: { ring } }: Cursor<F>): number {
  return ring.columns.received_at[Math.max(row, ring.oldest) & ring.mask];
}

function readBlock<F extends StoredFieldName>(
  cursor: Cursor<F>,
  { report, inPlace }: { report: ScanReport; inPlace: boolean },
  visit: Visit<F>,
): void {
  const { reader, source, row, limit } = cursor;
  const { ring } = source;
  // Near the writer rows are copied even so: there it is likely to come by.
  const safe = inPlace && row >= ring.oldest + ring.capacity / SAFE_PART;
  const range = safe ? inRing(cursor) : reader.read(row, limit);
  const block = (safe ? ring.columns : reader.block) as BlockColumns<F>;
  report.rows_missed += range.missed;
  report.rows_scanned += range.end - range.start;
  const { sampling_source } = safe ? ring.columns : reader.block;
  countSampling(report, sampling_source, range);
  visit(block, range, source);
  if (safe && ring.oldest > row) throw new Overtaken("rows were overwritten while they were read");
  cursor.row = range.firstRow + range.end - range.start;
}

/** The next rows as they lie in the ring, up to where it begins anew. */
function inRing<F extends StoredFieldName>(
  { row, limit, blockRows, source: { ring } }: Cursor<F>,
): BlockRange {
  const start = row & ring.mask;
  const count = Math.min(blockRows, limit - row, ring.capacity - start);
  return { start, end: start + count, firstRow: row, missed: 0 };
}

/** A report on a window of which nothing has been read. */
export function emptyReport({ fromMs, toMs }: TimeWindow): ScanReport {
  return {
    asked_from: fromMs,
    asked_to: toMs,
    oldest_row_at: null,
    window_overwritten: false,
    rows_scanned: 0,
    rows_missed: 0,
    sampling_rows: SAMPLING_SOURCES.map(() => 0),
    stopped_at: null,
  };
}

/** Where the ring's oldest row lies within the window, older ones of the window are gone. */
function noteCoverage(report: ScanReport, { ring }: FlowSource, firstRow: number): void {
  if (firstRow >= ring.committed) return;
  const at = ring.columns.received_at[firstRow & ring.mask];
  if (firstRow > 0 && firstRow <= ring.oldest) {
    report.oldest_row_at = report.window_overwritten ? Math.max(report.oldest_row_at!, at) : at;
    report.window_overwritten = true;
  } else if (!report.window_overwritten) {
    report.oldest_row_at = Math.min(report.oldest_row_at ?? Infinity, at);
  }
}

function countSampling(
  report: ScanReport,
  column: Uint8Array,
  { start, end }: { start: number; end: number },
): void {
  const { sampling_rows } = report;
  const first = column[start];
  // Mostly all are alike: four are looked at in one go, and nothing branches.
  const aligned = (column.byteOffset + start) % 4 === 0;
  const fours = aligned ? (end - start) >> 2 : 0;
  const words = new Int32Array(column.buffer, aligned ? column.byteOffset + start : 0, fours);
  const four = Math.imul(first, 0x01010101);
  let others = 0;
  for (let i = 0; i < fours; i++) others |= words[i] ^ four;
  for (let slot = start + 4 * fours; slot < end; slot++) others |= column[slot] ^ first;
  if (others === 0 && end > start) sampling_rows[first] += end - start;
  else for (let slot = start; slot < end; slot++) sampling_rows[column[slot]]++;
}

/**
 * Lets timers and messages of this thread have their turn. Measured with slices of 4 ms: a timer of
 * 0 ms leaves the thread idle for 2.7 ms a turn, this for 0.2 ms, and messages wait no longer; a
 * message to oneself is as quick and lets nobody else in.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
