import { countOf } from "../count_of.ts";
import { formatTime } from "../flow/record_reader.ts";
import { absence } from "../query/absence.ts";
import { collectedMs, uncollected } from "../query/held_gaps.ts";
import { isWithinGap } from "../query/scan_report.ts";
import type { ScanReport, TimeWindow } from "../query/scan.ts";
import { type CollectionTimes, coverage } from "../query/trust.ts";
import { heldText } from "./held_text.ts";
import { nothingBecause } from "./nothing_told.ts";

/**
 * What is said where a question has found nothing: that nothing matches only of what was collected, is
 * held and was read; else why nothing can be said. One sentence.
 *
 * @param window that was asked for
 * @param options what was read of it, when collectors of this process ran, and the filter; and `what`
 *   was looked for, default: any traffic
 */
export function nothingFound(
  window: TimeWindow,
  { scan, times, filter, what = "traffic" }: {
    scan: ScanReport;
    times: CollectionTimes;
    filter: string;
    what?: string;
  },
): string {
  const absent = absence(scan, times);
  const none = filter.trim() === "" ? `There is no ${what}` : "Nothing matches";
  if (absent !== null) {
    // One collector's may be held, and another's not; of a time that nobody collected all that was
    // read is of what lies around it.
    const some = scan.rows_scanned > 0 && absent.why !== "summed" &&
      !isWithinGap(scan, uncollected(scan, times));
    return some
      ? `${none} in what was read. ${nothingBecause(window, absent, "Not all")}.`
      : `${nothingBecause(window, absent)}.`;
  }
  const { rows_scanned, rows_missed, stopped_at, untold } = scan;
  if (stopped_at !== null) {
    return `${none} among the ${countOf(rows_scanned, "flow record")} that were read: the query ` +
      `reached its budget, and what arrived after ${formatTime(stopped_at)} was not looked at.`;
  }
  const seconds = collectedMs(uncollected(scan, times), coverage(scan, times)!) / 1000;
  return `${none} in ${heldText(window, { seconds, untold, scan })}${
    rows_missed > 0 ? `; ${countOf(rows_missed, "flow record")} could not be read` : ""
  }.`;
}
