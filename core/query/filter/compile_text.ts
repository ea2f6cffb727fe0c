import type { Dictionary } from "../../flow/dictionary.ts";
import { findField, PRESENCE_WORDS } from "../../flow/schema.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import type { TextNode, TextOp } from "./filter_node.ts";

/** What the cache knows of an id. */
const UNKNOWN = 0;
const WANTED = 1;
const UNWANTED = 2;

const FIRST_CACHE = 256;

/** Gives the text that an id or an enum's number stands for. */
type TextOf = (id: number) => string | null;

/**
 * Compiles a comparison of a text. Each id is compared once, when it is first met: strings go on
 * being added to the dictionary after the filter is compiled, and ids are never reused.
 */
export function compileText(
  node: TextNode,
  columns: FilterColumns,
  dictionary: Pick<Dictionary, "text">,
): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(node.field);
  const ids = needColumn(columns, node.field);
  const values = findField(node.field)?.values;
  const textOf: TextOf = values ? (id) => values[id] ?? null : (id) => dictionary.text(id);
  const test = compareText(node.op, node.value);
  let cache = new Uint8Array(FIRST_CACHE);

  const look = (id: number): boolean => {
    const text = textOf(id);
    if (text === null) return false;
    const wanted = test(text);
    if (id >= cache.length) {
      const grown = new Uint8Array(Math.max(id + 1, cache.length * 2));
      grown.set(cache);
      cache = grown;
    }
    cache[id] = wanted ? WANTED : UNWANTED;
    return wanted;
  };

  return (slot) => {
    if ((presence[slot * PRESENCE_WORDS + word] & mask) === 0) return false;
    const id = ids[slot];
    const known = id < cache.length ? cache[id] : UNKNOWN;
    return known === UNKNOWN ? look(id) : known === WANTED;
  };
}

function compareText(op: TextOp, wanted: string): (text: string) => boolean {
  switch (op) {
    case "=":
      return (text) => text === wanted;
    case "!=":
      return (text) => text !== wanted;
    case "contains":
      return (text) => text.includes(wanted);
  }
}
