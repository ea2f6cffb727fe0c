import { EARLIEST_MS } from "../plan/write_times.ts";

/** No exporter of these formats has a clock that is right and shows a time before. */
const OLDEST_CLOCK_MS = Date.UTC(2000);
const NEAR_MS = 2000;

/**
 * The export time of a header, where the exporter has a clock. One that was never set counts from
 * 1970, and softflowd 0.9.9 writes its uptime where Unix time belongs.
 *
 * @param unixMs milliseconds since 1970
 * @param uptimeMs uptime in the same header, 32 bits of milliseconds; left out where there is none
 * @returns Unix milliseconds, 0 for not known
 */
export function exportTime(unixMs: number, uptimeMs?: number): number {
  if (unixMs < EARLIEST_MS) return 0;
  const isUptime = uptimeMs !== undefined && unixMs < OLDEST_CLOCK_MS &&
    Math.abs((unixMs - uptimeMs) | 0) <= NEAR_MS;
  return isUptime ? 0 : unixMs;
}
