import { askedFields, declareKnown } from "../row_expression.ts";
import { RECENT_BITS } from "./distinct_counter.ts";
import type { KeyLayout } from "./key_layout.ts";
import { eachWord, keyArrays, placeCode } from "./place_code.ts";
import type { GroupTerm } from "./term.ts";
import { hashCode } from "../../flow/word_hash.ts";

/** Which rows a function is for. */
type Form = "All" | "Whole" | "Any";

/**
 * The passes that tell values apart: functions `distinct0Whole`, `distinct0Any` and `distinct0All` that
 * look the pairs of group and value of the entries up.
 *
 * @param term whose values
 * @param options `number` of the count, `forms` as of `addCode`, `layout` of its pairs, `id`: JavaScript
 *   for an entry's group
 */
export function distinctCode(
  term: GroupTerm,
  { number, forms, layout, columns, id, batch }: {
    number: number;
    forms: readonly Form[];
    layout: KeyLayout;
    columns: string;
    id: string;
    batch: number;
  },
): string[] {
  const keys = `pair${number}key`;
  const name = `pairs${number}`;
  const places = { layout, cells: 0, keys, ids: "pairOf" };
  const words = (line: (w: number) => string) => eachWord(layout.words, line);
  const known = words((w) => `(recent[last + ${w}] ^ k${w})`).join(" | ");
  // A key that is none stands for many values.
  const none = layout.addressWords.length > 0 ? ` | ((${layout.lost}) | 0)` : "";
  const body = [
    `const id = ${id};`,
    `if (id < 0 || !(${term.known ?? "true"})) continue;`,
    ...layout.statements,
    ...hashCode("hash", words((w) => `k${w}`)),
    "hashOf[m] = hash;",
    ...words((w) => `${keys}${w}[m] = k${w};`),
    ...addressOfLost(layout),
    // Pairs come again and again: those met lately are known without a look into a large table. No
    // branch: nobody could foresee which ones.
    `const last = (hash >>> ${32 - RECENT_BITS}) * ${layout.words};`,
    `m += (((${known}) !== 0) | 0)${none};`,
    ...words((w) => `recent[last + ${w}] = k${w};`),
  ];
  const pass = (form: Form): string[] => [
    `const distinct${number}${form} = (columns, state, n, start) => {`,
    columns,
    "const { ids, named, uppers } = state, { asked } = uppers;",
    `const counter = state.distinct[${number}], { recent } = counter;`,
    "let m = 0;",
    "for (let i = 0; i < n; i++) {",
    `const slot = ${form === "All" ? "start + i" : "rowOf[i]"};`,
    ...declareKnown(askedFields(body), form !== "Any"),
    ...body,
    "}",
    `if (${name}Find(counter.pairs, m) > 0) ${name}Lost(counter, m);`,
    "};",
  ];
  return [
    ...keyArrays(keys, layout.words, batch),
    ...placeCode(name, places),
    `const ${name}Lost = (counter, m) => {`,
    "const { lost } = counter;",
    "for (let i = 0; i < m; i++) {",
    "if (pairOf[i] >= 0) continue;",
    ...words((w) => `lost[${w}] = ${keys}${w}[i];`),
    `counter.overflowed(${layout.addressWords.length > 0 ? "addressOf[i]" : 0});`,
    "}",
    "};",
    ...forms.flatMap(pass),
  ];
}

/** Where a key is none: the hash of the words of its addresses; else 0. */
function addressOfLost({ lost, addressWords }: KeyLayout): string[] {
  if (addressWords.length === 0) return [];
  return [
    "addressOf[m] = 0;",
    `if (${lost}) {`,
    ...hashCode("address", addressWords),
    "addressOf[m] = address;",
    "}",
  ];
}
