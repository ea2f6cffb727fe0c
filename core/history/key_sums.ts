import { GroupTable } from "../query/group_table.ts";

/** What traffic came to, in this order: where no row says how many bytes, the sum is not known. */
export const SUM = { flows: 0, bytesRows: 1, bytes: 2, packetsRows: 3, packets: 4 } as const;
/** Numbers of the sums of one value. */
export const SUMS = 5;

/** What one value came to. */
export interface ValueSums {
  /** Words of the value: which of its fields are known, then those of them. */
  readonly words: Uint32Array;
  /** Of how many values it is the rest, at least; null for one value. */
  readonly restOf: number | null;
  /** SUMS numbers. */
  readonly sums: Float64Array;
}

/**
 * Sums by the values of one dimension, of a bounded number of values:
 *
 *     table.key.set(words);
 *     const at = table.place();
 *     table.sums[at + SUM.flows]++;
 */
export class KeyTable {
  /** Where the caller puts the words of a value. */
  readonly key: Uint32Array;
  readonly #stride: number;
  readonly #ids: GroupTable;
  /** Those of the rest, then those of each value. */
  #sums = new Float64Array(64 * SUMS);
  #values = 0;
  #restOf = 0;

  /** @param options `stride`, words of a value; `max` values told apart: what is later is rest */
  constructor({ stride, max }: { stride: number; max: number }) {
    this.#stride = stride;
    this.#ids = new GroupTable(stride, max);
    this.key = this.#ids.key;
  }

  /** The sums of all values, to be added to; another array after `place`. */
  get sums(): Float64Array {
    return this.#sums;
  }

  /** Flows of all values, and of the rest. */
  get flows(): number {
    let flows = 0;
    for (let id = 0; id <= this.#values; id++) flows += this.#sums[id * SUMS + SUM.flows];
    return flows;
  }

  /** Where the sums of the value in `key` begin. */
  place(): number {
    const id = this.#ids.find();
    if (id < 0) {
      this.#restOf = Math.max(this.#restOf, 1);
      return 0;
    }
    if (id >= this.#values) {
      this.#values = id + 1;
      if ((id + 2) * SUMS > this.#sums.length) {
        const more = new Float64Array(2 * this.#sums.length);
        more.set(this.#sums);
        this.#sums = more;
      }
    }
    return (id + 1) * SUMS;
  }

  /**
   * Adds what a value, or a rest, came to.
   *
   * @param value of this dimension
   */
  add({ words, restOf, sums }: ValueSums): void {
    let at = 0;
    if (restOf !== null) this.#restOf = Math.max(this.#restOf, restOf);
    else {
      this.key.set(words);
      at = this.place();
    }
    for (let i = 0; i < SUMS; i++) this.#sums[at + i] += sums[i];
  }

  /**
   * The values with most bytes, then flows; and the rest of all, where there is any, as the last.
   *
   * @param count how many values at most
   */
  top(count: number): ValueSums[] {
    const sums = this.#sums;
    const places = Array.from({ length: this.#values }, (_, id) => (id + 1) * SUMS)
      .sort((a, b) => sums[b + SUM.bytes] - sums[a + SUM.bytes] || sums[b] - sums[a]);
    const rest = sums.slice(0, SUMS);
    for (const at of places.slice(count)) {
      for (let i = 0; i < SUMS; i++) rest[i] += sums[at + i];
    }
    const top: ValueSums[] = places.slice(0, count).map((at) => {
      const words = new Uint32Array(this.#stride);
      this.#ids.readKey(at / SUMS - 1, words);
      return { words, restOf: null, sums: sums.slice(at, at + SUMS) };
    });
    const restOf = this.#restOf + Math.max(0, places.length - count);
    if (restOf > 0) top.push({ words: new Uint32Array(this.#stride), restOf, sums: rest });
    return top;
  }
}
