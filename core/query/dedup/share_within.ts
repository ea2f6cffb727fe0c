import { type DedupColumns, knows } from "./dedup_columns.ts";

/**
 * How much of a flow lies within a window by its own time, as the fold of a query cuts it.
 *
 * @param columns block and `slot` of the row
 * @param window Unix milliseconds
 * @returns 0 to 1
 */
export function shareWithin(
  columns: DedupColumns,
  slot: number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): number {
  const hasStart = knows(columns, slot, "start_at");
  const last = knows(columns, slot, "end_at")
    ? columns.end_at[slot]
    : hasStart
    ? columns.start_at[slot]
    : columns.received_at[slot];
  const begun = Math.min(last, hasStart ? columns.start_at[slot] : last);
  const span = last - begun;
  if (begun >= toMs || last < fromMs || (last === fromMs && span > 0)) return 0;
  return span > 0 ? (Math.min(last, toMs) - Math.max(begun, fromMs)) / span : 1;
}
