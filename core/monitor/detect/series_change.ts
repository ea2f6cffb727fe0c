import type { SeriesOf } from "../picture/series.ts";
import { type Baseline, type Comparison, means } from "./baseline.ts";

/** A spike is this many times what is usual, and this much above all that there was. */
const SPIKE_RATIO = 2;
const ABOVE_ALL = 1.5;
/** Fewer octets more or less in all are a page or a file, however quiet it was. */
const LEAST_OCTETS = 10_000_000;
/** Bins over which traffic that comes in bursts is judged. */
const LONG_STEPS = 5;
/** A drop is to this part of what is usual, of traffic that never went below that by itself. */
const DROP_RATIO = 0.4;
const BELOW_ALL = 0.5;
/** Traffic is steady when three quarters of its steps reach this part of the median. */
const STEADY = 0.5;

/** A series that changed. */
export interface Change {
  readonly of: SeriesOf;
  readonly score: number;
  readonly value: number;
  readonly usual: Baseline;
  /** What was judged of it, and compared with. */
  readonly compared: Comparison;
  /** First and last bin of the change. */
  readonly first: number;
  readonly last: number;
}

/** A series, and what is usual of it. */
export interface Judged {
  readonly of: SeriesOf;
  readonly values: Float64Array;
  readonly usual: Baseline;
  /** The same of means over so many bins. */
  readonly usualOver: (steps: number) => Baseline;
  readonly compared: Comparison;
  /** Score from which on a value is no chance. */
  readonly wanted: number;
  /** Octets a bin below which nothing matters. */
  readonly floor: number;
  /** What others of its kind come to at most. */
  readonly others: number;
}

/** Whether a series rose; null where it did not. */
export function spike(
  { of, values, usual, compared, wanted, floor, others }: Judged,
): Change | null {
  const { middle, spread, lowQuarter } = usual;
  const most = compared.itself ? middle : usual.most;
  const over = Math.max(
    middle + wanted * spread,
    middle * SPIKE_RATIO,
    most * ABOVE_ALL,
    usual.mostDayBefore * ABOVE_ALL,
    // What comes and goes is no stranger than what others of its kind do that come and go.
    lowQuarter < middle * STEADY || middle < floor ? others * ABOVE_ALL : 0,
  );
  const found = extent(values.subarray(compared.judged, compared.judgedEnd), {
    isOut: (value) => value > over,
    isFurther: (a, b) => a > b,
  });
  if (found === null) return null;
  return changeOf({ of, values, usual, compared }, found, 1);
}

/** Whether a series fell; null where it did not. What comes in bursts is judged over longer steps. */
export function drop(judged: Judged): Change | null {
  return dropOver(judged, 1) ?? dropOver(judged, LONG_STEPS);
}

function dropOver({ of, values, usualOver, compared }: Judged, steps: number): Change | null {
  const usual = usualOver(steps);
  const { middle, spread, least, lowQuarter, leastDayBefore } = usual;
  const usualLeast = compared.itself ? middle : least;
  const under = Math.min(
    middle * DROP_RATIO,
    usualLeast * BELOW_ALL,
    leastDayBefore * BELOW_ALL,
    middle - spread * 3.5,
  );
  if (!(lowQuarter >= middle * STEADY && under > 0)) return null;
  const found = extent(means(values.subarray(compared.judged, compared.judgedEnd), steps), {
    isOut: (value) => value < under,
    isFurther: (a, b) => a < b,
  });
  return found === null ? null : changeOf({ of, values, usual, compared }, found, steps);
}

/** Where values are out of the ordinary: the first, the last, the one that is furthest. */
interface Extent {
  readonly first: number;
  readonly last: number;
  readonly value: number;
}

function extent(
  values: Float64Array,
  { isOut, isFurther }: {
    isOut: (value: number) => boolean;
    isFurther: (a: number, b: number) => boolean;
  },
): Extent | null {
  let first = -1;
  let last = -1;
  let peak = -1;
  for (let bin = 0; bin < values.length; bin++) {
    if (!isOut(values[bin])) continue;
    if (first < 0) first = bin;
    last = bin;
    if (peak < 0 || isFurther(values[bin], values[peak])) peak = bin;
  }
  return first < 0 ? null : { first, last, value: values[peak] };
}

function changeOf(
  { of, values, usual, compared }: Pick<Judged, "of" | "values" | "usual" | "compared">,
  found: Extent,
  steps: number,
): Change | null {
  const first = compared.judged + found.first;
  const last = compared.judged + found.last + steps - 1;
  let octets = 0;
  for (let bin = first; bin <= last; bin++) octets += values[bin] - usual.middle;
  if (Math.abs(octets) < LEAST_OCTETS) return null;
  const { value } = found;
  return { of, score: (value - usual.middle) / usual.spread, value, usual, compared, first, last };
}
