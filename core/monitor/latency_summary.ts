import type { CellChains } from "./cell_chains.ts";
import { CellCursor } from "./cell_cursor.ts";
import { nearestRank } from "../query/nearest_rank.ts";

/** The latency of one group in the window; all times in ms. */
export interface LatencyStatistics {
  /** Number of samples, 1 or more. */
  samples: number;
  minMs: number;
  avgMs: number;
  /** Percentiles by nearest rank. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Whether the figures are exact; otherwise they carry the window's error bounds. */
  exact: boolean;
}

/** Reads the statistics of one group from its cells. Only the result is allocated. */
export class LatencySummary {
  readonly #cursor: CellCursor;
  readonly #values: Float64Array;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  /**
   * @param chains the cells to read
   * @param size the most samples of an exact group, and the number of bins
   */
  constructor(chains: CellChains, size: { exactSamples: number; bins: number }) {
    this.#cursor = new CellCursor(chains);
    this.#values = new Float64Array(size.exactSamples);
    this.#counts = new Float64Array(size.bins);
    this.#sums = new Float64Array(size.bins);
  }

  /** Bytes of the scratch tables. */
  get bytes(): number {
    return this.#values.byteLength + this.#counts.byteLength + this.#sums.byteLength;
  }

  /** Statistics of a group whose cells are single samples; null when all are before `edgeMs`. */
  ofSamples(group: number, edgeMs: number): LatencyStatistics | null {
    const values = this.#values;
    let samples = 0;
    let sum = 0;
    this.#cursor.open(group);
    while (this.#cursor.nextRun()) {
      const { page, from, to } = this.#cursor;
      for (let i = from; i < to; i++) {
        if (page.atMs[i] < edgeMs) continue;
        values[samples++] = page.sum[i];
        sum += page.sum[i];
      }
    }
    if (samples === 0) return null;
    sort(values, samples);
    return {
      samples,
      minMs: values[0],
      avgMs: sum / samples,
      p50Ms: values[nearestRank(0.5, samples) - 1],
      p95Ms: values[nearestRank(0.95, samples) - 1],
      p99Ms: values[nearestRank(0.99, samples) - 1],
      maxMs: values[samples - 1],
      exact: true,
    };
  }

  /**
   * Statistics of a group whose cells are counts in bins; null when all are before `edgeMs`.
   *
   * A figure is the mean of the samples in its bin. Like the true value it lies in the bin, so it
   * is at most the bin's width off; unlike the bin's middle it is exact for repeated values, and
   * the figures are in order: min ≤ avg ≤ max.
   */
  ofBins(group: number, edgeMs: number): LatencyStatistics | null {
    const counts = this.#counts;
    const sums = this.#sums;
    let samples = 0;
    let sum = 0;
    let lowest = counts.length;
    let highest = -1;
    this.#cursor.open(group);
    while (this.#cursor.nextRun()) {
      const { page, from, to } = this.#cursor;
      for (let i = from; i < to; i++) {
        if (page.atMs[i] < edgeMs) continue;
        const bin = page.bin[i];
        counts[bin] += page.count[i];
        sums[bin] += page.sum[i];
        samples += page.count[i];
        sum += page.sum[i];
        if (bin < lowest) lowest = bin;
        if (bin > highest) highest = bin;
      }
    }
    if (samples === 0) return null;
    const statistics: LatencyStatistics = {
      samples,
      minMs: sums[lowest] / counts[lowest],
      avgMs: sum / samples,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
      maxMs: sums[highest] / counts[highest],
      exact: false,
    };
    const rank50 = nearestRank(0.5, samples);
    const rank95 = nearestRank(0.95, samples);
    const rank99 = nearestRank(0.99, samples);
    let before = 0;
    for (let bin = lowest; bin <= highest; bin++) {
      if (counts[bin] === 0) continue;
      const mean = sums[bin] / counts[bin];
      const upTo = before + counts[bin];
      if (before < rank50 && rank50 <= upTo) statistics.p50Ms = mean;
      if (before < rank95 && rank95 <= upTo) statistics.p95Ms = mean;
      if (before < rank99 && rank99 <= upTo) statistics.p99Ms = mean;
      before = upTo;
      counts[bin] = 0;
      sums[bin] = 0;
    }
    return statistics;
  }
}

/** Longest run for which insertion beats the runtime's sort. */
const shortSort = 32;

function sort(values: Float64Array, length: number): void {
  if (length > shortSort) {
    values.subarray(0, length).sort();
    return;
  }
  for (let i = 1; i < length; i++) {
    const value = values[i];
    let j = i;
    for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
    values[j] = value;
  }
}
