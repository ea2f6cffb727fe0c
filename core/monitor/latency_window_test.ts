import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { pageBytes } from "./cell_pool.ts";
import { LatencyWindow } from "./latency_window.ts";
import { seededRandom } from "../wire/encode/seeded_random.ts";

const start = 1_700_000_000_000;

function active(window: LatencyWindow): number[] {
  const groups: number[] = [];
  window.forEachActive((group) => groups.push(group));
  return groups;
}

Deno.test("LatencyWindow answers a small group exactly, by nearest rank", () => {
  const window = new LatencyWindow();
  for (const ms of [220, 10, 200, 30, 20]) ok(window.add(7, ms, start));
  deepStrictEqual(window.statistics(7), {
    samples: 5,
    minMs: 10,
    avgMs: 96,
    p50Ms: 30,
    p95Ms: 220,
    p99Ms: 220,
    maxMs: 220,
    exact: true,
  });
  strictEqual(window.statistics(8), null);
  strictEqual(window.statistics(1e9), null);
});

Deno.test("LatencyWindow keeps a sample of exactly the window's age, and no older one", () => {
  const window = new LatencyWindow({ windowMs: 1_000 });
  window.add(0, 5, start);
  strictEqual(window.advance(start + 1_000), 0);
  strictEqual(window.statistics(0)?.samples, 1);
  const released: number[] = [];
  strictEqual(window.advance(start + 1_000.001, (group) => released.push(group)), 1);
  deepStrictEqual(released, [0]);
  strictEqual(window.statistics(0), null);
  strictEqual(window.holds(0), false);
  strictEqual(window.advance(start + 2_000), 0);
});

Deno.test("LatencyWindow.add() moves the window; advance() to an earlier time does not", () => {
  const window = new LatencyWindow({ windowMs: 1_000 });
  window.add(0, 5, start);
  window.add(1, 6, start + 1_500);
  window.advance(start);
  window.advance(NaN);
  deepStrictEqual(active(window), [1]);
  strictEqual(window.statistics(0), null);
});

Deno.test("LatencyWindow sketches a group beyond exactSamples until it has been empty", () => {
  const window = new LatencyWindow({ windowMs: 1_000, exactSamples: 4 });
  for (let i = 0; i < 4; i++) window.add(0, i, start + i);
  strictEqual(window.statistics(0)?.exact, true);
  window.add(0, 4, start + 1_000);
  strictEqual(window.statistics(0)?.exact, false);
  window.advance(start + 2_000);
  strictEqual(window.statistics(0)?.samples, 1);
  strictEqual(window.statistics(0)?.exact, false);
  window.add(0, 9, start + 2_000);
  strictEqual(window.statistics(0)?.exact, false);
  // All have expired, but nobody has advanced in between: it is exact again all the same.
  window.add(0, 3, start + 5_000);
  deepStrictEqual([window.statistics(0)?.samples, window.statistics(0)?.exact], [1, true]);
  strictEqual(window.activeGroups, 1);
});

Deno.test("LatencyWindow stays exact when expired samples make room", () => {
  const window = new LatencyWindow({ windowMs: 100, exactSamples: 8 });
  for (let i = 0; i < 1_000; i++) window.add(0, i, start + 13 * i);
  deepStrictEqual([window.statistics(0)?.samples, window.statistics(0)?.exact], [8, true]);
});

Deno.test("LatencyWindow reports repeated values without error when sketched", () => {
  const window = new LatencyWindow();
  for (let i = 0; i < 1_000; i++) window.add(0, i % 10 === 0 ? 500.5 : 20.25, start + i);
  deepStrictEqual(window.statistics(0), {
    samples: 1_000,
    minMs: 20.25,
    avgMs: 68.275,
    p50Ms: 20.25,
    p95Ms: 500.5,
    p99Ms: 500.5,
    maxMs: 500.5,
    exact: false,
  });
});

Deno.test("LatencyWindow takes late samples within the window and counts the others", () => {
  const window = new LatencyWindow({ windowMs: 1_000 });
  window.add(0, 1, start + 5_000);
  ok(window.add(0, 2, start + 4_000));
  strictEqual(window.add(0, 3, start + 3_999), false);
  strictEqual(window.add(1, 3, start + 3_999), false);
  strictEqual(window.refused.late, 2);
  strictEqual(window.holds(1), false);
  strictEqual(window.statistics(0)?.samples, 2);
  // The late sample stands behind a newer one in the queue, and leaves by its own time.
  window.advance(start + 5_001);
  strictEqual(window.statistics(0)?.samples, 1);
});

Deno.test("LatencyWindow does not let late samples pile up behind a newer one", () => {
  const window = new LatencyWindow({ windowMs: 1_000, exactSamples: 4 });
  window.add(0, 1, start);
  for (let i = 1; i <= 900; i++) {
    window.advance(start + i);
    ok(window.add(0, 1, start + i - 1_000));
  }
  strictEqual(window.statistics(0)?.exact, true);
  strictEqual(window.sampleBytes, 180);
});

Deno.test("LatencyWindow refuses and counts what is not a latency", () => {
  const window = new LatencyWindow({ maxGroups: 10 });
  for (const bad of [-0.001, NaN, Infinity, -Infinity]) {
    strictEqual(window.add(0, bad, start), false);
    if (!(bad < 0 && bad > -1)) strictEqual(window.add(0, 1, bad), false);
  }
  for (const group of [10, -1, 0.5, NaN, 2 ** 33]) {
    strictEqual(window.add(group, 1, start), false);
  }
  deepStrictEqual(window.refused, { late: 0, invalid: 7, group_limit: 5, byte_limit: 0 });
  deepStrictEqual([window.activeGroups, window.accepted], [0, 0]);
  ok(window.add(9, 2e7, start));
  strictEqual(window.statistics(9)?.maxMs, 1e7);
  strictEqual(window.clamped, 1);
});

Deno.test("LatencyWindow.setWindow() drops on shrinking and does not bring back on growing", () => {
  const window = new LatencyWindow({ windowMs: 10_000 });
  for (let second = 0; second <= 10; second++) window.add(0, second, start + 1_000 * second);
  strictEqual(window.coveredFromMs, start);
  window.setWindow(3_000);
  strictEqual(window.statistics(0)?.samples, 4);
  strictEqual(window.coveredFromMs, start + 7_000);
  window.setWindow(60_000);
  strictEqual(window.statistics(0)?.samples, 4);
  strictEqual(window.coveredFromMs, start + 7_000);
  strictEqual(window.add(0, 1, start + 6_999), false);
  window.advance(start + 67_000);
  deepStrictEqual([window.statistics(0)?.samples, window.coveredFromMs], [4, start + 7_000]);
  window.advance(start + 68_000);
  deepStrictEqual([window.statistics(0)?.samples, window.coveredFromMs], [3, start + 8_000]);
  throws(() => window.setWindow(0), /windowMs is 0, wanted 1 to 86400000/);
  strictEqual(window.windowMs, 60_000);
});

Deno.test("LatencyWindow states panes of both lengths until the earlier ones have left", () => {
  const window = new LatencyWindow({ windowMs: 60_000, paneCount: 60 });
  window.advance(start);
  strictEqual(window.edgeErrorMs, 1_000);
  window.setWindow(6_000);
  deepStrictEqual([window.paneMs, window.edgeErrorMs], [100, 1_100]);
  window.advance(start + 6_000);
  strictEqual(window.edgeErrorMs, 1_100);
  window.advance(start + 6_001);
  strictEqual(window.edgeErrorMs, 100);
});

Deno.test("LatencyWindow under churn of two million groups stays flat and gives back", () => {
  const window = new LatencyWindow({ windowMs: 1_000, exactSamples: 8, maxGroups: 4_096 });
  const random = seededRandom(5);
  const free = Array.from({ length: 4_096 }, (_, i) => 4_095 - i);
  const idle = window.bytes;
  let [distinct, settled, released] = [0, 0, 0];
  for (let tick = 0; tick < 7_000; tick++) {
    const atMs = start + 100 * tick;
    for (let i = 0; i < 300; i++) {
      const group = free.pop();
      if (group === undefined) throw new Error("ids were not released");
      distinct++;
      const samples = i % 50 === 0 ? 40 : 2;
      for (let k = 0; k < samples; k++) ok(window.add(group, 100 * random(), atMs + k));
    }
    released += window.advance(atMs, (group) => free.push(group));
    strictEqual(window.activeGroups, 4_096 - free.length);
    if (tick === 20) settled = window.bytes;
    if (tick > 20) ok(window.bytes <= settled, `${window.bytes} bytes at tick ${tick}`);
  }
  strictEqual(distinct, 2_100_000);
  released += window.advance(start + 1e9, (group) => free.push(group));
  deepStrictEqual([released, free.length, window.activeGroups], [distinct, 4_096, 0]);
  deepStrictEqual([window.sampleBytes, window.bytes], [0, idle + pageBytes]);
  deepStrictEqual(window.refused, { late: 0, invalid: 0, group_limit: 0, byte_limit: 0 });
});

Deno.test("LatencyWindow holds its byte cap, counts what it refuses, and recovers", () => {
  const probe = new LatencyWindow({ maxGroups: 5_000 });
  const maxBytes = probe.bytes + 2 * pageBytes;
  const window = new LatencyWindow({ maxGroups: 5_000, maxBytes, windowMs: 1_000 });
  let taken = 0;
  for (let group = 0; group < 5_000; group++) if (window.add(group, 1, start)) taken++;
  strictEqual(taken, 2_048);
  deepStrictEqual([window.refused.byte_limit, window.bytes], [5_000 - 2_048, maxBytes]);
  ok(window.add(0, 2, start), "a chunk in use still has room");
  strictEqual(window.advance(start + 2_000), 2_048);
  ok(window.add(4_999, 1, start + 2_000));
  throws(
    () => new LatencyWindow({ maxGroups: 5_000, maxBytes: probe.bytes }),
    /wanted at least/,
  );
});

Deno.test("LatencyWindow at its byte cap goes on with a sketched group by merging", () => {
  const probe = new LatencyWindow({ maxGroups: 2_000 });
  const window = new LatencyWindow({ maxGroups: 2_000, maxBytes: probe.bytes + pageBytes });
  for (let i = 0; i < 10_000; i++) window.add(0, 10 + i % 3, start + i);
  for (let group = 1; group < 2_000; group++) window.add(group, 1, start + 10_000);
  ok(window.refused.byte_limit > 0);
  const before = window.accepted;
  for (let i = 0; i < 1_000; i++) window.add(0, 10 + i % 3, start + 10_000);
  ok(window.accepted > before);
  strictEqual(window.bytes, window.limits.maxBytes);
});

Deno.test("LatencyWindow refuses limits out of range by name", () => {
  throws(() => new LatencyWindow({ paneCount: 0 }), /paneCount is 0, wanted 1 to 1000/);
  throws(() => new LatencyWindow({ exactSamples: 1.5 }), /exactSamples is 1.5.*whole numbers/);
  throws(() => new LatencyWindow({ windowMs: NaN }), /windowMs is NaN/);
});
