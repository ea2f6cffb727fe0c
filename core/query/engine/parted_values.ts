import { nearestRank } from "../nearest_rank.ts";
import type { Merging } from "./merging.ts";
import { nthValue } from "./nth_value.ts";

/** Bits that values are told apart by first: a sign, an exponent, and a sixteenth of an octave. */
const UPPER_BITS = 16;
/** Which 32-bit word of a number holds its sign and exponent, on this machine. */
const HIGH_WORD = new Int32Array(Float64Array.of(1).buffer)[1] !== 0 ? 1 : 0;
/** So many values are worth counting by their upper bits. */
const WORTH_COUNTING = 1 << UPPER_BITS;
/** Ranks of so many values are worked out once. */
const USUAL = 64;

/** Values in the order of their groups, for quantiles of groups and of several taken together. */
export class PartedValues {
  readonly #values: Float64Array;
  readonly #words: Int32Array;
  /** Where the values of each group begin, and behind the last where they end. */
  readonly #ends: Int32Array;
  /** How many values there are by their upper bits; null while nobody asked. */
  #counts: Int32Array | null = null;

  /**
   * @param values in the order of their groups; their order within a group is changed
   * @param ends where the values of each group begin; one more than groups
   */
  constructor(values: Float64Array, ends: Int32Array) {
    this.#values = values;
    this.#words = new Int32Array(values.buffer, values.byteOffset);
    this.#ends = ends;
  }

  /**
   * Quantiles of merged groups, by the nearest-rank rule.
   *
   * @param merging of the groups
   * @param quantile 0 to 1
   * @returns one value a merged group, NaN where it has no values
   */
  quantiles(merging: Merging, quantile: number): Float64Array {
    if (merging.count === 1) return Float64Array.of(this.#quantileOf(merging.of, quantile));
    const { values, ends } = merging.separate
      ? { values: this.#values, ends: this.#ends }
      : this.#merged(merging);
    const ranks = Int32Array.from(
      { length: USUAL },
      (_, count) => nearestRank(quantile, count) - 1,
    );
    const quantiles = new Float64Array(merging.count);
    for (let g = 0; g < quantiles.length; g++) {
      const low = ends[g];
      const high = ends[g + 1];
      const count = high - low;
      if (count === 0) {
        quantiles[g] = NaN;
        continue;
      }
      const rank = low + (count < USUAL ? ranks[count] : nearestRank(quantile, count) - 1);
      quantiles[g] = count === 1 ? values[low] : nthValue(values, { low, high, rank });
    }
    return quantiles;
  }

  /** The values of merged groups, and where those of each begin. */
  #merged({ of, count }: Merging): { values: Float64Array; ends: Int32Array } {
    const from = this.#ends;
    const ends = new Int32Array(count + 1);
    for (let g = 0; g < of.length; g++) if (of[g] >= 0) ends[of[g] + 1] += from[g + 1] - from[g];
    for (let m = 0; m < count; m++) ends[m + 1] += ends[m];
    const places = ends.slice();
    const values = new Float64Array(ends[count]);
    for (let g = 0; g < of.length; g++) {
      if (of[g] < 0) continue;
      let at = places[of[g]];
      for (let i = from[g]; i < from[g + 1]; i++) values[at++] = this.#values[i];
      places[of[g]] = at;
    }
    return { values, ends };
  }

  /**
   * The quantile of one merged group. Of many values a first pass counts by the upper bits of how they
   * are written, a second one takes those out that the wanted one is among.
   */
  #quantileOf(of: Int32Array, quantile: number): number {
    const values = this.#values;
    let count = 0;
    this.#eachRun(of, true, (low, high) => count += high - low);
    if (count === 0) return NaN;
    let rank = nearestRank(quantile, count) - 1;
    if (count < WORTH_COUNTING) {
      const own = new Float64Array(count);
      let at = 0;
      this.#eachRun(of, true, (low, high) => {
        for (let i = low; i < high; i++) own[at++] = values[i];
      });
      return nthValue(own, { low: 0, high: count, rank });
    }
    const counts = this.#countsOf(of, count);
    let upper = 0;
    while (rank >= counts[upper]) rank -= counts[upper++];
    // One more: a value is written before it is known whether it counts.
    const near = new Float64Array(counts[upper] + 1);
    let found = 0;
    this.#eachRun(of, true, (low, high) => {
      found = this.#pick(low, high, upper, near, found);
    });
    return nthValue(near, { low: 0, high: found, rank });
  }

  /** How many values of the wanted groups there are by their upper bits: of all, less the others. */
  #countsOf(of: Int32Array, count: number): Int32Array {
    if (count * 2 < this.#values.length) {
      const counts = new Int32Array(1 << UPPER_BITS);
      this.#eachRun(of, true, (low, high) => this.#count(low, high, counts, 1));
      return counts;
    }
    if (this.#counts === null) {
      this.#counts = new Int32Array(1 << UPPER_BITS);
      this.#count(0, this.#values.length, this.#counts, 1);
    }
    const counts = this.#counts.slice();
    this.#eachRun(of, false, (low, high) => this.#count(low, high, counts, -1));
    return counts;
  }

  #count(low: number, high: number, counts: Int32Array, by: number): void {
    const words = this.#words;
    for (let i = low; i < high; i++) counts[upperBits(words[i * 2 + HIGH_WORD])] += by;
  }

  /** Takes the values of some upper bits out; returns where the next one goes. */
  #pick(low: number, high: number, upper: number, near: Float64Array, found: number): number {
    const values = this.#values;
    const words = this.#words;
    let at = found;
    for (let i = low; i < high; i++) {
      near[at] = values[i];
      at += (upperBits(words[i * 2 + HIGH_WORD]) === upper ? 1 : 0) | 0;
    }
    return at;
  }

  /**
   * Goes over where the values lie of the groups that are wanted, or of the others. There may be half
   * as many runs as groups: none is noted.
   */
  #eachRun(of: Int32Array, wanted: boolean, visit: (low: number, high: number) => void): void {
    const ends = this.#ends;
    for (let g = 0; g < of.length; g++) {
      if (of[g] >= 0 !== wanted) continue;
      const low = ends[g];
      while (g < of.length && of[g] >= 0 === wanted) g++;
      if (ends[g] > low) visit(low, ends[g]);
    }
  }
}

/** The upper bits of a number's upper word, in the order of the numbers. */
function upperBits(word: number): number {
  return (word ^ ((word >> 31) | (1 << 31))) >>> (32 - UPPER_BITS);
}
