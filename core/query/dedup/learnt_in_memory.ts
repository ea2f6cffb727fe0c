import type { ScanReport } from "../scan_report.ts";
import { type CountedOnce, type DedupMode, WORTH_SAYING } from "./count_once.ts";

/**
 * What counting once comes to where some of the rows came from disk, or sums stood for some: which points see the same
 * conversations is learnt from memory, and a report looks at memory alone.
 *
 * @param once as counted
 * @param options `mode` of the query, and the `scan` of its rows
 */
export function learntInMemory(
  once: CountedOnce,
  { mode, scan: { rows_scanned, rows_from_disk, tiers } }: { mode: DedupMode; scan: ScanReport },
): CountedOnce {
  const summed = tiers.some(({ tier, rows }) => tier !== "flows" && rows > 0);
  if (mode === "off" || rows_from_disk === 0 && !summed) return once;
  if (mode === "on") {
    const note = "Which points see the same conversations was learnt from the flows in memory " +
      "alone: others that saw the flows on disk count as they are.";
    return { ...once, notes: [...once.notes, note] };
  }
  if (rows_from_disk === rows_scanned) return { ...once, factor: null, notes: [], approximate: [] };
  if (once.factor === null || once.factor <= WORTH_SAYING) return once;
  const error = "of the flow records in memory alone";
  return { ...once, approximate: [...once.approximate, { figure: "dedup_factor", error }] };
}
