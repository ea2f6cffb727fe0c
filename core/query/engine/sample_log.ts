import { nearestRank } from "../nearest_rank.ts";

const FIRST_SAMPLES = 4096;

/**
 * Values by group, for quantiles: all of them, since flows are few enough to be exact. What does not
 * fit is counted.
 */
export class SampleLog {
  #groups = new Int32Array(FIRST_SAMPLES);
  #values = new Float64Array(FIRST_SAMPLES);
  #count = 0;
  readonly #max: number;
  /** Values that found no room. */
  dropped = 0;

  /** @param maxBytes that the values may take */
  constructor(maxBytes: number) {
    // Twice, while the arrays are being replaced by larger ones.
    this.#max = Math.max(FIRST_SAMPLES, Math.floor(maxBytes / (12 * 3)));
  }

  /** Notes a value of a group. */
  add(group: number, value: number): void {
    if (this.#count === this.#values.length && !this.#grow()) {
      this.dropped++;
      return;
    }
    this.#groups[this.#count] = group;
    this.#values[this.#count++] = value;
  }

  /**
   * Quantiles of merged groups, by the nearest-rank rule.
   *
   * @param of number of the merged group by group; -1 for none
   * @param merged how many there are
   * @param quantile 0 to 1
   * @returns one value a merged group, NaN where it has no values
   */
  quantiles(of: Int32Array, merged: number, quantile: number): Float64Array {
    if (merged === 1) return Float64Array.of(this.#quantileOf(of, quantile));
    const ends = new Int32Array(merged + 1);
    for (let i = 0; i < this.#count; i++) ends[of[this.#groups[i]] + 1]++;
    // ends[0] counts what belongs to no merged group.
    ends[0] = 0;
    for (let g = 0; g < merged; g++) ends[g + 1] += ends[g];
    const places = ends.slice();
    const sorted = new Float64Array(ends[merged]);
    for (let i = 0; i < this.#count; i++) {
      const g = of[this.#groups[i]];
      if (g >= 0) sorted[places[g]++] = this.#values[i];
    }
    return Float64Array.from({ length: merged }, (_, g) => {
      const values = sorted.subarray(ends[g], ends[g + 1]);
      return values.length === 0 ? NaN : select(values, nearestRank(quantile, values.length) - 1);
    });
  }

  /** The quantile of one merged group: nothing to sort by. */
  #quantileOf(of: Int32Array, quantile: number): number {
    const values = new Float64Array(this.#count);
    let count = 0;
    for (let i = 0; i < this.#count; i++) {
      values[count] = this.#values[i];
      if (of[this.#groups[i]] >= 0) count++;
    }
    if (count === 0) return NaN;
    return select(values.subarray(0, count), nearestRank(quantile, count) - 1);
  }

  #grow(): boolean {
    if (this.#count >= this.#max) return false;
    const length = Math.min(this.#max, this.#count * 2);
    const groups = new Int32Array(length);
    groups.set(this.#groups);
    this.#groups = groups;
    const values = new Float64Array(length);
    values.set(this.#values);
    this.#values = values;
    return true;
  }
}

/** The value that would stand at `rank` (from 0) in order; changes the order of the values. */
function select(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (high > low) {
    // Sorted input, the usual kind, must not be the worst case.
    const pivot = median(values[low], values[(low + high) >> 1], values[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}

function median(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}
