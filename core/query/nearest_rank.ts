/**
 * The rank (1 … `count`) of quantile `q` by the nearest-rank rule: ceil(q · count).
 *
 * Percentiles by this rule are values that were really measured: of 10, 20, 30, 200, 220 ms the
 * p50 is 30 (rank 3) and the p95 is 220 (rank 5); nothing is interpolated.
 *
 * @param q quantile, 0 … 1; 0 gives rank 1
 * @param count number of values, 1 … 2^50
 * @returns the rank, counted from 1
 *
 * @example
 * ```ts
 * nearestRank(0.95, 20); // 19
 * ```
 */
export function nearestRank(q: number, count: number): number {
  // 0.07 · 100 is 7.000000000000001 in floating point; without the correction its rank would be 8.
  const rank = Math.ceil(q * count * (1 - 2 * Number.EPSILON));
  return rank < 1 ? 1 : rank > count ? count : rank;
}
