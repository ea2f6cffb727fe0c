import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LatencyStatistics } from "./latency_summary.ts";
import { LatencyWindow } from "./latency_window.ts";
import { nearestRank } from "../query/nearest_rank.ts";
import { latencyDistributions } from "../../tests/support/latency/latency_distributions.ts";
import { NaiveLatencyWindow } from "../../tests/support/latency/naive_latency_window.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";

const start = 1_700_000_000_123;
const rounding = 1e-9;

function ascending(values: number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * A sketched answer speaks of some set of samples: all inside the window, and perhaps some that are
 * older by less than the edge error. Checks each figure against the least and the most that any
 * such set could give, widened by the relative error.
 */
function checkSketched(
  found: LatencyStatistics,
  { inside, reachable, relativeError }: {
    inside: Float64Array;
    reachable: Float64Array;
    relativeError: number;
  },
): void {
  const n = found.samples;
  ok(n >= inside.length && n <= reachable.length, `${inside.length} ${n} ${reachable.length}`);
  const check = (figure: number, rank: number, name: string) => {
    const above = n - rank;
    const least = Math.max(
      reachable[rank - 1],
      above < inside.length ? inside[inside.length - 1 - above] : 0,
    );
    const most = Math.min(
      reachable[reachable.length - 1 - above],
      rank <= inside.length ? inside[rank - 1] : Infinity,
    );
    // Below 1 µs the bound is absolute.
    ok(figure >= least * (1 - relativeError - rounding) - 0.001, `${name} ${figure} < ${least}`);
    ok(figure <= most * (1 + relativeError + rounding) + 0.001, `${name} ${figure} > ${most}`);
  };
  check(found.minMs, 1, "min");
  check(found.p50Ms, nearestRank(0.5, n), "p50");
  check(found.p95Ms, nearestRank(0.95, n), "p95");
  check(found.p99Ms, nearestRank(0.99, n), "p99");
  check(found.maxMs, n, "max");
  ok(found.minMs <= found.avgMs * (1 + rounding) && found.avgMs <= found.maxMs * (1 + rounding));
}

/** Runs both windows on the same random operations and compares all groups now and then. */
function compareWithModel(seed: number): { exact: number; sketched: number } {
  const random = seededRandom(seed);
  const draws = Object.values(latencyDistributions);
  const draw = draws[seed % draws.length];
  const exactSamples = [1, 5, 16, 64][seed % 4];
  const relativeError = [0.01, 0.05][seed % 2];
  let windowMs = 2_000;
  const window = new LatencyWindow({ windowMs, exactSamples, relativeError, maxGroups: 64 });
  const model = new NaiveLatencyWindow(windowMs);
  // Never forgets: what panes may have kept beyond the window's edge.
  const history = new NaiveLatencyWindow(Infinity);
  const sketched = new Set<number>();
  const compared = { exact: 0, sketched: 0 };
  let nowMs = start;
  let late = 0;

  for (let step = 0; step < 6_000; step++) {
    nowMs += random() < 0.01 ? 1_500 * random() : 8 * random();
    // Low ids are busy; every fifth sample comes out of order, some of them too late.
    const group = Math.floor(24 * random() ** 3);
    const disorder = random() < 0.2 ? (random() < 0.1 ? 2_500 : 80) * random() : 0;
    const latencyMs = draw(random);
    const taken = model.add(group, latencyMs, nowMs - disorder);
    strictEqual(window.add(group, latencyMs, nowMs - disorder), taken);
    if (!taken) late++;
    const count = model.latencies(group).length;
    if (taken) history.add(group, latencyMs, nowMs - disorder);
    if (taken && count === 1) sketched.delete(group);
    if (taken && count > exactSamples) sketched.add(group);

    if (random() < 0.05) {
      nowMs += random() < 0.1 ? 2_500 * random() : 0;
      window.advance(nowMs, (released) => sketched.delete(released));
      model.advance(nowMs);
    }
    if (random() < 0.002) {
      windowMs = [500, 2_000, 4_000][Math.floor(3 * random())];
      window.setWindow(windowMs);
      model.setWindow(windowMs);
    }
    if (step % 40 !== 0) continue;

    const active: number[] = [];
    window.forEachActive((id) => active.push(id));
    deepStrictEqual(active, model.groups());
    for (const id of active) {
      const found = window.statistics(id)!;
      strictEqual(found.exact, !sketched.has(id), `step ${step} group ${id}`);
      if (found.exact) {
        deepStrictEqual(found, model.statistics(id));
        compared.exact++;
      } else {
        checkSketched(found, {
          inside: ascending(model.latencies(id)),
          reachable: ascending(history.latencies(id, model.edgeMs - window.edgeErrorMs)),
          relativeError,
        });
        compared.sketched++;
      }
    }
  }
  strictEqual(window.refused.late, late);
  return compared;
}

Deno.test("LatencyWindow agrees with the naive window on random operations", () => {
  const compared = { exact: 0, sketched: 0 };
  for (let seed = 0; seed < 36; seed++) {
    const { exact, sketched } = compareWithModel(seed);
    compared.exact += exact;
    compared.sketched += sketched;
  }
  ok(compared.exact > 10_000 && compared.sketched > 10_000, JSON.stringify(compared));
});

for (const [name, draw] of Object.entries(latencyDistributions)) {
  Deno.test(`LatencyWindow keeps its error bounds while the window slides: ${name}`, () => {
    const random = seededRandom(11);
    const window = new LatencyWindow({ windowMs: 1_000, paneCount: 20 });
    // As long again as the window, so that it still has what the panes may have kept.
    const model = new NaiveLatencyWindow(2_000);
    let nowMs = start;
    for (let step = 0; step < 30_000; step++) {
      nowMs += 0.2 * random();
      const atMs = nowMs - (random() < 0.3 ? 120 * random() : 0);
      const latencyMs = draw(random);
      window.add(0, latencyMs, atMs);
      model.add(0, latencyMs, atMs);
      if (step % 500 !== 499) continue;
      window.advance(nowMs);
      model.advance(nowMs);
      checkSketched(window.statistics(0)!, {
        inside: ascending(model.latencies(0, nowMs - 1_000)),
        reachable: ascending(model.latencies(0, nowMs - 1_000 - window.edgeErrorMs)),
        relativeError: 0.01,
      });
    }
  });
}

Deno.test("LatencyWindow takes a million samples of one group in bounded memory", () => {
  const random = seededRandom(3);
  const window = new LatencyWindow();
  const values = new Float64Array(1_000_000);
  const draw = latencyDistributions.lognormal;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = draw(random);
    sum += values[i];
    window.add(0, values[i], start + 0.05 * i);
  }
  values.sort();
  const found = window.statistics(0)!;
  strictEqual(found.samples, 1_000_000);
  ok(Math.abs(found.avgMs - sum / 1e6) < 1e-9 * found.avgMs);
  checkSketched(found, { inside: values, reachable: values, relativeError: 0.01 });
  ok(window.sampleBytes < 2 ** 20, `${window.sampleBytes} bytes; the samples alone are 16 MB`);
  strictEqual(window.advance(start + 50_000 + 60_000), 1);
  strictEqual(window.sampleBytes, 0);
});
