import { secretSeed, settle, stir } from "./word_hash.ts";

/** Interfaces of which a name is kept, over all exporters of a collector; further ones go without. */
export const MAX_INTERFACE_NAMES = 16_384;
/** Places that a name may lie in: a search looks at no more, whoever chose the numbers. */
const WAYS = 16;
/** With four times as many places as names one in some millions finds its own ones all taken. */
const SETS = 4 * MAX_INTERFACE_NAMES / WAYS;
const PLACES = SETS * WAYS;
/** Words of the header: names so far, two secret words of the hash, and one that is free. */
const HEADER = 4;
/** Words of a place: exporter, ifIndex, and what is known. */
const STRIDE = 6;
const BYTES = 4 * (HEADER + PLACES + PLACES * STRIDE);
const ID_MASK = 0xffff;

/** Who told a name, in storage order: a later one of these gives way to an earlier one. */
const TELLERS = ["options", "port_name"] as const;
/** `options`: data about interfaces (IPFIX 82, 83); `port_name`: sFlow's counter structure. */
export type InterfaceNameTeller = (typeof TELLERS)[number];

/** A name as it was told. */
export interface Told {
  /** Id in the collector's dictionary. */
  readonly nameId: number;
  readonly teller: InterfaceNameTeller;
}

/** A name that an exporter gave an interface. */
export interface LearntInterfaceName extends Told {
  /** Four words. */
  readonly exporter: Uint32Array;
  readonly ifIndex: number;
}

/** What became of a name that was told: `kept` also where it was known; `full` is lost. */
export type InterfaceNameOutcome = "kept" | "new" | "full";

/**
 * The names that exporters gave their interfaces, in shared memory: the collector's worker writes,
 * any thread reads. Bounded, and searched without allocating in a time that nobody on the wire can
 * stretch: a secret hash says in which sixteen places a name may lie. Who may have a name kept is
 * not decided here.
 */
export class InterfaceNames {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  /** Hash of what lies in each place, 0 where it is free. */
  readonly #tags: Uint32Array;
  readonly #words: Uint32Array;
  readonly #start: number;
  readonly #seed: number;

  /** @param memory as made by `InterfaceNames.allocate` */
  constructor(memory: SharedArrayBuffer = InterfaceNames.allocate()) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, HEADER);
    this.#tags = new Uint32Array(memory, 4 * HEADER, PLACES);
    this.#words = new Uint32Array(memory, 4 * (HEADER + PLACES), PLACES * STRIDE);
    this.#start = this.#header[1];
    this.#seed = this.#header[2];
  }

  /** Makes the memory of an empty table, with a secret of its own. */
  static allocate(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(BYTES);
    new Int32Array(memory, 4, 2).set([secretSeed(), secretSeed()]);
    return memory;
  }

  /** Names kept. */
  get size(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Whether there is room for no more. */
  get isFull(): boolean {
    return this.size >= MAX_INTERFACE_NAMES;
  }

  /**
   * Notes the name of an interface. Writer only.
   *
   * @param exporter four words
   * @param ifIndex of the interface, 32 bits
   * @param name its id in the dictionary, 0 to 65,534, and who told it
   */
  learn(
    exporter: Uint32Array,
    ifIndex: number,
    { nameId, teller }: Told,
  ): InterfaceNameOutcome {
    const hash = this.#hash(exporter, ifIndex);
    const rank = TELLERS.indexOf(teller);
    const value = ((rank << 17) | nameId) >>> 0;
    const known = this.#place(hash, exporter, ifIndex);
    if (known >= 0) {
      const at = known * STRIDE + 5;
      if ((this.#words[at] >>> 17) >= rank) Atomics.store(this.#words, at, value);
      return "kept";
    }
    const place = this.#free(hash);
    if (place < 0 || this.isFull) return "full";
    const at = place * STRIDE;
    this.#words.set(exporter, at);
    this.#words[at + 4] = ifIndex;
    Atomics.store(this.#words, at + 5, value);
    // Readers look at a place once it has a tag.
    Atomics.store(this.#tags, place, tagOf(hash));
    Atomics.add(this.#header, 0, 1);
    return "new";
  }

  /**
   * Forgets the name of an interface. Writer only.
   *
   * @param exporter four words
   * @param ifIndex of the interface, 32 bits
   */
  forget(exporter: Uint32Array, ifIndex: number): void {
    const place = this.#place(this.#hash(exporter, ifIndex), exporter, ifIndex);
    if (place < 0) return;
    Atomics.store(this.#tags, place, 0);
    Atomics.sub(this.#header, 0, 1);
  }

  /** Id of an interface's name in the dictionary; -1 for none. */
  find(exporter: Uint32Array, ifIndex: number): number {
    const known = this.#known(exporter, ifIndex);
    return known < 0 ? -1 : known & ID_MASK;
  }

  /** The name of an interface and who told it; null for none. */
  told(exporter: Uint32Array, ifIndex: number): Told | null {
    const known = this.#known(exporter, ifIndex);
    return known < 0 ? null : { nameId: known & ID_MASK, teller: TELLERS[known >>> 17] };
  }

  /** All names, or those of the ids that are `wanted`. */
  *all(wanted = (_nameId: number): boolean => true): Generator<LearntInterfaceName> {
    for (let place = 0; place < PLACES; place++) {
      const tag = this.#tags[place];
      const at = place * STRIDE;
      if (tag === 0 || !wanted(this.#words[at + 5] & ID_MASK)) continue;
      const exporter = this.#words.slice(at, at + 4);
      const ifIndex = this.#words[at + 4];
      const known = Atomics.load(this.#words, at + 5);
      if (Atomics.load(this.#tags, place) !== tag) continue;
      yield { exporter, ifIndex, nameId: known & ID_MASK, teller: TELLERS[known >>> 17] };
    }
  }

  /** What is known of an interface, -1 for nothing. */
  #known(exporter: Uint32Array, ifIndex: number): number {
    if (this.size === 0) return -1;
    const hash = this.#hash(exporter, ifIndex);
    const place = this.#place(hash, exporter, ifIndex);
    if (place < 0) return -1;
    const known = Atomics.load(this.#words, place * STRIDE + 5);
    // The writer may have given the place to another interface meanwhile.
    return Atomics.load(this.#tags, place) === tagOf(hash) ? known : -1;
  }

  #hash(exporter: Uint32Array, ifIndex: number): number {
    const seed = this.#seed;
    let hash = this.#start;
    for (let w = 0; w < 4; w++) hash = stir(hash, exporter[w], seed);
    // Once more: ifIndexes in steps of 2^16 alone would lie in heaps under one secret of thirty.
    return settle(stir(stir(hash, ifIndex, seed), 0, seed));
  }

  /** Where an interface is, -1 for nowhere. */
  #place(hash: number, exporter: Uint32Array, ifIndex: number): number {
    const words = this.#words;
    const tag = tagOf(hash);
    const first = (hash % SETS) * WAYS;
    for (let place = first; place < first + WAYS; place++) {
      if (this.#tags[place] !== tag) continue;
      const at = place * STRIDE;
      if (
        words[at + 4] === ifIndex && words[at + 3] === exporter[3] &&
        words[at + 2] === exporter[2] && words[at + 1] === exporter[1] &&
        words[at] === exporter[0]
      ) return place;
    }
    return -1;
  }

  /** A free place for an interface that is not there yet, -1 for none. */
  #free(hash: number): number {
    const first = (hash % SETS) * WAYS;
    const place = this.#tags.subarray(first, first + WAYS).indexOf(0);
    return place < 0 ? -1 : first + place;
  }
}

/** What marks the place of a hash as taken: never 0. */
function tagOf(hash: number): number {
  return (hash | 1) >>> 0;
}
