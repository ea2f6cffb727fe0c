/** What traffic came to. */
export interface Sums {
  flows: number;
  /** Rows that say how many bytes, and packets: where none does, the sum is not known. */
  bytesRows: number;
  bytes: number;
  packetsRows: number;
  packets: number;
}

/** One value of a dimension: words that say which of its fields are known, then those of them. */
export interface KeySums extends Sums {
  readonly words: Uint32Array;
}

/** What lies beyond those that are kept one by one. */
export interface RestSums extends Sums {
  /** Values, at least. */
  keys: number;
}

/** Sums by the values of one dimension, of a bounded number of values. */
export class KeyTable {
  readonly #max: number;
  readonly #byKey = new Map<string, KeySums>();
  readonly #rest: RestSums = { ...emptySums(), keys: 0 };

  /** @param max values that are told apart; those that come later go to the rest */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Adds to a value.
   *
   * @param words of the value; copied where it is new
   * @param sums to add
   */
  add(words: Uint32Array, sums: Sums): void {
    const key = words.join();
    let found = this.#byKey.get(key);
    if (found === undefined) {
      if (this.#byKey.size >= this.#max) return this.addRest(sums, 1);
      found = { words: words.slice(), ...emptySums() };
      this.#byKey.set(key, found);
    }
    addSums(found, sums);
  }

  /**
   * Adds what was a rest before.
   *
   * @param sums to add
   * @param keys of how many values
   */
  addRest(sums: Sums, keys: number): void {
    addSums(this.#rest, sums);
    this.#rest.keys = Math.max(this.#rest.keys, keys);
  }

  /**
   * The values with most bytes, then flows.
   *
   * @param count how many at most
   * @returns them, and the rest of all
   */
  top(count: number): { top: KeySums[]; rest: RestSums } {
    const all = [...this.#byKey.values()]
      .sort((a, b) => b.bytes - a.bytes || b.flows - a.flows);
    const rest = { ...this.#rest };
    for (const sums of all.slice(count)) addSums(rest, sums);
    rest.keys += Math.max(0, all.length - count);
    return { top: all.slice(0, count), rest };
  }
}

/** Sums of nothing. */
export function emptySums(): Sums {
  return { flows: 0, bytesRows: 0, bytes: 0, packetsRows: 0, packets: 0 };
}

function addSums(to: Sums, sums: Sums): void {
  to.flows += sums.flows;
  to.bytesRows += sums.bytesRows;
  to.bytes += sums.bytes;
  to.packetsRows += sums.packetsRows;
  to.packets += sums.packets;
}
