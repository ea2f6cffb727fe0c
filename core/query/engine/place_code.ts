import { groupStride } from "./group_store.ts";
import type { KeyLayout } from "./key_layout.ts";

/** Arrays for the keys of a batch: `key0`, `key1`, … */
export function keyArrays(name: string, words: number, batch: number): string[] {
  return eachWord(words, (w) => `const ${name}${w} = new Uint32Array(${batch});`);
}

/** One line of code a word of a key. */
export function eachWord(words: number, line: (w: number) => string): string[] {
  return Array.from({ length: words }, (_, w) => line(w));
}

/**
 * A function `name(store, n)` that finds the records of `n` keys whose hashes are in `hashOf`, or
 * makes them: -1 where there is no room.
 *
 * @param name of the function
 * @param options `layout` of the keys, `cells` of a record, `keys` and `ids`: the names of the arrays
 */
export function placeCode(
  name: string,
  { layout: { words: count, lost }, cells, keys, ids }: {
    layout: KeyLayout;
    cells: number;
    keys: string;
    ids: string;
  },
): string[] {
  const { stride } = groupStride(count, cells);
  const same = eachWord(count, (w) => ` && words[w + ${w + 1}] === k${w}`).join("");
  return [
    `const ${name} = (store, n) => {`,
    "let { slots, words } = store; let mask = slots.length - 1;",
    `for (let i = 0; i < n; i++) ${ids}[i] = slots[hashOf[i] & mask];`,
    // Nothing waits for what is read here: it is to lie in the cache when the keys are compared.
    "let touched = 0;",
    `for (let i = 0; i < n; i++) { const id = ${ids}[i]; touched |= words[id < 0 ? 0 : id * ${
      stride * 2
    }]; }`,
    "store.touched = touched;",
    "for (let i = 0; i < n; i++) {",
    `const hash = hashOf[i]; let id = ${ids}[i], w = id * ${stride * 2};`,
    ...eachWord(count, (w) => `const k${w} = ${keys}${w}[i];`),
    `if (id >= 0 && words[w] === hash${same}) continue;`,
    "let at = hash & mask; id = slots[at];",
    "while (id >= 0) {",
    `w = id * ${stride * 2};`,
    `if (words[w] === hash${same}) break;`,
    "at = (at + 1) & mask; id = slots[at];",
    "}",
    "if (id < 0) {",
    `id = ${lost} ? -1 : store.insert(at, hash);`,
    "if (id >= 0) {",
    "({ slots, words } = store); mask = slots.length - 1;",
    `w = id * ${stride * 2};`,
    ...eachWord(count, (w) => `words[w + ${w + 1}] = k${w};`),
    "}",
    "}",
    `${ids}[i] = id;`,
    "}",
    "};",
  ];
}
