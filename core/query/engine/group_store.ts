/** Slots of a table before it has grown. */
const FIRST_SLOTS = 1024;
/** Bits of a slot that say which group it is of. */
export const ID_BITS = 22;
/** The bit of a slot that is taken: the slots of none are 0. */
const TAKEN = 1 << 31;
/**
 * Cells before the first record: large arrays begin 16 octets behind a page, and so no record of 32
 * lies across two cache lines.
 */
const LEAD = 2;

/** What a record of a store holds. */
export interface StoreShape {
  /** 32-bit words of a key. */
  readonly keyWords: number;
  /** What each 64-bit cell holds before anything was added to it. */
  readonly cells: readonly number[];
}

/** Where the record of a group lies: the key, then the cells. */
export interface RecordPlace {
  /** Its size in 64-bit words. */
  readonly stride: number;
  /** The first word of the first record's key, among 32-bit words. */
  readonly firstKey: number;
  /** The first record's first cell, among 64-bit words. */
  readonly firstCell: number;
}

/** Where records of some words of key and some cells lie. */
export function recordPlace(keyWords: number, cells: number): RecordPlace {
  const keyCells = Math.ceil(keyWords / 2);
  return { stride: keyCells + cells, firstKey: LEAD * 2, firstCell: LEAD + keyCells };
}

/** The upper bits of the slot of a hash: that it is taken, and bits of the hash. */
export function slotMark(hash: number): number {
  return (hash >>> 1) | TAKEN;
}

/** JavaScript for the `slotMark` of `hash`. */
export const MARK_CODE = `(hash >>> 1 | ${TAKEN})`;

/**
 * Groups by key: open addressing over typed arrays, one record a group in one piece of memory (key,
 * then cells), so that finding a group and adding to it touch the same cache line. A slot has bits of
 * the hash beside the id: which of two slots a key may be in shows without a look at their records.
 * No object a group. What finds and adds is generated code (`place_code.ts`, `add_code.ts`); here
 * lies the memory.
 */
export class GroupStore {
  readonly shape: StoreShape;
  readonly maxBytes: number;
  /**
   * By hash: `slotMark` above, the id in the lower bits; 0 where there is none. The last repeats the
   * first, so that every slot has a next one.
   */
  slots: Int32Array = new Int32Array(FIRST_SLOTS + 1);
  /** The records as 32-bit words: the key comes first. */
  words: Uint32Array;
  /** The same memory as 64-bit numbers: the cells lie behind the key. */
  cells: Float64Array;
  readonly stride: number;
  readonly firstCell: number;
  readonly #firstKey: number;
  /** By id: read where the table grows, and nowhere else. */
  #hashes = new Uint32Array(FIRST_SLOTS / 2);
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
    const { stride, firstCell, firstKey } = recordPlace(shape.keyWords, shape.cells.length);
    this.stride = stride;
    this.firstCell = firstCell;
    this.#firstKey = firstKey;
    // A record, its hash, its slots at most half full, and the old arrays while they are replaced.
    const bytes = this.stride * 8 + 4 + 2 * 4;
    const room = Math.floor(maxBytes / (bytes * 3));
    this.#maxGroups = Math.min(Math.max(1, room), (1 << ID_BITS) - 1);
    this.cells = new Float64Array(LEAD + this.stride * FIRST_SLOTS / 2);
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
    if (id === this.#hashes.length) this.#growRecords();
    this.#hashes[id] = hash;
    const { cells } = this.shape;
    const at = id * this.stride + this.firstCell;
    for (let i = 0; i < cells.length; i++) this.cells[at + i] = cells[i];
    this.#take(slot, slotMark(hash), id);
    if (this.count * 2 >= this.slots.length) this.#growSlots();
    return id;
  }

  /** Bytes that it holds on to. */
  get byteLength(): number {
    return this.cells.byteLength + this.#hashes.byteLength + this.slots.byteLength;
  }

  /** Forgets all groups and keeps the memory. */
  clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }

  /** Where the key of a group begins in `words`. */
  keyAt(id: number): number {
    return id * this.stride * 2 + this.#firstKey;
  }

  #take(slot: number, mark: number, id: number): void {
    const taken = (mark >> ID_BITS << ID_BITS) | id;
    this.slots[slot] = taken;
    if (slot === 0) this.slots[this.slots.length - 1] = taken;
  }

  #growRecords(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const cells = new Float64Array(LEAD + this.stride * hashes.length);
    cells.set(this.cells);
    this.cells = cells;
    this.words = new Uint32Array(cells.buffer);
  }

  #growSlots(): void {
    const size = (this.slots.length - 1) * 2;
    const slots = this.slots = new Int32Array(size + 1);
    for (let id = 0; id < this.count; id++) {
      const hash = this.#hashes[id];
      let slot = hash & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#take(slot, slotMark(hash), id);
    }
  }
}
