import { askedFields, declareKnown } from "../row_expression.ts";
import { RECENT_BITS } from "./distinct_counter.ts";
import type { KeyLayout } from "./key_layout.ts";
import { eachWord, keyArrays, placeCode, settleCode } from "./place_code.ts";
import type { GroupTerm } from "./term.ts";
import { hashCode } from "../../flow/word_hash.ts";

/** Word of a pair's key that holds the group. */
const GROUP_WORD = 1;

/**
 * The passes that tell values apart: functions `distinct0Whole` and `distinct0Any` that look the
 * pairs of group and value of the entries up.
 *
 * @param term whose values
 * @param options `number` of the count, `layout` of its pairs, `id`: JavaScript for an entry's group
 */
export function distinctCode(
  term: GroupTerm,
  { number, layout, columns, id, batch }: {
    number: number;
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
  const recentlyMet = [
    ...words((w) => `recent[last + ${w}] === k${w}`),
    // A key that is none stands for many values.
    ...(layout.addressWords.length > 0 ? [`!(${layout.lost})`] : []),
  ];
  const body = [
    `const id = ${id};`,
    `if (id < 0 || !(${term.known ?? "true"})) continue;`,
    ...layout.statements,
    ...hashCode("hash", words((w) => `k${w}`)),
    // Pairs come again and again: those met lately are known without a look into a large table.
    `const last = (hash >>> ${32 - RECENT_BITS}) * ${layout.words};`,
    `if (${recentlyMet.join(" && ")}) continue;`,
    ...words((w) => `recent[last + ${w}] = k${w};`),
    // The value without its group: what is told apart must be so when groups are merged.
    ...hashCode("value", words((w) => `k${w}`).filter((_, w) => w !== GROUP_WORD)),
    "hashOf[m] = hash; valueOf[m] = value;",
    ...lostValue(layout),
    ...words((w) => `${keys}${w}[m] = k${w};`),
    "m++;",
  ];
  const pass = (whole: boolean): string[] => [
    `const distinct${number}${whole ? "Whole" : "Any"} = (columns, state, n) => {`,
    columns,
    "const { ids, named, uppers } = state, { asked } = uppers;",
    `const counter = state.distinct[${number}], { recent } = counter;`,
    "let m = 0;",
    "for (let i = 0; i < n; i++) {",
    "const slot = rowOf[i];",
    ...declareKnown(askedFields(body), whole),
    ...body,
    "}",
    "const store = counter.pairs;",
    `${name}Guess(store, m);`,
    "let { words } = store;",
    "for (let i = 0; i < m; i++) {",
    ...settleCode(name, { ...places, renew: "({ words } = store);" }),
    `if (id < 0) counter.overflowed(${keys}${GROUP_WORD}[i], valueOf[i]);`,
    "}",
    "};",
  ];
  return [
    ...keyArrays(keys, layout.words, batch),
    ...placeCode(name, places),
    ...pass(true),
    ...pass(false),
  ];
}

/** The hash of a value whose key is none: of the words of its addresses. */
function lostValue({ lost, addressWords }: KeyLayout): string[] {
  if (addressWords.length === 0) return [];
  return [
    `if (${lost}) {`,
    ...hashCode("address", addressWords),
    "valueOf[m] = (value ^ address) >>> 0;",
    "}",
  ];
}
