import { bindFilter, type FilterBlock } from "../filter/compile_filter.ts";
import type { RowTest } from "../filter/filter_columns.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { BatchPresence } from "./batch_presence.ts";
import { askedFields, declareKnown, knownExpression, wholeExpression } from "../row_expression.ts";

/**
 * Chooses the rows `[start, end)` of a block that are wanted: traffic (no events) that matches.
 *
 * @param rows takes the slots of those rows; where all are wanted it may be left as it is
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
 * Compiles the choice of rows to loops of their own: one over the rows of the batch, and one for each
 * further condition over those that are left. No branch depends on what a row holds, since nobody
 * could foresee it: measured at 2.5 times the speed of one loop with branches.
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
  const { conditions, declare, calls } = bindFilter(node, block);
  const [first, ...others] = also === null ? conditions : [...conditions, "also(slot)"];
  const fields = askedFields([first, ...others]);
  const pass = (condition: string, whole: boolean): string[] => [
    ...declareKnown(askedFields([condition]), whole),
    // Of a boolean `| 0` makes a number without a branch, and `? 1 : 0` one with it.
    `rows[n] = slot; n += (${condition}) | 0;`,
    "}",
  ];
  const passes = (whole: boolean, condition: string): string[] => [
    "for (let slot = start; slot < end; slot++) {",
    ...pass(condition, whole),
    ...others.flatMap((other) => [
      "count = n; n = 0;",
      "for (let i = 0; i < count; i++) {",
      "const slot = rows[i];",
      ...pass(other, whole),
    ]),
  ];
  const source = [
    '"use strict";',
    declare,
    "return (start, end, rows, { every, any }) => {",
    "let n = 0, count = 0;",
    `if (!(${anyExpression()}) && ${wholeExpression(fields, "every")}) {`,
    ...(first === "true" && others.length === 0 ? ["n = end - start;"] : passes(true, first)),
    "} else {",
    ...passes(false, `!${knownExpression("event")} && ${first}`),
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
