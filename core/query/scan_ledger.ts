import { SAMPLING_SOURCES } from "../flow/schema.ts";
import type { ScanReport } from "./scan.ts";

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
  #panes: Pane[] = [];
  #last: Pane = emptyPane(-Infinity);
  #oldestRowAt: number | null = null;

  /**
   * Notes a row that was read.
   *
   * @param atMs its arrival, Unix milliseconds
   * @param samplingSource index of where its sampling rate came from
   */
  row(atMs: number, samplingSource: number): void {
    if (atMs >= this.#last.startMs + PANE_MS) this.#open(atMs);
    this.#last.rows[samplingSource]++;
  }

  /** Notes rows that were overwritten before they could be read; `atMs` is the next one's arrival. */
  missed(count: number, atMs: number): void {
    if (atMs >= this.#last.startMs + PANE_MS) this.#open(atMs);
    this.#last.missed += count;
  }

  /**
   * Reports on a window that ends now, and forgets what lies before it.
   *
   * @param fromMs start of the window and `toMs` its end, Unix milliseconds
   */
  report(fromMs: number, toMs: number): ScanReport {
    this.#panes = this.#panes.filter(({ startMs }) => startMs + PANE_MS > fromMs);
    const sampling = SAMPLING_SOURCES.map((_, i) =>
      this.#panes.reduce((sum, { rows }) => sum + rows[i], 0)
    );
    return {
      asked_from: fromMs,
      asked_to: toMs,
      oldest_row_at: this.#oldestRowAt,
      window_overwritten: false,
      rows_scanned: sampling.reduce((sum, rows) => sum + rows, 0),
      rows_missed: this.#panes.reduce((sum, { missed }) => sum + missed, 0),
      sampling_rows: sampling,
    };
  }

  #open(atMs: number): void {
    this.#oldestRowAt ??= atMs;
    this.#last = emptyPane(Math.floor(atMs / PANE_MS) * PANE_MS);
    this.#panes.push(this.#last);
  }
}

function emptyPane(startMs: number): Pane {
  return { startMs, missed: 0, rows: new Float64Array(SAMPLING_SOURCES.length) };
}
