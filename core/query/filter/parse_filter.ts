import type { NameDirectory } from "../../names/name_directory.ts";
import { FilterError } from "./filter_error.ts";
import { MAX_FILTER_LENGTH } from "./filter_limits.ts";
import type { FilterNode } from "./filter_node.ts";
import { formatFilter } from "./format_filter.ts";
import { parsePrimitive } from "./parse_primitive.ts";
import { TokenCursor } from "./token_cursor.ts";

/**
 * Reads a filter; docs/filter.md has its grammar. What it accepts has a canonical text that it
 * accepts too, so a filter can always be handed on as text.
 *
 * @param text from anyone; empty for every row
 * @param options `directory` of the names there are: services and labels that it lacks are refused.
 *   Without it any word is taken for one
 * @returns the tree that engines compile
 * @throws FilterError when the text is no filter, or over the limits; {QueryError} where it asks for
 *   countries and the `directory` has none
 * @example
 * ```ts
 * const node = parseFilter("src net 10.0.0.0/8 and dst port 443 and bytes > 1M");
 * formatFilter(node); // "src net 10.0.0.0/8 and dst port 443 and bytes > 1M"
 * ```
 */
export function parseFilter(
  text: string,
  { directory = null }: { directory?: NameDirectory | null } = {},
): FilterNode {
  checkLength(text, text.length, "a filter");
  const cursor = new TokenCursor(text, directory);
  if (cursor.isAtEnd()) return { kind: "any" };
  const node = parseOr(cursor);
  if (!cursor.isAtEnd()) {
    cursor.fail({ expected: ["and", "or", "the end"], words: ["and", "or"] });
  }
  checkLength(text, formatFilter(node).length, "a filter that in canonical form has");
  return node;
}

function checkLength(text: string, length: number, what: string): void {
  if (length <= MAX_FILTER_LENGTH) return;
  throw new FilterError({
    text,
    position: Math.min(text.length, MAX_FILTER_LENGTH),
    found: `${length} characters`,
    expected: [`${what} at most ${MAX_FILTER_LENGTH}`],
  });
}

function parseOr(cursor: TokenCursor): FilterNode {
  const nodes = [parseAnd(cursor)];
  while (cursor.takeWord("or")) nodes.push(parseAnd(cursor));
  return nodes.length === 1 ? nodes[0] : { kind: "or", nodes };
}

function parseAnd(cursor: TokenCursor): FilterNode {
  const nodes = [parseNot(cursor)];
  while (cursor.takeWord("and")) nodes.push(parseNot(cursor));
  return nodes.length === 1 ? nodes[0] : { kind: "and", nodes };
}

function parseNot(cursor: TokenCursor): FilterNode {
  if (cursor.word === "not") {
    return cursor.nest(() => {
      cursor.advance();
      return { kind: "not", node: parseNot(cursor) };
    });
  }
  const { token } = cursor;
  if (token.kind !== "mark" || token.value !== "(") return parsePrimitive(cursor);
  return cursor.nest(() => {
    cursor.advance();
    const node = parseOr(cursor);
    if (!cursor.takeMark(")")) {
      cursor.fail({ expected: [")", "and", "or"], words: ["and", "or"] });
    }
    return node;
  });
}
