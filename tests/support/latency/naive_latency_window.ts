import type { LatencyStatistics } from "../../../core/monitor/latency_summary.ts";

interface Sample {
  group: number;
  latencyMs: number;
  atMs: number;
}

/**
 * The latency window as one would first write it: every sample kept in an array a group, everything
 * computed anew at each question. The yardstick for the real one's answers and for its speed.
 */
export class NaiveLatencyWindow {
  readonly #groups = new Map<number, Sample[]>();
  #windowMs: number;
  #nowMs = -Infinity;
  #floorMs = -Infinity;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get edgeMs(): number {
    return Math.max(this.#floorMs, this.#nowMs - this.#windowMs);
  }

  add(group: number, latencyMs: number, atMs: number): boolean {
    if (atMs > this.#nowMs) this.#nowMs = atMs;
    if (atMs < this.edgeMs) return false;
    const samples = this.#groups.get(group);
    if (samples) samples.push({ group, latencyMs, atMs });
    else this.#groups.set(group, [{ group, latencyMs, atMs }]);
    return true;
  }

  advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
    for (const [group, samples] of this.#groups) {
      const kept = samples.filter(({ atMs }) => atMs >= this.edgeMs);
      if (kept.length > 0) this.#groups.set(group, kept);
      else this.#groups.delete(group);
    }
  }

  setWindow(windowMs: number): void {
    this.#floorMs = this.edgeMs;
    this.#windowMs = windowMs;
    this.#floorMs = this.edgeMs;
    // What has left does not come back: forget it now.
    this.advance(this.#nowMs);
  }

  /** Latencies of a group from `fromMs` on, in order of arrival. */
  latencies(group: number, fromMs = this.edgeMs): number[] {
    return (this.#groups.get(group) ?? [])
      .filter(({ atMs }) => atMs >= fromMs)
      .map(({ latencyMs }) => latencyMs);
  }

  groups(): number[] {
    return [...this.#groups.keys()].filter((group) => this.latencies(group).length > 0)
      .sort((a, b) => a - b);
  }

  statistics(group: number): LatencyStatistics | null {
    const values = this.latencies(group);
    if (values.length === 0) return null;
    const sum = values.reduce((total, value) => total + value, 0);
    values.sort((a, b) => a - b);
    const percentile = (percent: number) =>
      values[Math.floor((percent * values.length + 99) / 100) - 1];
    return {
      samples: values.length,
      minMs: values[0],
      avgMs: sum / values.length,
      p50Ms: percentile(50),
      p95Ms: percentile(95),
      p99Ms: percentile(99),
      maxMs: values[values.length - 1],
      exact: true,
    };
  }
}
