import type { ScanReport } from "../scan_report.ts";
import { type CountedOnce, type DedupMode, severalTimes } from "./count_once.ts";

/**
 * What counting once comes to where some of the rows came from disk: which points see the same
 * conversations is learnt from memory, and a report looks at memory alone. What it found there says
 * nothing of the rows on disk, so that there is no factor of the answer then.
 *
 * @param once as counted
 * @param options `mode` of the query, and the `scan` of its rows
 */
export function learntInMemory(
  once: CountedOnce,
  { mode, scan: { rows_scanned, rows_from_disk } }: { mode: DedupMode; scan: ScanReport },
): CountedOnce {
  if (mode === "off" || rows_from_disk === 0) return once;
  if (mode === "on") {
    const note = "Which points see the same conversations was learnt from the flows in memory " +
      "alone: others that saw the flows on disk count as they are.";
    return { ...once, notes: [...once.notes, note] };
  }
  const { report } = once;
  if (rows_from_disk < rows_scanned && report === null) return { ...once, factor: null };
  const notes = rows_from_disk === rows_scanned || report === null
    ? [
      "Whether conversations on disk were seen at several points, and count several times, was not " +
      'looked at: to count each once, ask query_flows or analyze_traffic with dedup "on".',
    ]
    : [severalTimes({ ...report, among: `the newest ${report.rows} flow records in memory` })];
  const approximate = report === null || rows_from_disk === rows_scanned ? [] : [{
    figure: "dedup_factor",
    error:
      `not known: ${rows_from_disk} of the flow records are on disk, where it is not looked for`,
  }];
  return { ...once, factor: null, report: null, notes, approximate };
}
