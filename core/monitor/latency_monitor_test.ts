import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { latencyRows, SLOW_FLOW } from "../../tests/support/latency_rows.ts";
import { type EvaluateLatency, LatencyMonitor } from "./latency_monitor.ts";

const NOW = Date.UTC(2024, 0, 1);
const WINDOW_MS = 60_000;
const ASK: EvaluateLatency = {
  nowMs: NOW,
  windowMs: WINDOW_MS,
  minSamples: 5,
  thresholdMs: 150,
};

function monitorOf(...fixtures: readonly FlowFixture[]): LatencyMonitor {
  const monitor = new LatencyMonitor(WINDOW_MS);
  for (const { source } of fixtures) monitor.follow(source);
  return monitor;
}

Deno.test("the example of the first implementation: five samples, one offender", () => {
  const fixture = new FlowFixture();
  const monitor = monitorOf(fixture);
  fixture.add(...latencyRows([10, 20, 30, 200, 220], { received_at: NOW - 1 }));
  const { flows, over_threshold, flow_count, samples, approximate } = monitor.evaluate(ASK);
  assert.deepEqual(flows, [{
    ...SLOW_FLOW,
    protocol_name: "TCP",
    samples: 5,
    min_ms: 10,
    avg_ms: 96,
    p50_ms: 30,
    p95_ms: 220,
    p99_ms: 220,
    max_ms: 220,
  }]);
  assert.deepEqual([over_threshold, flow_count, samples, approximate], [1, 1, 5, []]);
});

for (
  const { title, latencies } of [
    { title: "four samples are too few", latencies: [10, 20, 200, 220] },
    { title: "a p95 at the threshold is not above it", latencies: [10, 20, 30, 40, 150] },
    { title: "flows below the threshold", latencies: [10, 20, 30, 40, 149] },
  ]
) {
  Deno.test(`no offender: ${title}`, () => {
    const fixture = new FlowFixture();
    const monitor = monitorOf(fixture);
    fixture.add(...latencyRows(latencies, { received_at: NOW - 1 }));
    const { flows, over_threshold, flow_count, samples } = monitor.evaluate(ASK);
    assert.deepEqual(flows, []);
    assert.deepEqual([over_threshold, flow_count, samples], [0, 1, latencies.length]);
  });
}

Deno.test("rows without latency count as nothing, not as 0; events do not count", () => {
  const fixture = new FlowFixture();
  const monitor = monitorOf(fixture);
  const received_at = NOW - 1;
  // Twenty zeros would pull the p95 of these five down to 10.
  for (let i = 0; i < 20; i++) fixture.add({ ...SLOW_FLOW, received_at });
  fixture.add(...latencyRows([200, 200, 200, 200, 200], { received_at }));
  fixture.add(...latencyRows([9000, 9000], { received_at, event: "deny" }));
  fixture.add(...latencyRows([9000], { received_at, event: "deny", src_port: 7 }));
  const { flows, flow_count, samples, scan } = monitor.evaluate(ASK);
  assert.deepEqual([flow_count, samples], [1, 5]);
  assert.deepEqual([flows[0].min_ms, flows[0].max_ms], [200, 200]);
  assert.equal(scan.rows_scanned, 28);
});

Deno.test("one flow from two collectors is one flow; an unknown port is not port 0", () => {
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  const monitor = monitorOf(a, b);
  const received_at = NOW - 1;
  a.add(...latencyRows([200, 200, 200], { received_at }));
  b.add(...latencyRows([200, 200], { received_at }));
  assert.equal(monitor.evaluate(ASK).flows[0].samples, 5);
  const { src_port: _, ...portless } = SLOW_FLOW;
  b.add(...[1, 2, 3, 4, 5].map(() => ({ ...portless, received_at, latency_ms: 300 })));
  b.add(...latencyRows([300, 300, 300, 300, 300], { received_at, src_port: 0 }));
  const { flows } = monitor.evaluate(ASK);
  assert.deepEqual(
    new Map(flows.map(({ src_port, samples }) => [src_port, samples])),
    new Map([[0, 5], [40_000, 5], [null, 5]]),
  );
});

Deno.test("samples leave with the window, and their flow with the last of them", () => {
  const fixture = new FlowFixture();
  const monitor = monitorOf(fixture);
  for (const [i, ms] of [900, 800, 200, 200, 200].entries()) {
    fixture.add(...latencyRows([ms], { received_at: NOW + i * 1000 }));
  }
  const at = (nowMs: number) => monitor.evaluate({ ...ASK, nowMs, minSamples: 1 });
  assert.equal(at(NOW + 4000).flows[0].max_ms, 900);
  assert.equal(at(NOW + WINDOW_MS).flows[0].max_ms, 900, "the window's edge is within");
  assert.equal(at(NOW + WINDOW_MS + 1).flows[0].max_ms, 800);
  assert.equal(at(NOW + WINDOW_MS + 1001).flows[0].max_ms, 200);
  const { flow_count, samples, flows } = at(NOW + WINDOW_MS + 4001);
  assert.deepEqual([flow_count, samples, flows], [0, 0, []]);
});

Deno.test("another window is filled from the ring again", () => {
  const fixture = new FlowFixture();
  const monitor = monitorOf(fixture);
  fixture.add(...latencyRows([400, 400, 400], { received_at: NOW - 200_000 }));
  fixture.add(...latencyRows([200, 200], { received_at: NOW - 1 }));
  assert.equal(monitor.evaluate(ASK).samples, 2);
  const wide = monitor.evaluate({ ...ASK, windowMs: 300_000 });
  assert.equal(wide.samples, 5);
  assert.deepEqual(wide.flows[0].max_ms, 400);
  assert.deepEqual(
    [wide.scan.rows_scanned, wide.scan.window_overwritten, wide.scan.asked_from],
    [5, false, NOW - 300_000],
  );
  const narrow = monitor.evaluate(ASK);
  assert.deepEqual([narrow.samples, narrow.scan.rows_scanned], [2, 2]);
});

/** A ring that has gone round: rows a second apart, the last at NOW - 1000. */
function wrapped(): FlowFixture {
  const fixture = new FlowFixture({ capacity: 1024 });
  for (let age = 3000; age > 0; age--) {
    fixture.add(...latencyRows([10], { received_at: NOW - age * 1000 }));
  }
  return fixture;
}

Deno.test("a window that reaches behind what a ring held at first says what is gone", () => {
  const fixture = wrapped();
  const { ring } = fixture.source;
  const heldFrom = ring.columns.received_at[ring.oldest & ring.mask];
  const monitor = monitorOf(fixture);
  const short = monitor.evaluate(ASK);
  assert.equal(short.scan.window_overwritten, false);
  const long = monitor.evaluate({ ...ASK, windowMs: 2_000_000 });
  assert.equal(long.scan.window_overwritten, true);
  assert.equal(long.scan.oldest_row_at, heldFrom);
  const later = monitor.evaluate({ ...ASK, windowMs: 2_000_000, nowMs: heldFrom + 2_000_000 });
  assert.equal(later.scan.window_overwritten, false, "the gap has left the window");
});

Deno.test("rows overwritten before they were followed are missed, and counted", () => {
  const fixture = new FlowFixture({ capacity: 1024 });
  const monitor = monitorOf(fixture);
  for (let n = 0; n < 5000; n++) {
    fixture.add(...latencyRows([10], { received_at: NOW - 5000 + n }));
  }
  const { scan, samples } = monitor.evaluate(ASK);
  assert.ok(scan.rows_missed > 3900);
  assert.equal(scan.rows_missed + samples, 5000);
});

Deno.test("flows over the threshold come slowest first, and are named up to a bound", () => {
  const fixture = new FlowFixture({ capacity: 1 << 14 });
  const monitor = monitorOf(fixture);
  for (let port = 0; port < 12_100; port++) {
    fixture.add(...latencyRows([200 + port], { received_at: NOW - 1, src_port: port }));
  }
  const { flows, over_threshold, flow_count } = monitor.evaluate({ ...ASK, minSamples: 1 });
  assert.deepEqual([flows.length, over_threshold, flow_count], [12_000, 12_100, 12_100]);
  assert.equal(flows[0].p95_ms, 12_299);
  assert.deepEqual(flows.map((f) => f.p95_ms), flows.map((f) => f.p95_ms).sort((a, b) => b - a));
});
