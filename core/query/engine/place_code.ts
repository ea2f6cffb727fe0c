import { ID_BITS, MARK_CODE, recordPlace } from "./group_store.ts";
import type { KeyLayout } from "./key_layout.ts";

/** Arrays for the keys of a batch: `key0`, `key1`, … */
export function keyArrays(name: string, words: number, batch: number): string[] {
  return eachWord(words, (w) => `const ${name}${w} = new Uint32Array(${batch});`);
}

/** One line of code a word of a key. */
export function eachWord(words: number, line: (w: number) => string): string[] {
  return Array.from({ length: words }, (_, w) => line(w));
}

/** What code that finds records goes by. */
export interface Places {
  /** Of the keys. */
  readonly layout: KeyLayout;
  /** Of a record. */
  readonly cells: number;
  /** Names of the arrays of keys and of ids. */
  readonly keys: string;
  readonly ids: string;
}

/**
 * What finds the records of a batch of keys whose hashes are in `hashOf`: a function `nameGuess(store,
 * n)` that notes for each the record that it is in nearly always, without comparing, and
 * `nameSeek(store, i)` that finds or makes the record of one key: -1 where there is no room.
 *
 * The guess waits for nothing and branches nowhere: of the two slots that a key is in most often the
 * bits of its hash tell which. It reads the records, so that they lie in the cache when keys are
 * compared.
 *
 * @param name that the functions' begin with
 */
export function placeCode(name: string, places: Places): string[] {
  const { layout: { words: count, lost }, cells, keys, ids } = places;
  const { stride, firstKey } = recordPlace(count, cells);
  const id = (slot: string) => `${slot} & ${(1 << ID_BITS) - 1}`;
  const same = eachWord(count, (w) => ` && words[w + ${w}] === k${w}`).join("");
  return [
    `const ${name}Guess = (store, n) => {`,
    // Without any record there is none to guess at.
    `for (let i = 0; store.count === 0 && i < n; i++) ${name}Seek(store, i);`,
    "const { slots, words } = store, mask = slots.length - 2;",
    "for (let i = 0; i < n; i++) {",
    "const hash = hashOf[i], at = hash & mask, one = slots[at], next = slots[at + 1];",
    `const first = (((one ^ ${MARK_CODE}) >>> ${ID_BITS}) - 1) >> 31;`,
    `${ids}[i] = ${id("((one & first) | (next & ~first))")};`,
    "}",
    "let touched = 0;",
    `for (let i = 0; i < n; i++) touched |= words[${ids}[i] * ${stride * 2} + ${firstKey}];`,
    "store.touched = touched;",
    "};",
    `const ${name}Seek = (store, i) => {`,
    `const hash = hashOf[i], mark = ${MARK_CODE};`,
    ...eachWord(count, (w) => `const k${w} = ${keys}${w}[i];`),
    "const { slots, words } = store, mask = slots.length - 2;",
    "let at = hash & mask;",
    "for (let slot = slots[at]; slot !== 0; slot = slots[at]) {",
    `const id = ${id("slot")}, w = id * ${stride * 2} + ${firstKey};`,
    `if ((slot ^ mark) >>> ${ID_BITS} === 0${same}) return id;`,
    "at = (at + 1) & mask;",
    "}",
    `const id = ${lost} ? -1 : store.insert(at, hash);`,
    "if (id >= 0) {",
    `const { words } = store, w = id * ${stride * 2} + ${firstKey};`,
    ...eachWord(count, (w) => `words[w + ${w}] = k${w};`),
    "}",
    "return id;",
    "};",
  ];
}

/**
 * The record of entry `i`, into `id`: the guess, mostly. Reads `words`, which a seek may replace.
 *
 * @param name as for `placeCode`
 * @param options the `places`, and `renew`: what to do when records may have moved
 */
export function settleCode(
  name: string,
  { layout, cells, keys, ids, renew }: Places & { renew: string },
): string[] {
  const { stride, firstKey } = recordPlace(layout.words, cells);
  const differs = eachWord(layout.words, (w) => `words[w + ${w}] !== ${keys}${w}[i]`);
  return [
    `let id = ${ids}[i]; const w = id * ${stride * 2} + ${firstKey};`,
    `if (${differs.join(" || ") || "false"}) { id = ${ids}[i] = ${name}Seek(store, i); ${renew} }`,
  ];
}
