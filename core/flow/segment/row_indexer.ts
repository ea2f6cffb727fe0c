/**
 * Numbers the distinct rows of a matrix of words in the order in which they first appear. Its hash
 * begins with a number by chance, so that nobody can choose addresses that collide.
 */
export class RowIndexer {
  readonly #seed: number;
  #table = new Int32Array(0);

  /** @param seed any 32 bits */
  constructor(seed: number) {
    this.#seed = seed | 0;
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
    { ids, firsts }: { ids: Uint32Array; firsts: Uint32Array },
    most = rows,
  ): number {
    const mask = this.#clear(Math.min(rows, most + 1));
    const table = this.#table;
    const seed = this.#seed;
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const at = row * stride;
      if (row > 0 && equal(keys, at - stride, at, stride)) {
        ids[row] = ids[row - 1];
        continue;
      }
      let hash = seed;
      for (let word = 0; word < stride; word++) {
        hash = Math.imul(hash ^ keys[at + word], 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      hash = Math.imul(hash, 0x85ebca6b);
      let slot = (hash ^ (hash >>> 13)) & mask;
      // The table is never more than half full, so that a free slot ends every search.
      let id = table[slot];
      while (id !== 0 && !equal(keys, firsts[id - 1] * stride, at, stride)) {
        slot = (slot + 1) & mask;
        id = table[slot];
      }
      if (id === 0) {
        if (count === most) return -1;
        firsts[count] = row;
        id = ++count;
        table[slot] = id;
      }
      ids[row] = id - 1;
    }
    return count;
  }

  /** Makes an empty table for so many entries; returns its mask. */
  #clear(entries: number): number {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * entries)));
    if (this.#table.length === size) this.#table.fill(0);
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
