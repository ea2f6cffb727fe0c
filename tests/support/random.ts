import { seededRandom } from "../../core/wire/encode/seeded_random.ts";

/** Random numbers of the kinds that tests want, the same on every run from one seed. */
export class Random {
  readonly #next: () => number;

  /** @param seed any integer */
  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    return this.#next() * 2 ** 32;
  }

  /**
   * An integer from 0.
   *
   * @param end exclusive
   */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /**
   * One of a list.
   *
   * @param items not empty
   */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /**
   * Random octets.
   *
   * @param length how many
   */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.uint32();
    return out;
  }
}
