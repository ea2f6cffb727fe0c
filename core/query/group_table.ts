const FIRST_SLOTS = 1024;
const EMPTY = -1;

/**
 * Gives each distinct key of 32-bit words a small dense id: open addressing with linear probing
 * over typed arrays, no object a key. Ids of released keys are given out again.
 *
 *     table.key.set(words);
 *     const id = table.find();
 */
export class GroupTable {
  /** Where the caller puts the key to look up. */
  readonly key: Uint32Array;
  readonly #words: number;
  readonly #seeds: Uint32Array;
  readonly #max: number;
  /** Id by slot, or EMPTY. */
  #slots = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  /** Key words by id. */
  #keys: Uint32Array;
  /** Hash by id, so that neither growth nor removal hashes again. */
  #hashes: Uint32Array;
  readonly #free: number[] = [];
  #ids = 0;

  /**
   * @param words 32-bit words of a key
   * @param max most keys kept at a time
   */
  constructor(words: number, max: number) {
    this.key = new Uint32Array(words);
    this.#words = words;
    this.#seeds = crypto.getRandomValues(new Uint32Array(words));
    this.#max = max;
    this.#keys = new Uint32Array(FIRST_SLOTS * words);
    this.#hashes = new Uint32Array(FIRST_SLOTS);
  }

  /** Keys kept. */
  get size(): number {
    return this.#ids - this.#free.length;
  }

  /** Ids lie below this. */
  get idLimit(): number {
    return this.#ids;
  }

  /**
   * The id of the key in `key`, given now if it is new.
   *
   * @returns -1 when the table is full and does not know the key
   */
  find(): number {
    const hash = this.#hash();
    const slot = this.#probe(hash);
    const id = this.#slots[slot];
    if (id !== EMPTY) return id;
    return this.size >= this.#max ? -1 : this.#add(hash, slot);
  }

  /** The id of the key in `key`, or -1 when it has none. */
  peek(): number {
    return this.#slots[this.#probe(this.#hash())];
  }

  /**
   * Copies the key of an id.
   *
   * @param id as `find` gave it
   * @param into at least as long as a key
   */
  readKey(id: number, into: Uint32Array): void {
    for (let w = 0; w < this.#words; w++) into[w] = this.#keys[id * this.#words + w];
  }

  /**
   * Forgets a key; its id may be given to another.
   *
   * @param id as `find` gave it
   */
  release(id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#hashes[id] & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    // Close the hole by moving back what probing had pushed past it.
    for (let slot = (hole + 1) & mask; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const home = this.#hashes[slots[slot]] & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot];
        hole = slot;
      }
    }
    slots[hole] = EMPTY;
    this.#free.push(id);
  }

  /** The slot of the key, or the empty one where it would go. */
  #probe(hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== EMPTY) {
      const id = slots[slot];
      if (this.#hashes[id] === hash && this.#equals(id)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #add(hash: number, slot: number): number {
    const id = this.#free.pop() ?? this.#ids++;
    if (id * this.#words >= this.#keys.length) this.#growKeys();
    this.#keys.set(this.key, id * this.#words);
    this.#hashes[id] = hash;
    this.#slots[slot] = id;
    if (this.size * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #growKeys(): void {
    const keys = new Uint32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
  }

  #growSlots(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    for (const id of old) {
      if (id === EMPTY) continue;
      let slot = this.#hashes[id] & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }

  /**
   * Mixes word by word with Murmur3's constants (public domain). Keys come from the wire: secret
   * seeds keep a sender from choosing keys that all fall into one place.
   */
  #hash(): number {
    let hash = 0;
    for (let w = 0; w < this.#words; w++) {
      let k = Math.imul(this.key[w] ^ this.#seeds[w], 0xcc9e2d51);
      k = (k << 15) | (k >>> 17);
      hash ^= Math.imul(k, 0x1b873593);
      hash = (hash << 13) | (hash >>> 19);
      hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
    }
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    return hash >>> 0;
  }

  #equals(id: number): boolean {
    const at = id * this.#words;
    for (let w = 0; w < this.#words; w++) {
      if (this.#keys[at + w] !== this.key[w]) return false;
    }
    return true;
  }
}
