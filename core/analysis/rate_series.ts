import { isGapBlurred, missingMs } from "../query/held_gaps.ts";
import { nearestRank } from "../query/nearest_rank.ts";
import type { TimeWindow } from "../query/scan.ts";
import { settledUntil } from "../query/settled_until.ts";
import { type Covered, figure, type Table } from "./inquiry.ts";
import { linearFit } from "./linear_fit.ts";

/** Lengths that people read easily, in seconds. */
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
/** Buckets that a window is cut into, at most. */
const BUCKETS = 60;
/** Of sums that are equal but for the order of their parts. */
const ROUNDING = 1e-9;
/** A bucket of which less is known says little about the rate; nor do buckets that hold less of all bytes. */
const LEAST_SHARE = 0.5;

/** What passed in one bucket of time. */
export interface RateBucket {
  /** Start, ISO 8601. */
  readonly time: string;
  /** null where nothing was collected. */
  readonly bytes: number | null;
  /** Over the part of the bucket that is known; null where none is, and where downtime blurs it. */
  readonly bits_per_second: number | null;
  /** Whether enough of it is known to count in `peak`, `p95` and slope. */
  readonly whole: boolean;
  /** Whether all that passed in it has been told of: what has not may grow. */
  readonly settled: boolean;
}

/** A rate over time. */
export interface RateSeries {
  readonly buckets: readonly RateBucket[];
  /** Bits a second over what was collected; null where less than half of all bytes passed in it. */
  readonly average: number | null;
  /** Bits a second over the whole buckets; null without an average, and where most passed in others. */
  readonly peak: number | null;
  readonly peak_at: string | null;
  readonly p95: number | null;
  /** Rise in bits a second for each second where it is significant, else null. */
  readonly slope: number | null;
  /** What the fitted line says of the end of the window; null without a slope. */
  readonly fitted_end: number | null;
  /** Length of the longest flow. */
  readonly longest_ms: number;
}

/**
 * Length of the buckets for a window.
 *
 * @returns seconds: the shortest easy length that gives at most sixty
 */
export function bucketSeconds({ fromMs, toMs }: TimeWindow): number {
  const least = (toMs - fromMs) / 1000 / BUCKETS;
  return LENGTHS.find((length) => length >= least) ?? 86_400 * Math.ceil(least / 86_400);
}

/** Metrics that a series is made of: what of it has settled is told by the longest flow. */
export const SERIES_METRICS = ["bytes", "max(duration_ms)"] as const;
/** Those that a series can do without: sums do not tell them, and what is summed has settled. */
export const SPARE_METRICS = ["max(duration_ms)"] as const;
/** A rise over the window below this share of the mean is rounding, or nothing to speak of. */
const LEAST_RISE = 0.01;

/**
 * Makes rates of the rows of a time series. Several rows of one time are added up.
 *
 * No line is fitted through the newest buckets, which the longest flow seen may yet add to
 * (`settledUntil`). Of the time before collection began only those flows are known that were told of later: what
 * passed in the bucket in which it began, nobody can say. The same goes for each time in which nothing
 * was collected.
 *
 * @param table `rows` with `time` and SERIES_METRICS, the length of their buckets, the part that was
 *   `covered`, and the `gaps` in which nothing was collected
 * @param options what time it is
 */
export function rateSeries(
  { rows, bucketSeconds, covered, ofFlows = {}, gaps = [], scan = { tiers: [] } }:
    & Pick<Table, "rows" | "bucketSeconds" | "covered">
    & Partial<Pick<Table, "ofFlows" | "gaps">>
    & { readonly scan?: Pick<Table["scan"], "tiers"> },
  { nowMs }: { nowMs: number },
): RateSeries {
  const longest = Math.max(
    0,
    // Sums do not tell it, and those that are still under way are no sums yet.
    figure(ofFlows, "max(duration_ms)"),
    ...rows.map((row) => figure(row, "max(duration_ms)")),
  );
  const bytes = new Map<number, number | null>();
  for (const row of rows) {
    const time = Date.parse(row.time as string);
    const before = bytes.get(time) ?? null;
    bytes.set(time, row.bytes === null ? before : (before ?? 0) + figure(row, "bytes"));
  }
  const sums = [...bytes].sort(([a], [b]) => a - b);
  const { from, to } = knownPart(sums.map(([time]) => time), covered);
  const until = settledUntil({ fromMs: from, toMs: to }, { longestMs: longest, nowMs });
  const secondsOf = (begin: number, end: number) => {
    const part = { fromMs: Math.max(begin, from), toMs: Math.min(end, to) };
    return Math.max(0, part.toMs - part.fromMs - missingMs(gaps, part)) / 1000;
  };
  // Also those of downtime: what reaches back into it makes up for what it cut off.
  let passed = 0;
  const rated = { bytes: 0, seconds: 0 };
  const buckets = sums.map(([time, sum]): RateBucket => {
    const end = time + bucketSeconds * 1000;
    const seconds = secondsOf(time, end);
    if (time < to && end > from) passed += sum ?? 0;
    const known = seconds > 0 &&
      !isGapBlurred(gaps, { fromMs: Math.max(time, from), toMs: end }, scan);
    if (known) {
      rated.bytes += sum ?? 0;
      rated.seconds += seconds;
    }
    return {
      time: new Date(time).toISOString(),
      bytes: sum,
      bits_per_second: known ? (sum ?? 0) * 8 / seconds : null,
      whole: known && seconds >= LEAST_SHARE * bucketSeconds,
      settled: Math.min(end, to) <= until,
    };
  });
  const whole = buckets.filter((bucket) => bucket.whole);
  const rates = whole.map(({ bits_per_second }) => bits_per_second!);
  const sorted = [...rates].sort((a, b) => a - b);
  const all = buckets.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const collected = secondsOf(from, to);
  const average = collected > 0 && passed >= LEAST_SHARE * all ? passed * 8 / collected : null;
  // Below the average of all that have a rate the most passed in buckets of which little is known.
  const most = sorted.at(-1) ?? null;
  const least = (1 - ROUNDING) * rated.bytes * 8 / rated.seconds;
  const enough = average !== null && rated.bytes >= LEAST_SHARE * passed;
  const peak = enough && most !== null && most >= least ? most : null;
  const settled = whole.filter((bucket) => bucket.settled);
  const middle = ({ time }: RateBucket) => (Date.parse(time) - from) / 1000 + bucketSeconds / 2;
  const fit = linearFit(settled.map(middle), settled.map((bucket) => bucket.bits_per_second!));
  const rise = fit === null ? 0 : Math.abs(fit.slope) * (to - from) / 1000;
  const rises = average !== null && fit !== null && fit.significant && rise >= LEAST_RISE * average;
  const slope = rises ? fit.slope : null;
  return {
    buckets,
    average,
    peak,
    peak_at: peak === null ? null : whole[rates.indexOf(peak)].time,
    p95: peak === null ? null : sorted[nearestRank(0.95, rates.length) - 1],
    slope,
    fitted_end: slope === null ? null : fit!.intercept + slope * (to - from) / 1000,
    longest_ms: longest,
  };
}

/** From the first bucket on that lies wholly behind the beginning of collection. */
function knownPart(
  starts: readonly number[],
  covered: Covered | null,
): { from: number; to: number } {
  if (covered === null) return { from: 0, to: 0 };
  const { from, to, beganLate } = covered;
  return { from: beganLate ? starts.find((start) => start >= from) ?? to : from, to };
}
