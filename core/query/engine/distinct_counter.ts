import type { GroupStore } from "./group_store.ts";
import type { Merging } from "./merging.ts";
import { secretSeed, settle, stir } from "../../flow/word_hash.ts";

/** Word of a pair's key that holds the group: behind the one that says what is known. */
const GROUP_WORD = 1;
/** Registers of a sketch: 256 give a standard error of 1.04 / √256 = 6.5 % of what is sketched. */
const REGISTER_BITS = 8;
const REGISTERS = 1 << REGISTER_BITS;
/** Of the places for pairs that were met lately: they fit the first-level cache. */
export const RECENT_BITS = 11;
const MAX_SKETCHES = 65_536;
/** Flags of an octet, one a merged group and value, that are less work than a table of those met. */
const FLAGS_PER_PAIR = 8;
const LEAST_FLAGS = 65_536;
/** Bias correction for 256 registers (Flajolet et al. 2007, "HyperLogLog", fig. 3). */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/**
 * Gives each pair the number of what its value is called: pairs of one number are of one name, and
 * -1 stands for no name.
 */
export type NumberNames = (pairs: GroupStore) => Int32Array;

/** The values, or names, of pairs. */
interface NumberedValues {
  /** By pair: the same for the same value, from 0 on; -1 for no name. */
  readonly numbers: Int32Array;
  /** How many there are. */
  readonly values: number;
}

/** The sketches of a merged group, taken together. */
interface MergedSketch {
  readonly into: number;
  readonly sketch: Uint8Array;
}

/**
 * Distinct values by group: exact pairs of group and value while there is room for them; values
 * beyond are estimated by a HyperLogLog sketch a group and added, since no value of a group is in
 * both. Of several groups a value may be: then what all have is estimated.
 *
 * Where names are counted, pairs hold what is named (addresses, ifIndexes), and only when all are
 * there it shows which are of one name. Values beyond the room for pairs are left out then: a
 * sketch of them would tell addresses apart and not names.
 */
export class DistinctCounter {
  /** Keys: what is known, the group, the value. */
  readonly pairs: GroupStore;
  /** Keys of pairs that were met lately, each at a place by its hash; 0 where there is none. */
  readonly recent: Uint32Array;
  /** The key of a pair for which there was no room; words handed over would each become an object. */
  readonly lost: Uint32Array;
  readonly #keyWords: number;
  readonly #numberNames: NumberNames | null;
  /** Worked out when groups are first taken together. */
  #values: NumberedValues | null = null;
  readonly #start = secretSeed();
  readonly #seed = secretSeed();
  readonly #sketches = new Map<number, Uint8Array>();
  /** Values that found no room in a sketch either, or that have none. */
  uncounted = 0;

  /**
   * @param pairs a store without pairs and without cells
   * @param numberNames where names are counted and not the values themselves
   */
  constructor(pairs: GroupStore, numberNames: NumberNames | null = null) {
    this.#keyWords = pairs.shape.keyWords;
    this.pairs = pairs;
    this.recent = new Uint32Array(this.#keyWords << RECENT_BITS);
    this.lost = new Uint32Array(this.#keyWords);
    this.#numberNames = numberNames;
  }

  /** Whether every count is exact. */
  get exact(): boolean {
    return this.#sketches.size === 0;
  }

  /**
   * Takes in the pair in `lost`, for which there was no room.
   *
   * @param address 32 bits, well mixed, of what the key does not tell of its value; 0 where it tells all
   */
  overflowed(address: number): void {
    const group = this.lost[GROUP_WORD];
    let sketch = this.#sketches.get(group);
    if (sketch === undefined) {
      if (this.#numberNames !== null || this.#sketches.size >= MAX_SKETCHES) {
        this.uncounted++;
        return;
      }
      this.#sketches.set(group, sketch = new Uint8Array(REGISTERS));
    }
    take(sketch, this.#hashOfValue(this.lost, 0) ^ address);
  }

  /**
   * Distinct values of merged groups.
   *
   * @param merging of the groups
   */
  counts(merging: Merging): Float64Array {
    const named = this.#numberNames !== null;
    const counts = named || !merging.separate ? this.#merged(merging) : this.#separate(merging);
    if (!this.exact) this.#addSketches(counts, merging);
    return counts.map(Math.round);
  }

  /** Adds what is sketched to what is exact, of merged groups. */
  #addSketches(counts: Float64Array, merging: Merging): void {
    const merged = this.#mergedSketches(merging);
    const beyond = merged.map(({ sketch }) => estimate(sketch));
    const groups = groupsIn(merging);
    this.#takeExact(merged.filter(({ into }) => groups[into] > 1), merging);
    merged.forEach(({ into, sketch }, i) => {
      const most = counts[into] + beyond[i];
      // However many are in both: no fewer than either has.
      const least = Math.max(counts[into], beyond[i]);
      counts[into] = groups[into] > 1 ? Math.min(Math.max(estimate(sketch), least), most) : most;
    });
  }

  /** Takes the exact values of merged groups into their sketches. */
  #takeExact(merged: readonly MergedSketch[], { of, count }: Merging): void {
    if (merged.length === 0) return;
    /** By merged group, from 1 on. */
    const numbers = new Int32Array(count);
    merged.forEach(({ into }, i) => numbers[into] = i + 1);
    const { words, stride } = this.pairs;
    const step = stride * 2;
    for (let pair = 0, at = this.pairs.keyAt(0); pair < this.pairs.count; pair++, at += step) {
      const into = of[words[at + GROUP_WORD]];
      if (into < 0 || numbers[into] === 0) continue;
      take(merged[numbers[into] - 1].sketch, this.#hashOfValue(words, at));
    }
  }

  #separate({ count }: Merging): Float64Array {
    const counts = new Float64Array(count);
    const { words } = this.pairs;
    const step = this.pairs.stride * 2;
    let at = this.pairs.keyAt(0) + GROUP_WORD;
    for (let pair = 0; pair < this.pairs.count; pair++, at += step) counts[words[at]]++;
    return counts;
  }

  /** A value of two groups that become one counts once, and a name that several values have. */
  #merged({ of, count }: Merging): Float64Array {
    const { pairs } = this;
    this.#values ??= this.#numberNames === null ? this.#numberValues() : numbered(
      this.#numberNames(pairs),
    );
    const { numbers, values } = this.#values;
    const { words } = pairs;
    const step = pairs.stride * 2;
    const first = pairs.keyAt(0) + GROUP_WORD;
    const counts = new Float64Array(count);
    if (count * values <= pairs.count * FLAGS_PER_PAIR + LEAST_FLAGS) {
      const met = new Uint8Array(count * values);
      for (let pair = 0, at = first; pair < pairs.count; pair++, at += step) {
        const group = of[words[at]];
        if (group < 0 || numbers[pair] < 0) continue;
        const flag = group * values + numbers[pair];
        counts[group] += met[flag] ^ 1;
        met[flag] = 1;
      }
      return counts;
    }
    const slots = new Int32Array(slotsFor(pairs.count)).fill(-1);
    for (let pair = 0, at = first; pair < pairs.count; pair++, at += step) {
      const group = of[words[at]];
      const number = numbers[pair];
      if (group < 0 || number < 0) continue;
      let slot = settle(stir(stir(this.#start, group, this.#seed), number, this.#seed)) &
        (slots.length - 1);
      for (let other = slots[slot]; other >= 0; other = slots[slot]) {
        if (numbers[other] === number && of[words[first + other * step]] === group) break;
        slot = (slot + 1) & (slots.length - 1);
      }
      if (slots[slot] >= 0) continue;
      slots[slot] = pair;
      counts[group]++;
    }
    return counts;
  }

  /** Numbers the values of the pairs, whichever group they are of. */
  #numberValues(): NumberedValues {
    const { words, count, stride } = this.pairs;
    const step = stride * 2;
    const first = this.pairs.keyAt(0);
    const keyWords = this.#keyWords;
    const numbers = new Int32Array(count);
    /** By number, where a key with the value lies. */
    const keys = new Int32Array(count);
    /** Numbers by hash, from 1 on. */
    const slots = new Int32Array(slotsFor(count));
    let values = 0;
    for (let pair = 0, at = first; pair < count; pair++, at += step) {
      let slot = this.#hashOfValue(words, at) & (slots.length - 1);
      for (let number = slots[slot]; number > 0; number = slots[slot]) {
        const key = keys[number - 1];
        let w = 0;
        while (w < keyWords && (w === GROUP_WORD || words[key + w] === words[at + w])) w++;
        if (w === keyWords) break;
        slot = (slot + 1) & (slots.length - 1);
      }
      if (slots[slot] === 0) {
        keys[values++] = at;
        slots[slot] = values;
      }
      numbers[pair] = slots[slot] - 1;
    }
    return { numbers, values };
  }

  /** A hash of the value in a key, whichever group it is of. */
  #hashOfValue(key: Uint32Array, at: number): number {
    const seed = this.#seed;
    let hash = stir(this.#start, key[at], seed);
    for (let w = GROUP_WORD + 1; w < this.#keyWords; w++) hash = stir(hash, key[at + w], seed);
    return settle(hash);
  }

  #mergedSketches({ of }: Merging): MergedSketch[] {
    const merged = new Map<number, Uint8Array>();
    for (const [group, sketch] of this.#sketches) {
      const into = of[group];
      if (into < 0) continue;
      const known = merged.get(into);
      if (known === undefined) merged.set(into, sketch.slice());
      else sketch.forEach((rank, i) => known[i] = Math.max(known[i], rank));
    }
    return Array.from(merged, ([into, sketch]) => ({ into, sketch }));
  }
}

/** How many groups a merged one is of: 2 for more than one. */
function groupsIn({ of, count }: Merging): Uint8Array {
  const groups = new Uint8Array(count);
  for (const into of of) if (into >= 0 && groups[into] < 2) groups[into]++;
  return groups;
}

/** Takes a value into a sketch. */
function take(sketch: Uint8Array, hash: number): void {
  const register = hash >>> (32 - REGISTER_BITS);
  const rank = Math.clz32((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1;
  if (rank > sketch[register]) sketch[register] = rank;
}

function numbered(numbers: Int32Array): NumberedValues {
  return { numbers, values: numbers.reduce((most, number) => Math.max(most, number), -1) + 1 };
}

/** Slots of a table that is at most half full. */
function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count * 2 + 2));
}

/** HyperLogLog's estimate, by linear counting where it is small. */
function estimate(sketch: Uint8Array): number {
  let sum = 0;
  let empty = 0;
  for (const rank of sketch) {
    sum += 2 ** -rank;
    if (rank === 0) empty++;
  }
  const raw = ALPHA * REGISTERS * REGISTERS / sum;
  return raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
}
