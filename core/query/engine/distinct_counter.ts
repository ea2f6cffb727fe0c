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
/** Bias correction for 256 registers (Flajolet et al. 2007, "HyperLogLog", fig. 3). */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/**
 * Gives each pair the number of what its value is called: pairs of one number are of one name, and
 * -1 stands for no name.
 */
export type NumberNames = (pairs: GroupStore) => Int32Array;

/**
 * Distinct values by group: exact pairs of group and value while there is room for them; values
 * beyond are estimated by a HyperLogLog sketch a group and added, since no value is in both.
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
  readonly #keyWords: number;
  readonly #numberNames: NumberNames | null;
  /** Names of the pairs by number, worked out when the first count is asked for. */
  #names: Int32Array | null = null;
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
    this.#numberNames = numberNames;
  }

  /** Whether every count is exact. */
  get exact(): boolean {
    return this.#sketches.size === 0;
  }

  /**
   * Takes in a pair for which there was no room.
   *
   * @param group of the value
   * @param hash 32 bits of the value, well mixed
   */
  overflowed(group: number, hash: number): void {
    let sketch = this.#sketches.get(group);
    if (sketch === undefined) {
      if (this.#numberNames !== null || this.#sketches.size >= MAX_SKETCHES) {
        this.uncounted++;
        return;
      }
      this.#sketches.set(group, sketch = new Uint8Array(REGISTERS));
    }
    const register = hash >>> (32 - REGISTER_BITS);
    const rank = Math.clz32((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1;
    if (rank > sketch[register]) sketch[register] = rank;
  }

  /**
   * Distinct values of merged groups.
   *
   * @param merging of the groups
   */
  counts(merging: Merging): Float64Array {
    const named = this.#numberNames !== null;
    const counts = named || !merging.separate ? this.#merged(merging) : this.#separate(merging);
    for (const [group, sketch] of this.#mergedSketches(merging)) counts[group] += estimate(sketch);
    return counts.map(Math.round);
  }

  #separate({ count }: Merging): Float64Array {
    const counts = new Float64Array(count);
    const { pairs } = this;
    for (let pair = 0; pair < pairs.count; pair++) {
      counts[pairs.words[pairs.keyAt(pair) + GROUP_WORD]]++;
    }
    return counts;
  }

  /** A value of two groups that become one counts once, and a name that several values have. */
  #merged({ of, count }: Merging): Float64Array {
    const counts = new Float64Array(count);
    const { pairs } = this;
    const { words } = pairs;
    const names = this.#names ??= this.#numberNames?.(pairs) ?? null;
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(pairs.count * 2 + 2))).fill(-1);
    const mask = slots.length - 1;
    for (let pair = 0; pair < pairs.count; pair++) {
      const key = pairs.keyAt(pair);
      const group = of[words[key + GROUP_WORD]];
      if (group < 0 || (names !== null && names[pair] < 0)) continue;
      const hash = names === null
        ? this.#hash(key, group)
        : settle(stir(stir(this.#start, group, this.#seed), names[pair], this.#seed));
      let slot = hash & mask;
      while (slots[slot] >= 0) {
        const other = pairs.keyAt(slots[slot]);
        const isSame = names === null
          ? this.#same(key, other, of)
          : names[pair] === names[slots[slot]] && group === of[words[other + GROUP_WORD]];
        if (isSame) break;
        slot = (slot + 1) & mask;
      }
      if (slots[slot] >= 0) continue;
      slots[slot] = pair;
      counts[group]++;
    }
    return counts;
  }

  #hash(key: number, group: number): number {
    const { words } = this.pairs;
    let hash = stir(this.#start, group, this.#seed);
    for (let w = 0; w < this.#keyWords; w++) {
      if (w !== GROUP_WORD) hash = stir(hash, words[key + w], this.#seed);
    }
    return settle(hash);
  }

  #same(a: number, b: number, of: Int32Array): boolean {
    const { words } = this.pairs;
    for (let w = 0; w < this.#keyWords; w++) {
      const [x, y] = [words[a + w], words[b + w]];
      if (w === GROUP_WORD ? of[x] !== of[y] : x !== y) return false;
    }
    return true;
  }

  #mergedSketches({ of }: Merging): Map<number, Uint8Array> {
    const merged = new Map<number, Uint8Array>();
    for (const [group, sketch] of this.#sketches) {
      const into = of[group];
      if (into < 0) continue;
      const known = merged.get(into);
      if (known === undefined) merged.set(into, sketch.slice());
      else sketch.forEach((rank, i) => known[i] = Math.max(known[i], rank));
    }
    return merged;
  }
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
