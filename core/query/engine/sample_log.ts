import { nearestRank } from "../nearest_rank.ts";

const FIRST_SAMPLES = 4096;
/** So few values are quicker put in order than parted. */
const FEW = 12;

/**
 * Values by group, for quantiles: all of them, since flows are few enough to be exact. What does not
 * fit is counted.
 */
export class SampleLog {
  /** The group of each value. */
  groups = new Int32Array(FIRST_SAMPLES);
  values = new Float64Array(FIRST_SAMPLES);
  /** Values so far; what adds is generated code, which writes behind them and counts them here. */
  count = 0;
  readonly #max: number;
  /** Values that found no room. */
  dropped = 0;

  /** @param maxBytes that the values may take */
  constructor(maxBytes: number) {
    // Twice, while the arrays are being replaced by larger ones.
    this.#max = Math.max(FIRST_SAMPLES, Math.floor(maxBytes / (12 * 3)));
  }

  /**
   * Makes room for further values.
   *
   * @param more how many
   * @returns for how many there is room behind the last
   */
  reserve(more: number): number {
    const wanted = this.count + more;
    if (wanted > this.values.length && this.values.length < this.#max) {
      const length = Math.min(this.#max, Math.max(wanted, this.values.length * 2));
      const groups = new Int32Array(length);
      groups.set(this.groups);
      this.groups = groups;
      const values = new Float64Array(length);
      values.set(this.values);
      this.values = values;
    }
    return this.values.length - this.count;
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
    const { groups, values, count } = this;
    const ends = new Int32Array(merged + 1);
    for (let i = 0; i < count; i++) ends[of[groups[i]] + 1]++;
    // ends[0] counts what belongs to no merged group.
    ends[0] = 0;
    for (let g = 0; g < merged; g++) ends[g + 1] += ends[g];
    const places = ends.slice();
    const sorted = new Float64Array(ends[merged]);
    for (let i = 0; i < count; i++) {
      const g = of[groups[i]];
      if (g >= 0) sorted[places[g]++] = values[i];
    }
    const quantiles = new Float64Array(merged);
    for (let g = 0; g < merged; g++) {
      const [low, high] = [ends[g], ends[g + 1]];
      quantiles[g] = low === high
        ? NaN
        : select(sorted, { low, high, rank: low + nearestRank(quantile, high - low) - 1 });
    }
    return quantiles;
  }

  /** The quantile of one merged group: nothing to sort by. */
  #quantileOf(of: Int32Array, quantile: number): number {
    const values = new Float64Array(this.count);
    let high = 0;
    for (let i = 0; i < this.count; i++) {
      values[high] = this.values[i];
      if (of[this.groups[i]] >= 0) high++;
    }
    if (high === 0) return NaN;
    return select(values, { low: 0, high, rank: nearestRank(quantile, high) - 1 });
  }
}

/**
 * The value that would stand at `rank` if `[low, high)` were in order; changes the order of the
 * values.
 */
function select(
  values: Float64Array,
  range: { low: number; high: number; rank: number },
): number {
  let { low } = range;
  const { rank } = range;
  let high = range.high - 1;
  while (high - low > FEW) {
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
    else return values[rank];
  }
  for (let i = low + 1; i <= high; i++) {
    const value = values[i];
    let at = i;
    while (at > low && values[at - 1] > value) values[at] = values[--at];
    values[at] = value;
  }
  return values[rank];
}

function median(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}
