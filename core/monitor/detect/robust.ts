/** Middle value; NaN of none. Sorts a copy. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  if (length === 0) return NaN;
  return length % 2 === 1
    ? sorted[(length - 1) / 2]
    : (sorted[length / 2 - 1] + sorted[length / 2]) / 2;
}

/** Median absolute deviation from the median. */
export function medianDeviation(
  values: ArrayLike<number>,
  middle: number = median(values),
): number {
  return median(Float64Array.from(values, (value) => Math.abs(value - middle)));
}

/** Makes a median absolute deviation comparable with a standard deviation. */
export const DEVIATION_SCALE = 1.4826;

/**
 * How large the largest of so many values may be by chance, in standard deviations beyond the
 * modified z-score of 3.5 that Iglewicz and Hoaglin (1993) call an outlier: the more is looked at, the
 * further chance reaches.
 *
 * @param tests values looked at
 */
export function outlierScore(tests: number): number {
  return 3.5 + Math.sqrt(2 * Math.log(Math.max(1, tests)));
}

/**
 * Probability of at least `hits` of `trials` where each has probability `p`, as its natural
 * logarithm.
 */
export function logBinomialTail(hits: number, trials: number, p: number): number {
  if (hits <= 0) return 0;
  let term = logChoose(trials, hits) + hits * Math.log(p) + (trials - hits) * Math.log(1 - p);
  const first = term;
  let sum = 0;
  for (let k = hits; k <= trials; k++) {
    sum += Math.exp(term - first);
    term += Math.log((trials - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return Math.min(0, first + Math.log(sum));
}

function logChoose(n: number, k: number): number {
  let log = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) log += Math.log((n - i + 1) / i);
  return log;
}
