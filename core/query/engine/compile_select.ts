import { bindFilter, type FilterBlock } from "../filter/compile_filter.ts";
import type { RowTest } from "../filter/filter_columns.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { BatchPresence } from "./batch_presence.ts";
import { askedFields, declareKnown, knownExpression, wholeExpression } from "../row_expression.ts";

/**
 * Chooses the rows `[start, end)` of a block that are wanted: traffic (no events) that matches.
 *
 * @param rows takes the slots of those rows
 * @param presence of the batch
 * @returns how many there are
 */
export type Select = (
  start: number,
  end: number,
  rows: Int32Array,
  presence: Pick<BatchPresence, "every" | "any">,
) => number;

/**
 * Compiles the choice of rows to a loop of its own.
 *
 * @param node as `parseFilter` gives it
 * @param block that the rows lie in
 * @param also a further condition, null for none
 */
export function compileSelect(
  node: FilterNode,
  block: FilterBlock,
  also: RowTest | null,
): Select {
  const { js, declare, calls } = bindFilter(node, block);
  const wanted = also === null ? js : `${js} && also(slot)`;
  const fields = askedFields([wanted]);
  const event = knownExpression("event");
  const loop = (whole: boolean, condition: string): string[] => [
    "for (let slot = start; slot < end; slot++) {",
    ...declareKnown(whole ? fields : [...new Set([...fields, "event"] as const)], whole),
    `if (${condition}) rows[n++] = slot;`,
    "}",
  ];
  const source = [
    '"use strict";',
    declare,
    "return (start, end, rows, { every, any }) => {",
    "let n = 0;",
    `if (!(${anyExpression()}) && ${wholeExpression(fields, "every")}) {`,
    ...loop(true, wanted),
    "} else {",
    ...loop(false, `!${event} && ${wanted}`),
    "}",
    "return n;",
    "};",
  ];
  return new Function("columns", "calls", "also", source.join("\n"))(block.columns, calls, also);
}

/** JavaScript for whether some row of the batch is an event. */
function anyExpression(): string {
  return wholeExpression(["event"], "any");
}
