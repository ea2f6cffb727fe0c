import type { SampleFlow } from "../../core/wire/encode/scenario.ts";

/** A flow that a scenario sent: what an answer is held against. */
export interface SentFlow extends SampleFlow {
  readonly exporter?: string;
  readonly in_if?: number;
  readonly out_if?: number;
  readonly out_if_name?: string;
  readonly tcp_flags?: number;
}

/** A flow that a collector has taken in. */
export interface ArrivedFlow extends SentFlow {
  /** When, Unix milliseconds. */
  readonly arrived_ms: number;
}

/** The values by a key and their sum, the largest first. */
export function sumBy<K>(
  flows: readonly SentFlow[],
  key: (flow: SentFlow) => K,
  value: (flow: SentFlow) => number = ({ bytes }) => bytes,
): [K, number][] {
  const sums = new Map<K, number>();
  for (const flow of flows) sums.set(key(flow), (sums.get(key(flow)) ?? 0) + value(flow));
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** Sum of a counter. */
export function total(
  flows: readonly SentFlow[],
  value: (flow: SentFlow) => number = ({ bytes }) => bytes,
): number {
  return flows.reduce((sum, flow) => sum + value(flow), 0);
}

/** Flows that a collector took in within `[fromMs, toMs)`. */
export function arrivedWithin(
  flows: readonly ArrivedFlow[],
  fromMs: number,
  toMs: number,
): ArrivedFlow[] {
  return flows.filter(({ arrived_ms }) => arrived_ms >= fromMs && arrived_ms < toMs);
}

/** Distinct values of a key. */
export function distinct<K>(flows: readonly SentFlow[], key: (flow: SentFlow) => K): number {
  return new Set(flows.map(key)).size;
}

/** Bytes that were under way within `[fromMs, toMs)`, of flows whose octets are spread evenly. */
export function bytesWithin(flows: readonly SentFlow[], fromMs: number, toMs: number): number {
  return total(flows, ({ bytes, start_ms, end_ms }) => {
    if (start_ms === end_ms) return start_ms >= fromMs && start_ms < toMs ? bytes : 0;
    const shared = Math.min(end_ms, toMs) - Math.max(start_ms, fromMs);
    return Math.max(0, shared) / (end_ms - start_ms) * bytes;
  });
}

/** A rate, of bytes in so many milliseconds. */
export function bitsPerSecond(bytes: number, ms: number): number {
  return bytes * 8 / (ms / 1000);
}
