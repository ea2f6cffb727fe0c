import { nearestRank } from "../nearest_rank.ts";
import type { Merging } from "./merging.ts";

const FIRST_SAMPLES = 4096;
/** So few values are quicker put in order than parted. */
const FEW = 12;
/** Bits that values are told apart by first: a sign, an exponent, and a sixteenth of an octave. */
const UPPER_BITS = 16;
/** Which 32-bit word of a number holds its sign and exponent, on this machine. */
const HIGH_WORD = new Int32Array(Float64Array.of(1).buffer)[1] !== 0 ? 1 : 0;

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
  /** As given: logs of the same are alike. */
  readonly maxBytes: number;

  /** @param maxBytes that the values may take */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    // Twice, while the arrays are being replaced by larger ones.
    this.#max = Math.max(FIRST_SAMPLES, Math.floor(maxBytes / (12 * 3)));
  }

  /** Bytes that it holds on to. */
  get byteLength(): number {
    return this.groups.byteLength + this.values.byteLength;
  }

  /** Forgets all values and keeps the memory. */
  clear(): void {
    this.count = 0;
    this.dropped = 0;
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
   * @param merging of the groups
   * @param quantile 0 to 1
   * @returns one value a merged group, NaN where it has no values
   */
  quantiles(merging: Merging, quantile: number): Float64Array {
    const { of, count: merged } = merging;
    if (merged === 1) return Float64Array.of(this.#quantileOf(of, quantile));
    const { values, count } = this;
    const into = merging.separate ? this.groups : this.groups.map((group) => of[group]);
    const ends = new Int32Array(merged + 1);
    for (let i = 0; i < count; i++) ends[into[i] + 1]++;
    // ends[0] counts what belongs to no merged group.
    ends[0] = 0;
    for (let g = 0; g < merged; g++) ends[g + 1] += ends[g];
    const places = ends.slice();
    const sorted = new Float64Array(ends[merged]);
    for (let i = 0; i < count; i++) {
      const g = into[i];
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

  /**
   * The quantile of one merged group. A first pass counts values by the upper bits of how they are
   * written, a second one takes those out that the wanted one is among.
   */
  #quantileOf(of: Int32Array, quantile: number): number {
    const { groups, values, count } = this;
    const words = new Int32Array(values.buffer);
    const counts = new Int32Array(1 << UPPER_BITS);
    let wanted = 0;
    for (let i = 0; i < count; i++) {
      if (of[groups[i]] < 0) continue;
      counts[upperBits(words[i * 2 + HIGH_WORD])]++;
      wanted++;
    }
    if (wanted === 0) return NaN;
    let rank = nearestRank(quantile, wanted) - 1;
    let upper = 0;
    while (rank >= counts[upper]) rank -= counts[upper++];
    const near = new Float64Array(counts[upper]);
    let found = 0;
    for (let i = 0; i < count; i++) {
      if (upperBits(words[i * 2 + HIGH_WORD]) !== upper || of[groups[i]] < 0) continue;
      near[found++] = values[i];
    }
    return select(near, { low: 0, high: found, rank });
  }
}

/** The upper bits of a number's upper word, in the order of the numbers. */
function upperBits(word: number): number {
  return (word ^ ((word >> 31) | (1 << 31))) >>> (32 - UPPER_BITS);
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
