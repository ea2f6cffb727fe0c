/** Interfaces of which a name is kept, over all exporters of a collector; further ones go without. */
export const MAX_INTERFACE_NAMES = 16_384;
/** Twice as many places as names: a search ends soon at one that is free. */
const PLACES = 2 * MAX_INTERFACE_NAMES;
const HEADER_BYTES = 8;
/** Words of a place: exporter, ifIndex, and what is known, 0 where the place is free. */
const STRIDE = 6;
const BYTES = HEADER_BYTES + PLACES * STRIDE * 4;
const ID_MASK = 0xffff;

/** Who told a name, in storage order: a later one of these gives way to an earlier one. */
const TELLERS = ["options", "port_name"] as const;
/** `options`: data about interfaces (IPFIX 82, 83); `port_name`: sFlow's counter structure. */
export type InterfaceNameTeller = (typeof TELLERS)[number];

/** A name that an exporter gave an interface. */
export interface LearntInterfaceName {
  /** Four words. */
  readonly exporter: Uint32Array;
  readonly ifIndex: number;
  /** Id in the collector's dictionary. */
  readonly nameId: number;
  readonly teller: InterfaceNameTeller;
}

/**
 * The names that exporters gave their interfaces, in shared memory: the collector's worker writes,
 * any thread reads. Bounded, and searched without allocating.
 */
export class InterfaceNames {
  readonly memory: SharedArrayBuffer;
  /** Names so far, and how often anything changed. */
  readonly #header: Int32Array;
  readonly #words: Uint32Array;

  /** @param memory as made by `InterfaceNames.allocate` */
  constructor(memory: SharedArrayBuffer = InterfaceNames.allocate()) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#words = new Uint32Array(memory, HEADER_BYTES, PLACES * STRIDE);
  }

  /** Makes the memory of an empty table. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(BYTES);
  }

  /** Names kept. */
  get size(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Changes whenever a name has come or changed. */
  get version(): number {
    return Atomics.load(this.#header, 1);
  }

  /**
   * Notes the name of an interface. Writer only.
   *
   * @param exporter four words
   * @param ifIndex of the interface
   * @param name its id in the dictionary, 0 to 65,534, and who told it
   */
  learn(
    exporter: Uint32Array,
    ifIndex: number,
    { nameId, teller }: { nameId: number; teller: InterfaceNameTeller },
  ): void {
    const at = this.#place(exporter, ifIndex);
    const rank = TELLERS.indexOf(teller);
    const known = this.#words[at + 5];
    if (known !== 0 && (known >>> 17) < rank) return;
    // The lowest bit of the upper half says that there is a name.
    const value = ((rank << 17) | 0x1_0000 | nameId) >>> 0;
    if (known === value) return;
    if (known === 0) {
      if (this.size >= MAX_INTERFACE_NAMES) return;
      this.#words.set(exporter, at);
      this.#words[at + 4] = ifIndex;
      Atomics.add(this.#header, 0, 1);
    }
    Atomics.store(this.#words, at + 5, value);
    Atomics.add(this.#header, 1, 1);
  }

  /** Id of an interface's name in the dictionary; -1 for none. */
  find(exporter: Uint32Array, ifIndex: number): number {
    if (this.size === 0) return -1;
    const known = Atomics.load(this.#words, this.#place(exporter, ifIndex) + 5);
    return known === 0 ? -1 : known & ID_MASK;
  }

  /** All names. */
  *all(): Generator<LearntInterfaceName> {
    for (let at = 0; at < this.#words.length; at += STRIDE) {
      const known = Atomics.load(this.#words, at + 5);
      if (known === 0) continue;
      yield {
        exporter: this.#words.slice(at, at + 4),
        ifIndex: this.#words[at + 4],
        nameId: known & ID_MASK,
        teller: TELLERS[known >>> 17],
      };
    }
  }

  /** Where an interface is, or would be: there is always a free place. */
  #place(exporter: Uint32Array, ifIndex: number): number {
    const words = this.#words;
    let hash = ifIndex;
    for (let w = 0; w < 4; w++) hash = Math.imul(hash ^ exporter[w], 0x9e37_79b1) ^ (hash >>> 15);
    for (let place = hash >>> 0;; place++) {
      const at = (place % PLACES) * STRIDE;
      const free = Atomics.load(words, at + 5) === 0;
      if (
        free || (words[at + 4] === ifIndex && words[at + 3] === exporter[3] &&
          words[at + 2] === exporter[2] && words[at + 1] === exporter[1] &&
          words[at] === exporter[0])
      ) return at;
    }
  }
}
