import type { FixtureRow } from "./flow_fixture.ts";

/** The 5-tuple of latency rows where a test names none. */
export const SLOW_FLOW = {
  src_addr: "10.0.0.1",
  dst_addr: "10.0.0.2",
  src_port: 40_000,
  dst_port: 443,
  protocol: 6,
} as const;

/**
 * Rows of one flow, one a latency.
 *
 * @param latencies in ms
 * @param row what else the rows have: arrival, other parts of the 5-tuple
 */
export function latencyRows(latencies: readonly number[], row: FixtureRow = {}): FixtureRow[] {
  return latencies.map((latency_ms) => ({ ...SLOW_FLOW, ...row, latency_ms }));
}
