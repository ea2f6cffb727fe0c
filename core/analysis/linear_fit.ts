/** A straight line through points. */
export interface LinearFit {
  /** Rise for each unit of x. */
  readonly slope: number;
  readonly intercept: number;
  /** Whether the slope differs from none at the 5 % level. */
  readonly significant: boolean;
}

/** Points below which nothing is said. */
const MIN_POINTS = 5;
/** Two-sided 5 % of the normal distribution. */
const Z = 1.959964;

/**
 * Fits a line whose slope is the median of those between any two points (Sen 1968,
 * doi:10.1080/01621459.1968.10480934), and tests whether there is a trend at all (Mann 1945,
 * doi:10.2307/1907187; Kendall): one spike, however high, makes no trend of steady traffic, as it
 * does by least squares. Neighbouring points of a time series resemble each other, so that there is
 * less evidence than points: the variance is raised by the lag-1 autocorrelation of the residuals'
 * ranks (Yue and Wang 2004, doi:10.1023/B:WARM.0000043140.61082.60).
 *
 * @param xs in rising order, equally far apart; a few hundred at most
 * @param ys as many
 * @returns null below five points, or where all xs are one
 */
export function linearFit(xs: readonly number[], ys: readonly number[]): LinearFit | null {
  const n = xs.length;
  if (n < MIN_POINTS || xs[0] === xs[n - 1]) return null;
  const slopes: number[] = [];
  let rises = 0;
  for (let j = 1; j < n; j++) {
    for (let i = 0; i < j; i++) {
      slopes.push((ys[j] - ys[i]) / (xs[j] - xs[i]));
      rises += Math.sign(ys[j] - ys[i]);
    }
  }
  const slope = median(slopes);
  const intercept = median(ys.map((y, i) => y - slope * xs[i]));
  const residuals = ys.map((y, i) => y - intercept - slope * xs[i]);
  // Rounding leaves residuals of a perfect line: these say nothing.
  const rounding = 1e-9 * Math.max(...ys.map(Math.abs));
  const perfect = residuals.every((residual) => Math.abs(residual) <= rounding);
  const alike = perfect ? 0 : Math.max(0, neighbourLikeness(ranks(residuals)));
  const variance = chanceVariance(ys) * (1 + alike) / (1 - alike);
  // One step of the count lies between what chance gives and what was found (continuity).
  const significant = slope !== 0 && Math.abs(rises) - 1 > Z * Math.sqrt(variance);
  return { slope, intercept, significant };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Variance of rises less falls over all pairs where there is no trend; equal values are neither. */
function chanceVariance(ys: readonly number[]): number {
  const pairs = (n: number) => n * (n - 1) * (2 * n + 5) / 18;
  const equal = Map.groupBy(ys, (y) => y);
  return [...equal.values()].reduce((left, { length }) => left - pairs(length), pairs(ys.length));
}

/** Places in the order of size from 0; equal values in the order they come. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const places = new Array<number>(values.length);
  order.forEach((i, place) => places[i] = place);
  return places;
}

/** Lag-1 autocorrelation. */
function neighbourLikeness(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const off = values.map((value) => value - mean);
  const squares = off.reduce((sum, value) => sum + value * value, 0);
  return off.slice(1).reduce((sum, value, i) => sum + value * off[i], 0) / squares;
}
