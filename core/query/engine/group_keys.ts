import type { GroupStore } from "./group_store.ts";
import type { KeyLayout } from "./key_layout.ts";
import type { Merging } from "./merging.ts";
import type { UpperWords } from "./upper_words.ts";
import { secretSeed, settle, stir } from "../../flow/word_hash.ts";

/** The keys of a store's records, read: what lies where, and what the numbers stand for. */
export class GroupKeys {
  readonly store: GroupStore;
  readonly #layout: KeyLayout;
  readonly #uppers: UpperWords;

  /**
   * @param store with the records
   * @param layout of their keys
   * @param uppers that addresses are numbered by
   */
  constructor(store: GroupStore, { layout, uppers }: { layout: KeyLayout; uppers: UpperWords }) {
    this.store = store;
    this.#layout = layout;
    this.#uppers = uppers;
  }

  /**
   * The numbers of one term of a key, four for an address.
   *
   * @param id of the record
   * @param term its number
   * @returns null where the row did not have the term
   */
  lanes(id: number, term: number): number[] | null {
    const { words } = this.store;
    const at = this.store.keyAt(id);
    if ((words[at] & (1 << term)) === 0) return null;
    const lanes: number[] = [];
    for (const { word, shift, bits, upper } of this.#layout.places(term)) {
      const rest = words[at + word] >>> shift;
      const value = bits === 32 ? rest : rest & ((1 << bits) - 1);
      if (upper) lanes.push(...this.#uppers.words(value));
      else lanes.push(value);
    }
    return lanes;
  }

  /**
   * Takes records together whose keys differ in some terms alone, as far as their names agree.
   *
   * @param without numbers of the terms that may differ
   * @param names numbers of names by record; records of one number in all of them belong together
   */
  merged(without: readonly number[], names: readonly Int32Array[]): Merging {
    const { store } = this;
    const { words } = store;
    const mask = this.#layout.mask(without);
    const of = new Int32Array(store.count);
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(store.count * 2 + 2))).fill(-1);
    const start = secretSeed();
    const seed = secretSeed();
    let count = 0;
    for (let id = 0; id < store.count; id++) {
      const at = store.keyAt(id);
      let hash = start;
      for (let w = 0; w < mask.length; w++) hash = stir(hash, words[at + w] & mask[w], seed);
      for (let n = 0; n < names.length; n++) hash = stir(hash, names[n][id], seed);
      let slot = settle(hash) & (slots.length - 1);
      for (let other = slots[slot]; other >= 0; other = slots[slot]) {
        if (names.every((number) => number[id] === number[other])) {
          const there = store.keyAt(other);
          if (mask.every((bits, w) => ((words[at + w] ^ words[there + w]) & bits) === 0)) break;
        }
        slot = (slot + 1) & (slots.length - 1);
      }
      if (slots[slot] < 0) {
        slots[slot] = id;
        of[id] = count++;
      } else of[id] = of[slots[slot]];
    }
    return { of, count, overflow: -1 };
  }
}
