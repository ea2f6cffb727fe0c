import type { TrafficPicture } from "../picture/traffic_picture.ts";
import type { SeriesOf, TrafficSeries } from "../picture/series.ts";
import { DEVIATION_SCALE, median, medianDeviation } from "./robust.ts";

/** Bins of the time before that are wanted; with fewer the window is compared with itself. */
const LEAST_BINS = 8;
/** Regular traffic varies by this part all the same. */
const LEAST_SPREAD = 0.1;

/** Which bins of every series are judged, and which they are compared with. */
export interface Comparison {
  /** Bins that are judged: whole, and old enough to be complete. `judgedEnd` is behind the last. */
  readonly judged: number;
  readonly judgedEnd: number;
  /** Bins compared with. */
  readonly base: number;
  readonly baseEnd: number;
  /** Bins of the day before, none where `dayEnd` is `day`. */
  readonly day: number;
  readonly dayEnd: number;
  /** Behind the last of them that is old enough to be complete. */
  readonly daySettled: number;
  /** Whether the window is compared with itself. */
  readonly itself: boolean;
}

/**
 * Chooses what to compare.
 *
 * @param picture with its series
 * @param settleMs how long after it began traffic is wholly known
 * @returns null when no bin of the window is complete yet
 */
export function comparison(
  { bins, coveredFrom }: TrafficPicture,
  settleMs: number,
): Comparison | null {
  const { binMs, window, reference, dayBefore } = bins;
  const settledMs = window.toMs - settleMs;
  const judgedEnd = Math.min(
    window.end,
    window.first + Math.floor((settledMs - window.fromMs) / binMs),
  );
  // The first bin that was covered was so in part.
  const firstWhole = (stretch: { fromMs: number; first: number }, at = Infinity) =>
    stretch.first +
    (at <= stretch.fromMs + binMs ? 0 : Math.ceil((at - stretch.fromMs) / binMs) + 1);
  const base = Math.min(reference.end, firstWhole(reference, coveredFrom.get(reference)));
  const judged = base < reference.end
    ? window.first
    : Math.min(window.end, firstWhole(window, coveredFrom.get(window)));
  if (judgedEnd <= judged) return null;
  const itself = reference.end - base < LEAST_BINS;
  const day = dayBefore === null
    ? 0
    : Math.min(dayBefore.end, firstWhole(dayBefore, coveredFrom.get(dayBefore)));
  return {
    judged,
    judgedEnd,
    base: itself ? judged : base,
    baseEnd: itself ? judgedEnd : reference.end,
    day,
    dayEnd: dayBefore?.end ?? 0,
    daySettled: Math.max(day, (dayBefore?.end ?? 0) - Math.ceil(settleMs / binMs)),
    itself,
  };
}

/** What is usual of a series. */
export interface Baseline {
  readonly middle: number;
  /** Robust standard deviation, octets a bin. */
  readonly spread: number;
  readonly least: number;
  readonly most: number;
  /** A quarter of the bins lie below it. */
  readonly lowQuarter: number;
  /** Most of a bin of the same time a day before; 0 where that is not known. */
  readonly mostDayBefore: number;
  readonly leastDayBefore: number;
}

/**
 * What is usual of a series: median and median absolute deviation.
 *
 * @param series of the picture, and `id` of one
 * @param options what is compared, the least deviation that matters (`floor`, octets a bin), and over
 *   how many bins (`steps`) means are taken first
 */
export function baseline(
  series: TrafficSeries,
  id: number,
  { compared, floor, steps = 1 }: { compared: Comparison; floor: number; steps?: number },
): Baseline {
  const values = series.series(id);
  const base = means(values.subarray(compared.base, compared.baseEnd), steps);
  const day = means(values.subarray(compared.day, compared.dayEnd), steps);
  const middle = median(base);
  return {
    middle,
    spread: Math.max(
      DEVIATION_SCALE * medianDeviation(base, middle),
      LEAST_SPREAD * middle,
      floor,
    ),
    least: base.reduce((a, b) => Math.min(a, b), Infinity),
    most: base.reduce((a, b) => Math.max(a, b), 0),
    lowQuarter: base.slice().sort()[Math.floor(base.length / 4)],
    mostDayBefore: day.reduce((a, b) => Math.max(a, b), 0),
    leastDayBefore: values.subarray(compared.day, compared.daySettled)
      .reduce((a, b) => Math.min(a, b), Infinity),
  };
}

/**
 * Means over so many bins, one beginning with each: what comes in bursts varies less over longer time.
 * Fewer than there are values, none where there are too few.
 */
export function means(values: Float64Array, steps: number): Float64Array {
  if (steps === 1) return values;
  const found = new Float64Array(Math.max(0, values.length - steps + 1));
  for (let from = 0; from < found.length; from++) {
    let sum = 0;
    for (let bin = from; bin < from + steps; bin++) sum += values[bin];
    found[from] = sum / steps;
  }
  return found;
}

/** Bins of all series of a kind above which lies what is out of the ordinary for any of them. */
const POPULATION_QUANTILE = 0.999;

/**
 * What series of a kind come to at most, ordinarily: a host that was idle and does what others do is
 * nothing special.
 *
 * @param series of the picture
 * @param options what is compared, which `kind`, and below which octets a bin says nothing (`floor`)
 */
export function populationMost(
  series: TrafficSeries,
  { compared, kind, floor }: { compared: Comparison; kind: SeriesOf["kind"]; floor: number },
): number {
  const found: number[] = [];
  series.of.forEach((of, id) => {
    if (of.kind !== kind) return;
    const values = series.series(id);
    for (let bin = compared.base; bin < compared.baseEnd; bin++) {
      if (values[bin] >= floor) found.push(values[bin]);
    }
  });
  const sorted = Float64Array.from(found).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor((sorted.length - 1) * POPULATION_QUANTILE)];
}
