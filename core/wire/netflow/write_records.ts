import type { CodecContext } from "../codec.ts";
import type { PlanContext } from "../plan/plan_context.ts";
import { type KnownTemplates, nameFields, readElements } from "./read_elements.ts";
import type { SetRange } from "./read_sets.ts";
import type { Template } from "./template.ts";

/**
 * Writes the records of a data set as rows, and tells their elements where somebody wants to hear
 * of them.
 *
 * @param view the datagram, and the `range` of the set's records
 * @param using the set's `template`, the plan's `context` with what the datagram says, and the
 *   exporter's `known` templates, which somebody who wants to hear of elements needs
 * @param to the codec's context: where rows and elements go
 * @returns records read
 */
export function writeRecords(
  { view, range: { from, to } }: { view: DataView; range: SetRange },
  { template: { plan, record }, context, known }: {
    template: Template;
    context: PlanContext;
    known: KnownTemplates | null;
  },
  { rows, elements }: Pick<CodecContext, "rows" | "elements">,
): number {
  const named = known === null ? null : nameFields(record.fields, known);
  let records = 0;
  for (let at = from; at + plan.minLength <= to;) {
    // Which rows belong to a record shows when records are written one by one.
    const read = named === null ? null : readElements(view, { from: at, to }, named, known!);
    const end = read?.end ?? to;
    const wanted = Math.ceil((end - at) / plan.minLength) * plan.rowsPerRecord;
    const batch = Math.min(wanted, rows.maxBatch);
    const first = rows.reserve(batch);
    const written = plan.write(view, rows.columns, context, at, end, first, rows.mask, batch);
    rows.commit(written);
    if (read !== null) elements?.(read.elements, { first, rows: written });
    records += context.records;
    if (context.next === at) break;
    at = context.next;
  }
  return records;
}
