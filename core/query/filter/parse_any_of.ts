import type { FilterNode } from "./filter_node.ts";
import type { TokenCursor } from "./token_cursor.ts";

/**
 * Reads `in [ … ]` of conditions of one kind: rows that match one of them.
 *
 * @param cursor before `in`
 * @param item reads one condition
 */
export function parseAnyOf(
  cursor: TokenCursor,
  item: (cursor: TokenCursor) => FilterNode,
): FilterNode {
  cursor.advance();
  if (!cursor.takeMark("[")) cursor.fail({ expected: ["[ and a list"] });
  // Counts as a level, because the canonical text has it in parentheses.
  return cursor.nest(() => {
    const nodes = [item(cursor)];
    while (!cursor.takeMark("]")) {
      cursor.takeMark(",");
      nodes.push(item(cursor));
    }
    return nodes.length === 1 ? nodes[0] : { kind: "or", nodes };
  });
}
