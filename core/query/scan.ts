import { SAMPLING_SOURCES, type StoredFieldName } from "../flow/schema.ts";
import {
  type BlockColumns,
  type BlockRange,
  firstRowSince,
  RingReader,
} from "../flow/ring_reader.ts";
import type { FlowSource } from "./flow_source.ts";

/** Rows copied at a time: less than a millisecond of work. */
const BLOCK_ROWS = 8192;
/** Work in one go before messages and timers of the thread get their turn. */
const SLICE_MS = 4;
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

/**
 * Reads all rows received within a window, source by source, block by block, and lets others run
 * between blocks.
 *
 * @param sources rings to read
 * @param options the `window`, and the `fields` that the visit needs
 * @param visit sees each block once; rows outside the window are not in its range
 */
export async function scanWindow<F extends StoredFieldName>(
  sources: readonly FlowSource[],
  { window, fields }: { window: TimeWindow; fields: readonly F[] },
  visit: Visit<F>,
): Promise<ScanReport> {
  const report = emptyReport(window);
  let sliceEnds = performance.now() + SLICE_MS;
  for (const source of sources) {
    const reader = new RingReader(source.ring, {
      fields: [...OWN_FIELDS, ...fields] as (F | (typeof OWN_FIELDS)[number])[],
      blockRows: BLOCK_ROWS,
    });
    let row = firstRowSince(source.ring, window.fromMs);
    noteCoverage(report, source, row);
    const limit = window.untilNow ? source.ring.committed : firstRowSince(source.ring, window.toMs);
    while (row < limit) {
      const range = reader.read(row, limit);
      report.rows_missed += range.missed;
      report.rows_scanned += range.end - range.start;
      countSampling(report, reader.block.sampling_source, range);
      visit(reader.block as unknown as BlockColumns<F>, range, source);
      row = range.firstRow + range.end - range.start;
      if (performance.now() > sliceEnds) {
        await turn();
        sliceEnds = performance.now() + SLICE_MS;
      }
    }
  }
  return report;
}

function emptyReport({ fromMs, toMs }: TimeWindow): ScanReport {
  return {
    asked_from: fromMs,
    asked_to: toMs,
    oldest_row_at: null,
    window_overwritten: false,
    rows_scanned: 0,
    rows_missed: 0,
    sampling_rows: SAMPLING_SOURCES.map(() => 0),
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
  for (let slot = start; slot < end; slot++) report.sampling_rows[column[slot]]++;
}

/** Lets timers and messages of this thread have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
