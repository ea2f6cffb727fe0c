/** Slots of a table before it has grown. */
const FIRST_SLOTS = 1024;
const EMPTY = -1;

/** What a record of a store holds. */
export interface StoreShape {
  /** 32-bit words of a key. */
  readonly keyWords: number;
  /** What each 64-bit cell holds before anything was added to it. */
  readonly cells: readonly number[];
}

/** Size of a record and the place of its first cell, in 64-bit words: hash, key, then the cells. */
export function groupStride(
  keyWords: number,
  cells: number,
): { readonly stride: number; readonly firstCell: number } {
  const firstCell = Math.ceil((1 + keyWords) / 2);
  return { stride: firstCell + cells, firstCell };
}

/**
 * Groups by key: open addressing over typed arrays, one record a group in one piece of memory (hash,
 * key, cells), so that finding a group and adding to it touch the same cache line. No object a
 * group. What finds and adds is generated code (`place_code.ts`, `add_code.ts`); here lies the memory.
 */
export class GroupStore {
  readonly shape: StoreShape;
  readonly maxBytes: number;
  /** Ids by hash; EMPTY where there is none. */
  slots: Int32Array = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  /** The records as 32-bit words: hash, then the key. */
  words: Uint32Array;
  /** The same memory as 64-bit numbers: the cells lie behind the key. */
  cells: Float64Array;
  /** 64-bit cells of a record, and of those before its first cell. */
  readonly stride: number;
  readonly firstCell: number;
  /** Groups so far: ids run from 0. */
  count = 0;
  /** Takes what generated code reads only so that it is fetched. */
  touched = 0;
  readonly #maxGroups: number;

  /**
   * @param shape of a record
   * @param maxBytes that records and slots may take together
   */
  constructor(shape: StoreShape, maxBytes: number) {
    this.shape = shape;
    this.maxBytes = maxBytes;
    const { stride, firstCell } = groupStride(shape.keyWords, shape.cells.length);
    this.stride = stride;
    this.firstCell = firstCell;
    // A record, its slots at most half full, and the old arrays while they are being replaced.
    const bytes = this.stride * 8 + 2 * 4;
    this.#maxGroups = Math.max(1, Math.floor(maxBytes / (bytes * 3)));
    this.cells = new Float64Array(this.stride * FIRST_SLOTS / 2);
    this.words = new Uint32Array(this.cells.buffer);
  }

  /**
   * Makes a group in an empty slot; the caller writes its key.
   *
   * @param slot empty, where probing for the hash ended
   * @param hash 32 bits of the key
   * @returns its id, or -1 when there is no room for more groups
   */
  insert(slot: number, hash: number): number {
    if (this.count >= this.#maxGroups) return -1;
    const id = this.count++;
    if ((id + 1) * this.stride > this.cells.length) this.#growRecords();
    const at = id * this.stride;
    this.words[at * 2] = hash;
    const { cells } = this.shape;
    for (let i = 0; i < cells.length; i++) this.cells[at + this.firstCell + i] = cells[i];
    this.slots[slot] = id;
    if (this.count * 2 > this.slots.length) this.#growSlots();
    return id;
  }

  /** Bytes that it holds on to. */
  get byteLength(): number {
    return this.cells.byteLength + this.slots.byteLength;
  }

  /** Forgets all groups and keeps the memory. */
  clear(): void {
    this.slots.fill(EMPTY);
    this.count = 0;
  }

  /** Where the key of a group begins in `words`. */
  keyAt(id: number): number {
    return id * this.stride * 2 + 1;
  }

  #growRecords(): void {
    const cells = new Float64Array(this.cells.length * 2);
    cells.set(this.cells);
    this.cells = cells;
    this.words = new Uint32Array(cells.buffer);
  }

  #growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.words[id * this.stride * 2] & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}
