import type { Downtime } from "./collection_health.ts";

/** A time, Unix milliseconds: `fromMs` inclusive and `toMs` exclusive. */
export interface UpTime {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When a collector listened, oldest first.
 *
 * @param sinceMs when it was started first, Unix milliseconds
 * @param downs when it did not listen since, in any order
 */
export function upTimes(
  sinceMs: number,
  downs: readonly Pick<Downtime, "from" | "to">[],
): UpTime[] {
  const times: UpTime[] = [];
  let fromMs = sinceMs;
  for (const { from, to } of downs.toSorted((a, b) => a.from - b.from)) {
    if (from > fromMs) times.push({ fromMs, toMs: from });
    fromMs = Math.max(fromMs, to ?? Infinity);
  }
  return fromMs === Infinity ? times : [...times, { fromMs, toMs: Infinity }];
}

/**
 * When nobody listened between two times in which somebody did, oldest first.
 *
 * @param times of all collectors, in any order
 */
export function timesBetween(times: readonly UpTime[]): UpTime[] {
  const between: UpTime[] = [];
  const ordered = times.toSorted((a, b) => a.fromMs - b.fromMs);
  let end = ordered[0]?.fromMs;
  for (const { fromMs, toMs } of ordered) {
    if (fromMs > end) between.push({ fromMs: end, toMs: fromMs });
    end = Math.max(end, toMs);
  }
  return between;
}
