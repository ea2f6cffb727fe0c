import { SAMPLING_SOURCES } from "../flow/schema.ts";
import { emptyReport, type ScanReport } from "./scan.ts";

const PANE_MS = 1000;

interface Pane {
  startMs: number;
  missed: number;
  /** Rows by sampling source. */
  readonly rows: Float64Array;
}

/**
 * What an incremental reader has read, second by second, so that it can report on a sliding window
 * as a scan would.
 */
export class ScanLedger {
  readonly #panes = new Map<number, Pane>();
  /** The pane that was written to last. */
  #last: Pane = emptyPane(-Infinity);
  #overwrittenBefore = -Infinity;

  /**
   * Notes a row that was read.
   *
   * @param atMs its arrival, Unix milliseconds
   * @param samplingSource index of where its sampling rate came from
   */
  row(atMs: number, samplingSource: number): void {
    this.#pane(atMs).rows[samplingSource]++;
  }

  /** Notes rows that were overwritten before they could be read; `atMs` is the next one's arrival. */
  missed(count: number, atMs: number): void {
    this.#pane(atMs).missed += count;
  }

  /** Notes that rows which arrived before `atMs` had been overwritten when reading began. */
  overwrittenBefore(atMs: number): void {
    this.#overwrittenBefore = Math.max(this.#overwrittenBefore, atMs);
  }

  /**
   * Reports on a window that ends now, and forgets what lies before it.
   *
   * @param fromMs start of the window and `toMs` its end, Unix milliseconds
   */
  report(fromMs: number, toMs: number): ScanReport {
    for (const { startMs } of this.#panes.values()) {
      if (startMs + PANE_MS <= fromMs) this.#panes.delete(startMs);
    }
    const panes = [...this.#panes.values()];
    const sampling = SAMPLING_SOURCES.map((_, i) =>
      panes.reduce((sum, { rows }) => sum + rows[i], 0)
    );
    const overwritten = this.#overwrittenBefore > fromMs;
    const oldest = overwritten
      ? this.#overwrittenBefore
      : panes.reduce((least, { startMs }) => Math.min(least, startMs), Infinity);
    return {
      ...emptyReport({ fromMs, toMs, untilNow: true }),
      oldest_row_at: oldest === Infinity ? null : oldest,
      window_overwritten: overwritten,
      rows_scanned: sampling.reduce((sum, rows) => sum + rows, 0),
      rows_missed: panes.reduce((sum, { missed }) => sum + missed, 0),
      sampling_rows: sampling,
    };
  }

  #pane(atMs: number): Pane {
    if (atMs >= this.#last.startMs && atMs < this.#last.startMs + PANE_MS) return this.#last;
    const startMs = Math.floor(atMs / PANE_MS) * PANE_MS;
    this.#last = this.#panes.get(startMs) ?? emptyPane(startMs);
    this.#panes.set(startMs, this.#last);
    return this.#last;
  }
}

function emptyPane(startMs: number): Pane {
  return { startMs, missed: 0, rows: new Float64Array(SAMPLING_SOURCES.length) };
}
