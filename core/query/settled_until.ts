import type { TimeWindow } from "./scan.ts";

/** The most of a window that is held to be unsettled: one broken duration must not hide it all. */
const MAX_UNSETTLED = 0.25;
/** Part of a bucket that has to be unsettled before it is worth a word. */
const WORTH_SAYING = 0.5;

/** What tells how much of a window may yet grow. */
export interface Unsettled {
  /** Length of the longest flow seen. */
  readonly longestMs: number;
  readonly nowMs: number;
}

/**
 * Until when all that passed has been told of, Unix milliseconds. Flows are told of when they end, or
 * have lasted for the exporter's active timeout: what the newest buckets of a series hold by the
 * flows' own time still grows for as long as the longest flow lasts.
 */
export function settledUntil(
  { fromMs, toMs }: Pick<TimeWindow, "fromMs" | "toMs">,
  { longestMs, nowMs }: Unsettled,
): number {
  const known = Math.min(toMs, nowMs - longestMs);
  return Math.max(known, toMs - MAX_UNSETTLED * (toMs - fromMs));
}

/** Says so where the newest buckets of a series still grow by what counts; else null. */
export function unsettledNote(
  window: Pick<TimeWindow, "fromMs" | "toMs">,
  { bucketMs, ...flows }: Unsettled & { readonly bucketMs: number },
): string | null {
  const until = settledUntil(window, flows);
  if (window.toMs - until < WORTH_SAYING * bucketMs) return null;
  return `Flows are exported up to ${
    Math.round(flows.longestMs / 1000)
  } s after they began: what ` +
    `passed after ${new Date(until).toISOString()} is not all told of yet, and falls short here.`;
}
