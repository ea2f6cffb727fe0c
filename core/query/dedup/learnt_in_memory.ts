import type { ScanReport } from "../scan_report.ts";
import { type CountedOnce, type DedupMode, severalTimes } from "./count_once.ts";

/**
 * What counting once comes to where some of the rows came from disk, or sums stood for some: which
 * points see the same conversations is learnt from memory, and a report looks at memory alone. What
 * it found there says nothing of the others, so that there is no factor of the answer then.
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
  const { report } = once;
  const found = { ...once, factor: null, report: null, approximate: [] };
  if (rows_from_disk === rows_scanned) {
    return { ...found, notes: [...unknown({ rows_from_disk, summed })] };
  }
  if (report === null) return { ...once, factor: null };
  const elsewhere = [
    ...(rows_from_disk > 0 ? [`${rows_from_disk} of the flow records are on disk`] : []),
    ...(summed ? ["sums stand for the flow records of a part of the window"] : []),
  ];
  return {
    ...found,
    notes: [severalTimes({ ...report, among: `the newest ${report.rows} flow records in memory` })],
    approximate: [{
      figure: "dedup_factor",
      error: `not known: ${elsewhere.join(", ")}, where it is not looked for`,
    }],
  };
}

/** What is said where nothing of the answer is in memory. */
function* unknown(
  { rows_from_disk, summed }: { rows_from_disk: number; summed: boolean },
): Generator<string> {
  if (rows_from_disk > 0) {
    yield "Whether conversations on disk were seen at several points, and count several times, was not " +
      'looked at: to count each once, ask query_flows or analyze_traffic with dedup "on".';
  }
  if (summed) {
    yield "Whether conversations of which only sums are kept were seen at several points, and count " +
      "several times, is not known.";
  }
}
