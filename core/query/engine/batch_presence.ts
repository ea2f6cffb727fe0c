import { PRESENCE_WORDS } from "../../flow/schema.ts";

/** Rows that are taken through all passes together: what they need fits the first-level cache. */
export const BATCH_ROWS = 256;

/** Summaries of the batches of one piece of memory, each good for the rows that it was made of. */
interface KnownBatches {
  /** Number of the ring row in the first slot of each batch, -1 where nothing is known. */
  readonly rows: Float64Array;
  readonly every: Int32Array;
  readonly any: Int32Array;
}

/**
 * Remembers which presence bits rows of rings have, batch by batch: rows that are committed never
 * change, and the next query need not read the bits again. They are an octet or two of twenty that a
 * question reads, and the cache is better used for groups.
 */
export class PresenceMemory {
  readonly #known = new WeakMap<Uint32Array, KnownBatches>();

  /** What is known of a ring, by its column of presence bits. */
  of(bits: Uint32Array): KnownBatches {
    let known = this.#known.get(bits);
    if (known === undefined) {
      const batches = Math.ceil(bits.length / PRESENCE_WORDS / BATCH_ROWS);
      known = {
        rows: new Float64Array(batches).fill(-1),
        every: new Int32Array(batches * PRESENCE_WORDS),
        any: new Int32Array(batches * PRESENCE_WORDS),
      };
      this.#known.set(bits, known);
    }
    return known;
  }
}

/** Which presence bits the rows of a batch have. */
export class BatchPresence {
  /** Bits that every row of the batch has. */
  readonly every: Int32Array = new Int32Array(PRESENCE_WORDS);
  /** Bits that at least one has. */
  readonly any: Int32Array = new Int32Array(PRESENCE_WORDS);
  #bits: Uint32Array = new Uint32Array(0);
  #known: KnownBatches | null = null;
  #rowOfSlot0 = 0;
  #alike = false;

  /**
   * Turns to the rows of a block.
   *
   * @param bits its presence bits
   * @param ring for rows that lie in a ring: the `memory` of what is known, and the number of the row
   *   that lies, or would lie, in slot 0
   */
  open(bits: Uint32Array, ring?: { memory: PresenceMemory; rowOfSlot0: number }): void {
    this.#alike = false;
    this.#bits = bits;
    this.#known = ring === undefined ? null : ring.memory.of(bits);
    this.#rowOfSlot0 = ring?.rowOfSlot0 ?? 0;
  }

  /** Turns to rows all of which have the same presence words. */
  openAlike(words: ArrayLike<number>): void {
    this.#alike = true;
    this.every.set(words);
    this.any.set(words);
  }

  /** Looks at the rows `[start, end)` of the block: sets `every` and `any`. */
  take(start: number, end: number): void {
    if (this.#alike) return;
    const known = this.#known;
    if (known === null || start % BATCH_ROWS !== 0 || end - start !== BATCH_ROWS) {
      this.#summarise(start, end);
      return;
    }
    const batch = start / BATCH_ROWS;
    const at = batch * PRESENCE_WORDS;
    if (known.rows[batch] !== this.#rowOfSlot0 + start) {
      this.#summarise(start, end);
      known.every.set(this.every, at);
      known.any.set(this.any, at);
      known.rows[batch] = this.#rowOfSlot0 + start;
      return;
    }
    for (let w = 0; w < PRESENCE_WORDS; w++) {
      this.every[w] = known.every[at + w];
      this.any[w] = known.any[at + w];
    }
  }

  #summarise(start: number, end: number): void {
    for (let w = 0; w < PRESENCE_WORDS; w++) {
      const bits = this.#bits;
      let every = -1;
      let any = 0;
      for (let at = start * PRESENCE_WORDS + w; at < end * PRESENCE_WORDS; at += PRESENCE_WORDS) {
        every &= bits[at];
        any |= bits[at];
      }
      this.every[w] = every;
      this.any[w] = any;
    }
  }
}
