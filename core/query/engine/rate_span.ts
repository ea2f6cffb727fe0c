import { collectedMs, isGapBlurred, uncollected } from "../held_gaps.ts";
import { type CollectionTimes, coverage } from "../trust.ts";
import type { ScanReport } from "../scan.ts";
import type { ReadQuery } from "./flow_query.ts";
import { LEAST_SECONDS } from "./fold_result.ts";

/** What the rates of an answer are over: what was collected of what was asked for. */
export interface RateSpan {
  /** Seconds of the window; NaN where nobody can say what passed in them. */
  readonly seconds: number;
  /** Seconds of a bucket from `fromMs` to `toMs`; NaN as above. */
  secondsWithin(fromMs: number, toMs: number): number;
  /** Whether anything was collected, and read, of the time from `fromMs` to `toMs`. */
  isCollected(fromMs: number, toMs: number): boolean;
  /** Why rates are not known, where it is not that nothing was collected. */
  readonly notes: string[];
}

/** Where nobody says when collectors ran, they always did. */
const ALWAYS: CollectionTimes = { collecting_since: -Infinity, collecting_until: null };

/**
 * What the rates of a query are over.
 *
 * By arrival every row that was collected lies in the time that was collected. By their own time
 * flows reach back to before collection began, of which nobody knows all; and where memory holds rows
 * of one collector for longer than of another, the sum is over neither time. Then only buckets have
 * rates that lie behind that. Nor have those rates that downtime takes a part of, by their own time;
 * over the whole window what reaches back makes up for what was cut off.
 *
 * @param read the query
 * @param scan what was read of its window
 * @param firstRowAt arrival of the first row that was read; Infinity for none
 */
export function rateSpan(
  { query: { window: { fromMs, toMs }, time, collection = ALWAYS }, metrics }: ReadQuery,
  scan: ScanReport,
  firstRowAt: number,
): RateSpan {
  const covered = coverage(scan, collection);
  if (covered === null) {
    return { seconds: NaN, secondsWithin: () => NaN, isCollected: () => false, notes: [] };
  }
  const { from, to } = covered;
  const uneven = scan.window_overwritten && firstRowAt < from;
  // Sums are by arrival: nothing that they tell reaches back to before their begin.
  const reachesBack = time === "flow" && (scan.tiers[0]?.tier ?? "flows") === "flows";
  const blurred = from > fromMs && (reachesBack || uneven);
  const gaps = uncollected(scan, collection);
  const rated = metrics.some(({ kind }) => kind === "rate");
  const since = new Date(from).toISOString();
  const collectedWithin = (begin: number, end: number) =>
    collectedMs(gaps, { from: Math.max(begin, from), to: Math.min(end, to) });
  const isCollected = (begin: number, end: number) =>
    collectedWithin(begin, end) > 0 || toMs <= fromMs;
  return {
    isCollected,
    seconds: blurred ? NaN : Math.max(LEAST_SECONDS, collectedMs(gaps, covered) / 1000),
    secondsWithin: (begin, end) => {
      if ((blurred && begin < from) || !isCollected(begin, end)) return NaN;
      const part = { fromMs: Math.max(begin, from), toMs: Math.min(end, toMs) };
      if (time === "flow" && isGapBlurred(gaps, part, scan)) return NaN;
      return Math.max(LEAST_SECONDS, collectedWithin(begin, end) / 1000);
    },
    notes: !blurred || !rated ? [] : [
      (uneven
        ? `Memory holds flows of all collectors only from ${since} on, of some for longer: `
        : `Not all that passed before ${since} was collected: `) +
      "what reaches back to before that has no rates; ask for the time from then on.",
    ],
  };
}
