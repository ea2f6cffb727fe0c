const FIRST_SLOTS = 4096;
const EMPTY = -1;
/** 32-bit words of a record: the key and its hash, padded to half a cache line. */
const STRIDE = 8;

/**
 * Dense ids for keys of four 32-bit words, of which none is forgotten: what `GroupTable` does, with
 * the key in registers and hash and key side by side. A picture looks up three keys a row.
 */
export class QuadTable {
  readonly #max: number;
  readonly #seeds: Uint32Array = crypto.getRandomValues(new Uint32Array(4));
  #slots = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  #mask = FIRST_SLOTS - 1;
  #records = new Uint32Array(FIRST_SLOTS * STRIDE / 2);
  /** Keys so far: ids lie below. */
  count = 0;

  /** @param max most keys kept */
  constructor(max: number) {
    this.#max = max;
  }

  /** The id of a key, given now if it is new; -1 when the table is full and does not know it. */
  find(a: number, b: number, c: number, d: number): number {
    return this.#look(a, b, c, d, true);
  }

  /** The id of a key, or -1 when it has none. */
  peek(a: number, b: number, c: number, d: number): number {
    return this.#look(a, b, c, d, false);
  }

  /** A word of the key of an id. */
  word(id: number, w: number): number {
    return this.#records[id * STRIDE + w];
  }

  #look(a: number, b: number, c: number, d: number, add: boolean): number {
    const seeds = this.#seeds;
    // Keys come from the wire: secret seeds keep a sender from making them fall into one place.
    let hash = Math.imul(d ^ seeds[3], 0xcc9e2d51);
    hash = Math.imul((hash ^ (hash >>> 15)) + (c ^ seeds[2]), 0x1b873593);
    hash = Math.imul((hash ^ (hash >>> 13)) + (b ^ seeds[1]), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 16)) + (a ^ seeds[0]), 0xc2b2ae35);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const slots = this.#slots;
    const records = this.#records;
    const mask = this.#mask;
    let slot = hash & mask;
    for (let id = slots[slot]; id !== EMPTY; id = slots[slot]) {
      const at = id * STRIDE;
      if (
        records[at + 3] === d && records[at + 2] === c && records[at + 1] === b && records[at] === a
      ) return id;
      slot = (slot + 1) & mask;
    }
    if (!add || this.count >= this.#max) return EMPTY;
    const id = this.count++;
    if ((id + 1) * STRIDE > this.#records.length) this.#growRecords();
    const at = id * STRIDE;
    this.#records[at] = a;
    this.#records[at + 1] = b;
    this.#records[at + 2] = c;
    this.#records[at + 3] = d;
    this.#records[at + 4] = hash;
    slots[slot] = id;
    if (this.count * 2 > slots.length) this.#growSlots();
    return id;
  }

  #growRecords(): void {
    const records = new Uint32Array(this.#records.length * 2);
    records.set(this.#records);
    this.#records = records;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.#records[id * STRIDE + 4] & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
