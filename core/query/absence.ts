import type { ScanReport } from "./scan.ts";
import { uncollected } from "./held_gaps.ts";
import { isAllUntold, isWithinGap } from "./scan_report.ts";
import type { Untold } from "./sums/untold.ts";
import { collectedUntil, type CollectionTimes, coverage, heldSince } from "./trust.ts";

/** Why an answer covers nothing of what it was asked about. Times are Unix milliseconds. */
export type Absence =
  /** Sums of it are kept, and do not tell what was asked. */
  | { readonly why: "summed"; readonly untold: Untold }
  /** Nobody ever collected, as far as is known. */
  | { readonly why: "never" }
  /** Collection, as far as is known, began when it was over, or had ended before. */
  | { readonly why: "before" | "after"; readonly atMs: number }
  /** Nothing is held of the time between two in which it was collected. */
  | { readonly why: "between" }
  /** What earlier processes wrote ends before it, and none collects now. */
  | { readonly why: "ended"; readonly atMs: number }
  /** Another process collects it, and has sealed nothing of it yet. */
  | { readonly why: "unsealed"; readonly atMs: number }
  /** No collector of this process listened then. */
  | { readonly why: "unheard" }
  /** What is held begins behind it: older flows have gone, or were never written. */
  | { readonly why: "gone" | "unwritten"; readonly atMs: number }
  /** The budget was used up before any of it was read. */
  | { readonly why: "unread" };

/**
 * Tells a window in which nothing happened from one of which nothing is known.
 *
 * @param scan what was read of it
 * @param times when collectors of this process ran
 * @returns null where some of it is covered: what an answer lacks then was looked for
 */
export function absence(scan: ScanReport, times: CollectionTimes): Absence | null {
  if (isWithinGap(scan, scan.not_collected)) return { why: "between" };
  if (isWithinGap(scan, uncollected(scan, times))) return { why: "unheard" };
  if (isAllUntold(scan)) return { why: "summed", untold: scan.untold! };
  if (coverage(scan, times) !== null) return null;
  const { asked_from, asked_to, held_since, oldest_row_at, stopped_at, window_overwritten } = scan;
  const since = heldSince(scan, times);
  if (since === null) return { why: "never" };
  if (window_overwritten && oldest_row_at !== null && oldest_row_at >= asked_to) {
    return { why: scan.rows_unplaced > 0 ? "unwritten" : "gone", atMs: oldest_row_at };
  }
  if (since >= asked_to) return { why: held_since === since ? "gone" : "before", atMs: since };
  const until = collectedUntil(scan, times);
  if (until !== null && until <= asked_from) {
    if (times.collecting_since !== null) return { why: "after", atMs: until };
    return { why: scan.elsewhere_until === null ? "ended" : "unsealed", atMs: until };
  }
  return stopped_at !== null && stopped_at < asked_to ? { why: "unread" } : { why: "between" };
}
