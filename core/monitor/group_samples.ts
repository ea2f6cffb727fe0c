import { CellChains } from "./cell_chains.ts";
import { CellCursor } from "./cell_cursor.ts";
import { CellMerger } from "./cell_merger.ts";
import { type Cell, CellPool, pageBytes } from "./cell_pool.ts";
import { type LatencyStatistics, LatencySummary } from "./latency_summary.ts";
import type { LatencyWindowLimits } from "./latency_window_limits.ts";
import { LogBins } from "./log_bins.ts";
import type { WindowClock } from "./window_clock.ts";

/** Cells that may come on top of half of the merged ones before a group is merged again. */
const mergeSlack = 64;

/**
 * The samples of all groups: single ones while a group has few in the window, merged ones from then
 * on until it is empty. What that means for the answers, and why it is built so: docstring of
 * {@linkcode LatencyWindow}.
 */
export class GroupSamples {
  readonly #exactSamples: number;
  readonly #clock: WindowClock;
  readonly #bins: LogBins;
  readonly #pool = new CellPool();
  readonly #chains: CellChains;
  readonly #merger: CellMerger;
  readonly #summary: LatencySummary;
  readonly #cursor: CellCursor;
  /** Cells of a sketched group after it was merged last, and 1 more; 0 for an exact group. */
  readonly #merged: Uint32Array;
  readonly #cell: Cell = { atMs: 0, sum: 0, count: 1, bin: 0 };

  /**
   * @param limits checked limits; a `maxBytes` too small for a page is refused with a RangeError
   * @param clock the window, moved by the owner
   */
  constructor(limits: Readonly<LatencyWindowLimits>, clock: WindowClock) {
    const { exactSamples, maxGroups, relativeError } = limits;
    this.#exactSamples = exactSamples;
    this.#clock = clock;
    // A figure is off by a bin's whole width at worst, so the width is the bound: gamma = 1 + e.
    this.#bins = new LogBins({
      relativeError: relativeError / (2 + relativeError),
      minValue: limits.minLatencyMs,
      maxValue: limits.maxLatencyMs,
    });
    const bins = this.#bins.count;
    this.#merged = new Uint32Array(maxGroups);
    this.#chains = new CellChains(maxGroups, this.#pool);
    this.#merger = new CellMerger(this.#chains, { bins, paneCount: clock.paneCount });
    this.#summary = new LatencySummary(this.#chains, { exactSamples, bins });
    this.#cursor = new CellCursor(this.#chains);
  }

  /** Bytes of all tables and of the pages that exist. */
  get bytes(): number {
    return this.#merged.byteLength + this.#chains.bytes + this.#merger.bytes +
      this.#summary.bytes + this.#pool.bytes;
  }

  /** Bytes that cells take of the pages, in whole chunks. */
  get sampleBytes(): number {
    return this.#pool.chunkBytesInUse;
  }

  /** Lets pages be made up to `maxBytes` of {@linkcode GroupSamples.bytes}; none before. */
  capBytes(maxBytes: number): void {
    this.#pool.maxPages = Math.floor((maxBytes - this.bytes) / pageBytes);
    if (this.#pool.maxPages >= 1) return;
    throw new RangeError(
      `Cannot make a latency window: maxBytes leaves ${maxBytes} for samples and their tables, ` +
        `wanted at least ${this.bytes + pageBytes} for these groups, panes and bins`,
    );
  }

  /** Adds a sample that is inside the window; false, and nothing added, at the byte cap. */
  add(group: number, latencyMs: number, atMs: number): boolean {
    this.#makeRoom(group);
    const cell = this.#cell;
    cell.atMs = atMs;
    cell.sum = latencyMs;
    cell.bin = this.#merged[group] > 0 ? this.#bins.binOf(latencyMs) : 0;
    return this.#chains.append(group, cell) || this.#appendMerged(group);
  }

  /** Drops a group's oldest samples, those outside the window. */
  trim(group: number): void {
    this.#chains.trim(group, this.#clock.edgeMs);
  }

  /** Drops all samples of a group. */
  empty(group: number): void {
    this.#chains.truncate(group, 0);
    this.#merged[group] = 0;
  }

  /** Statistics of a group's samples in the window; null when there is none. */
  statistics(group: number): LatencyStatistics | null {
    this.trim(group);
    const edgeMs = this.#clock.edgeMs;
    return this.#merged[group] > 0
      ? this.#summary.ofBins(group, edgeMs)
      : this.#summary.ofSamples(group, edgeMs);
  }

  /** Drops what has expired where that is due, turns a full group to a sketch, merges a long one. */
  #makeRoom(group: number): void {
    const merged = this.#merged[group];
    const limit = merged > 0 ? merged + (merged >>> 1) + mergeSlack : this.#exactSamples;
    if (!this.#chains.isFull(group) && this.#chains.cellsOf(group) < limit) return;
    this.trim(group);
    if (this.#chains.cellsOf(group) < limit) return;
    if (merged > 0) this.#merge(group);
    else this.#sketch(group);
  }

  #sketch(group: number): void {
    this.#chains.dropExpired(group, this.#clock.edgeMs);
    if (this.#chains.cellsOf(group) < this.#exactSamples) return;
    this.#cursor.open(group);
    while (this.#cursor.nextRun()) {
      const { page, from, to } = this.#cursor;
      for (let i = from; i < to; i++) page.bin[i] = this.#bins.binOf(page.sum[i]);
    }
    this.#merged[group] = this.#chains.cellsOf(group) + 1;
  }

  #merge(group: number): void {
    this.#merger.merge(group, this.#clock);
    this.#merged[group] = this.#chains.cellsOf(group) + 1;
  }

  /** At the byte cap: merging may free a chunk, if enough has come since the last time to try. */
  #appendMerged(group: number): boolean {
    const merged = this.#merged[group];
    if (merged === 0 || this.#chains.cellsOf(group) < merged + mergeSlack) return false;
    this.#merge(group);
    return this.#chains.append(group, this.#cell);
  }
}
