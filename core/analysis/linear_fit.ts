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
 * Fits a line by least squares and tests its slope (Student's t). Neighbouring points of a time
 * series resemble each other, so that there is less evidence than points: their number is reduced
 * by the lag-1 autocorrelation of the residuals (Santer et al. 2000, doi:10.1029/1999JD901105).
 *
 * @param xs in rising order, equally far apart
 * @param ys as many
 * @returns null below five points, or where all xs are one
 */
export function linearFit(xs: readonly number[], ys: readonly number[]): LinearFit | null {
  const n = xs.length;
  if (n < MIN_POINTS) return null;
  const meanX = mean(xs);
  const meanY = mean(ys);
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return null;
  const slope = xs.reduce((sum, x, i) => sum + (x - meanX) * (ys[i] - meanY), 0) / spread;
  const intercept = meanY - slope * meanX;
  const residuals = ys.map((y, i) => y - intercept - slope * xs[i]);
  const squares = residuals.reduce((sum, r) => sum + r * r, 0);
  const lagged = residuals.slice(1).reduce((sum, r, i) => sum + r * residuals[i], 0);
  // Rounding leaves residuals of a perfect line: these say nothing.
  const perfect = squares <= 1e-18 * ys.reduce((sum, y) => sum + y * y, 0);
  const alike = perfect ? 0 : Math.max(0, lagged / squares);
  const degrees = n * (1 - alike) / (1 + alike) - 2;
  const error = Math.sqrt(squares / Math.max(degrees, 1e-9) / spread);
  const significant = slope !== 0 && (perfect || (degrees >= 1 &&
    Math.abs(slope) > studentT(degrees) * error));
  return { slope, intercept, significant };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Two-sided 5 % of Student's t, by its expansion in the degrees of freedom (A&S 26.7.5). */
function studentT(degrees: number): number {
  // Below three degrees the expansion falls short; the table says 12.7 and 4.3.
  if (degrees < 3) return degrees < 2 ? 12.71 : 4.31;
  const z = Z;
  return z + (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3);
}
