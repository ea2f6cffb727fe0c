import type { TimeWindow } from "./scan_report.ts";

/**
 * The first millisecond behind a window: one that ends now has the millisecond that is under way,
 * whoever keeps its rows. Only rings that are still filled have more than that, where the clock was
 * set back.
 */
export function windowEnd({ toMs, untilNow }: TimeWindow): number {
  return untilNow ? toMs + 1 : toMs;
}
