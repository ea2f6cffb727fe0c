import type { Merging } from "./merging.ts";
import { PartedValues } from "./parted_values.ts";

const FIRST_SAMPLES = 4096;

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
  /** Room for the values in the order of their groups. */
  #room = new Float64Array(0);
  #parted: PartedValues | null = null;
  /** As given: logs of the same are alike. */
  readonly maxBytes: number;

  /** @param maxBytes that the values may take */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    // Twice, while the arrays are being replaced by larger ones.
    this.#max = Math.max(FIRST_SAMPLES, Math.floor(maxBytes / (12 * 3)));
  }

  /** Bytes that it holds on to when it is cleared. */
  get byteLength(): number {
    return this.groups.byteLength + this.values.byteLength + this.#room.byteLength;
  }

  /** Forgets all values and keeps the memory. */
  clear(): void {
    this.count = 0;
    this.dropped = 0;
    this.#parted = null;
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
   * Quantiles of merged groups, by the nearest-rank rule. Values may be added no more after it.
   *
   * @param merging of the groups
   * @param quantile 0 to 1
   * @returns one value a merged group, NaN where it has no values
   */
  quantiles(merging: Merging, quantile: number): Float64Array {
    this.#parted ??= this.#part(merging.of.length);
    return this.#parted.quantiles(merging, quantile);
  }

  #part(count: number): PartedValues {
    const values = this.values.subarray(0, this.count);
    const groups = this.groups.subarray(0, this.count);
    if (count === 1) return new PartedValues(values, Int32Array.of(0, values.length));
    const ends = new Int32Array(count + 1);
    for (let i = 0; i < groups.length; i++) ends[groups[i] + 1]++;
    for (let g = 0; g < count; g++) ends[g + 1] += ends[g];
    if (this.#room.length < values.length) this.#room = new Float64Array(this.values.length);
    const parted = this.#room.subarray(0, values.length);
    const places = ends.slice();
    for (let i = 0; i < groups.length; i++) parted[places[groups[i]]++] = values[i];
    return new PartedValues(parted, ends);
  }
}
