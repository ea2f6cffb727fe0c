import { seededRandom } from "../../core/wire/encode/seeded_random.ts";

/** The last port that clients are given. */
const LAST_PORT = 60_000;

/** What is left to chance at a site: the same for the same seed. */
export class Chance {
  /** A number from 0 to below 1. */
  readonly next: () => number;
  readonly #firstPort: number;
  #port: number;

  /** @param options `seed`, and `firstPort` of clients */
  constructor({ seed, firstPort }: { seed: number; firstPort: number }) {
    this.next = seededRandom(seed);
    this.#firstPort = firstPort;
    this.#port = firstPort;
  }

  /** A number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number from 0 to below `count`. */
  pick(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** The next port of a client. */
  ephemeral(): number {
    this.#port = this.#port >= LAST_PORT ? this.#firstPort : this.#port + 1;
    return this.#port;
  }
}
