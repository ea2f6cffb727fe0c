import { ID_BITS, MARK_CODE, recordPlace } from "./group_store.ts";
import type { KeyLayout } from "./key_layout.ts";

/** Octets of records that lie too far away to wait for them while keys are compared. */
const FAR_OCTETS = 1024 * 1024;

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
 * What finds the records of a batch of keys whose hashes are in `hashOf`: a function `nameFind(store,
 * n)` that notes for each the record that it is in, and makes it where there is none yet; -1 where
 * there is no room. It returns how many found none.
 *
 * Of the two slots that a key is in most often the bits of its hash tell which, without a look at a
 * record; a second loop compares the keys. Neither waits for anything, calls anything or branches on
 * what a row holds, so that the processor works on many rows at a time, and the compiler looks up
 * once a batch where the arrays lie. The few keys for which that was wrong are sought one by one.
 *
 * @param name that the functions' begin with
 */
export function placeCode(name: string, places: Places): string[] {
  const { layout: { words: count, lost }, cells, keys, ids } = places;
  const { stride, firstKey } = recordPlace(count, cells);
  const id = (slot: string) => `(${slot} & ${(1 << ID_BITS) - 1})`;
  const same = eachWord(count, (w) => ` && words[w + ${w}] === k${w}`).join("");
  const differs = eachWord(count, (w) => `(words[w + ${w}] ^ ${keys}${w}[i])`).join(" | ");
  return [
    `const ${name}Find = (store, n) => {`,
    // Without any record there is none to guess at, nor to compare with: what lies there is of others.
    `for (let i = 0; store.count === 0 && i < n; i++) ${name}Seek(store, i);`,
    `if (store.count === 0) { ${ids}.fill(-1, 0, n); return n; }`,
    "const { slots, words } = store, mask = slots.length - 2;",
    "for (let i = 0; i < n; i++) {",
    "const hash = hashOf[i], at = hash & mask, one = slots[at], next = slots[at + 1];",
    `const first = (((one ^ ${MARK_CODE}) >>> ${ID_BITS}) - 1) >> 31;`,
    `${ids}[i] = ${id("((one & first) | (next & ~first))")};`,
    "}",
    `if (store.count * ${stride * 8} > ${FAR_OCTETS}) {`,
    "let touched = 0;",
    `for (let i = 0; i < n; i++) touched |= words[${id(`${ids}[i]`)} * ${
      stride * 2
    } + ${firstKey}];`,
    "store.touched = touched;",
    "}",
    "let wrong = 0, lost = 0;",
    "for (let i = 0; i < n; i++) {",
    `const w = ${id(`${ids}[i]`)} * ${stride * 2} + ${firstKey};`,
    "wrongOf[wrong] = i;",
    `wrong += ((${differs || "0"}) !== 0) | 0;`,
    "}",
    "for (let r = 0; r < wrong; r++) {",
    `const i = wrongOf[r], id = ${name}Seek(store, i);`,
    `${ids}[i] = id; lost += id >>> 31;`,
    "}",
    "return lost;",
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

/** JavaScript for where the cells of the record `id` begin, among 64-bit words. */
export function cellsAt({ layout, cells }: Places): string {
  const { stride, firstCell } = recordPlace(layout.words, cells);
  // Of so few bits that the product is a small number beyond doubt.
  return `(id & ${(1 << ID_BITS) - 1}) * ${stride} + ${firstCell}`;
}
