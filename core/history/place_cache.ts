/** Pairs of words that are remembered at a time. */
const ENTRIES = 4096;
const UNKNOWN = -1;

/**
 * Remembers where the sums of a pair of words begin, of as many pairs as fit: one that falls on the
 * entry of another takes it over, so that a sender who chooses pairs can make it slow and not wrong.
 */
export class PlaceCache {
  readonly #first = new Uint32Array(ENTRIES);
  readonly #second = new Uint32Array(ENTRIES);
  readonly #places = new Int32Array(ENTRIES);

  /** Forgets all pairs. */
  clear(): void {
    this.#places.fill(UNKNOWN);
  }

  /** Where the sums of a pair of 32-bit words begin; -1 where that is not remembered. */
  get(first: number, second: number): number {
    const entry = entryOf(first, second);
    return this.#first[entry] === first && this.#second[entry] === second
      ? this.#places[entry]
      : UNKNOWN;
  }

  /** Remembers where the sums of a pair begin; returns that. */
  set(first: number, second: number, place: number): number {
    const entry = entryOf(first, second);
    this.#first[entry] = first;
    this.#second[entry] = second;
    this.#places[entry] = place;
    return place;
  }
}

function entryOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) + second | 0;
  return (mixed ^ mixed >>> 12) & (ENTRIES - 1);
}
