import { settle, stir } from "../word_hash.ts";

/** Where the numbers of rows go. */
interface Into {
  /** The number of each row. */
  readonly ids: Uint32Array;
  /** Of each number the first row that has it. */
  readonly firsts: Uint32Array;
}

/** An odd number whose multiples lie far from each other. */
const ODD = 0x9e3779b1;

/**
 * Numbers the distinct rows of a matrix of words in the order in which they first appear. Its hash
 * begins and multiplies with numbers by chance, so that nobody can choose addresses that collide.
 */
export class RowIndexer {
  readonly #start: number;
  readonly #seed: number;
  /** By slot 1 + the first row of a number, or 0; as large as was ever needed. */
  #table = new Int32Array(0);

  /** @param seed any 32 bits */
  constructor(seed: number) {
    this.#start = seed | 0;
    this.#seed = Math.imul(seed, ODD) | 1;
  }

  /**
   * Numbers rows.
   *
   * @param keys `stride` words a row
   * @param shape `stride`, and how many `rows` there are
   * @param into takes the number of each row (`ids`), and of each number the first row that has it
   *   (`firsts`); each of at least `rows` places
   * @param most distinct rows, beyond which it gives up
   * @returns how many are distinct, or -1 when there are more than `most`
   */
  number(
    keys: Uint32Array,
    { stride, rows }: { stride: number; rows: number },
    into: Into,
    most = rows,
  ): number {
    const mask = this.#clear(Math.min(rows, most + 1));
    switch (stride) {
      case 1:
        return this.#numberWords(keys, rows, into, mask, most);
      case 4:
        return this.#numberAddresses(keys, rows, into, mask, most);
      default:
        return this.#numberRows(keys, { stride, rows }, into, mask, most);
    }
  }

  // The table is never more than half full, so that a free slot ends every search below. The three
  // differ in how they hash and compare alone: loops over the words of a key take most of the time.

  #numberWords(
    keys: Uint32Array,
    rows: number,
    { ids, firsts }: Into,
    mask: number,
    most: number,
  ): number {
    const table = this.#table;
    const [start, seed] = [this.#start, this.#seed];
    let count = 0;
    let [before, id] = [0, -1];
    for (let row = 0; row < rows; row++) {
      const key = keys[row];
      if (key !== before || id < 0) {
        before = key;
        let slot = settle(stir(start, key, seed)) & mask;
        let first = table[slot];
        while (first !== 0 && keys[first - 1] !== key) {
          slot = (slot + 1) & mask;
          first = table[slot];
        }
        if (first === 0) {
          if (count === most) return -1;
          firsts[count] = row;
          table[slot] = row + 1;
          id = count++;
        } else id = ids[first - 1];
      }
      ids[row] = id;
    }
    return count;
  }

  #numberAddresses(
    keys: Uint32Array,
    rows: number,
    { ids, firsts }: Into,
    mask: number,
    most: number,
  ): number {
    const table = this.#table;
    const [start, seed] = [this.#start, this.#seed];
    let count = 0;
    let [a, b, c, d, id] = [0, 0, 0, 0, -1];
    for (let row = 0, at = 0; row < rows; row++, at += 4) {
      const same = keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d;
      if (!same || id < 0) {
        a = keys[at];
        b = keys[at + 1];
        c = keys[at + 2];
        d = keys[at + 3];
        const upper = stir(stir(stir(start, a, seed), b, seed), c, seed);
        let slot = settle(stir(upper, d, seed)) & mask;
        let first = table[slot];
        while (first !== 0) {
          const to = 4 * (first - 1);
          // The last word tells most addresses apart.
          if (keys[to + 3] === d && keys[to] === a && keys[to + 1] === b && keys[to + 2] === c) {
            break;
          }
          slot = (slot + 1) & mask;
          first = table[slot];
        }
        if (first === 0) {
          if (count === most) return -1;
          firsts[count] = row;
          table[slot] = row + 1;
          id = count++;
        } else id = ids[first - 1];
      }
      ids[row] = id;
    }
    return count;
  }

  #numberRows(
    keys: Uint32Array,
    { stride, rows }: { stride: number; rows: number },
    { ids, firsts }: Into,
    mask: number,
    most: number,
  ): number {
    const table = this.#table;
    const [start, seed] = [this.#start, this.#seed];
    let count = 0;
    for (let row = 0, at = 0; row < rows; row++, at += stride) {
      if (row > 0 && equal(keys, at - stride, at, stride)) {
        ids[row] = ids[row - 1];
        continue;
      }
      let hash = start;
      for (let word = 0; word < stride; word++) hash = stir(hash, keys[at + word], seed);
      let slot = settle(hash) & mask;
      let first = table[slot];
      while (first !== 0 && !equal(keys, (first - 1) * stride, at, stride)) {
        slot = (slot + 1) & mask;
        first = table[slot];
      }
      if (first === 0) {
        if (count === most) return -1;
        firsts[count] = row;
        table[slot] = row + 1;
        ids[row] = count++;
      } else ids[row] = ids[first - 1];
    }
    return count;
  }

  /** Makes an empty table for so many entries; returns its mask. */
  #clear(entries: number): number {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * entries)));
    if (this.#table.length >= size) this.#table.fill(0, 0, size);
    else this.#table = new Int32Array(size);
    return size - 1;
  }
}

function equal(keys: Uint32Array, a: number, b: number, stride: number): boolean {
  for (let word = 0; word < stride; word++) {
    if (keys[a + word] !== keys[b + word]) return false;
  }
  return true;
}
