import { IPV4_PREFIX_WORD } from "../../flow/address.ts";
import { type GroupStore, ID_BITS, slotMark, type StoreShape } from "./group_store.ts";
import { secretSeed, settle, stir } from "../../flow/word_hash.ts";

/** What a store for the upper words of addresses holds. */
export const UPPER_SHAPE: StoreShape = { keyWords: 3, cells: [] };
/** Bits of a number, and the number of words that found no room. */
export const UPPER_BITS = 24;
export const NO_ROOM = 2 ** UPPER_BITS - 1;

/**
 * Numbers for the first three words of addresses: 0 for those of IPv4, from 1 on in the order in
 * which others are met. A key then holds one number in place of three words.
 */
export class UpperWords {
  readonly store: GroupStore;
  /** Whose number is wanted. Words handed over as arguments would each become an object. */
  readonly asked: Uint32Array = new Uint32Array(3);
  readonly #start = secretSeed();
  readonly #seed = secretSeed();

  /** @param store without records, of UPPER_SHAPE */
  constructor(store: GroupStore) {
    this.store = store;
  }

  /**
   * The number of three words that are not those of IPv4: those in `asked`.
   *
   * @returns NO_ROOM when there is room for no more
   */
  number(): number {
    const { asked } = this;
    const w0 = asked[0];
    const w1 = asked[1];
    const w2 = asked[2];
    const seed = this.#seed;
    const hash = settle(stir(stir(stir(this.#start, w0, seed), w1, seed), w2, seed));
    const { store } = this;
    const { slots, words } = store;
    const mask = slots.length - 2;
    const mark = slotMark(hash);
    let slot = hash & mask;
    for (let taken = slots[slot]; taken !== 0; taken = slots[slot]) {
      if ((taken ^ mark) >>> ID_BITS === 0) {
        const id = taken & (2 ** ID_BITS - 1);
        const at = store.keyAt(id);
        if (words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2) {
          return id + 1;
        }
      }
      slot = (slot + 1) & mask;
    }
    // Ids have fewer bits than numbers: none comes near NO_ROOM.
    const id = store.insert(slot, hash);
    if (id < 0) return NO_ROOM;
    const at = store.keyAt(id);
    store.words[at] = w0;
    store.words[at + 1] = w1;
    store.words[at + 2] = w2;
    return id + 1;
  }

  /** The three words of a number. */
  words(number: number): readonly [number, number, number] {
    if (number === 0) return [0, 0, IPV4_PREFIX_WORD];
    const { store } = this;
    const at = store.keyAt(number - 1);
    return [store.words[at], store.words[at + 1], store.words[at + 2]];
  }
}
