/**
 * Random numbers that are the same on every run (mulberry32), so that a failing case can be had
 * again from its seed.
 */
export class Random {
  #state: number;

  /** @param seed any integer */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /**
   * An integer from 0.
   *
   * @param end exclusive
   */
  below(end: number): number {
    return Math.floor(this.uint32() / 2 ** 32 * end);
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
