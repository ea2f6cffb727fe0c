import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { latencyRows } from "../../tests/support/latency_rows.ts";
import { LatencyAggregate } from "./latency_aggregate.ts";
import { latencyWindowDefaults } from "./latency_window_limits.ts";

const ALL = { minSamples: 1, aboveMs: -Infinity };

function aggregateOf(fixture: FlowFixture, windowMs = 60_000): LatencyAggregate {
  const aggregate = new LatencyAggregate(windowMs);
  const { ring } = fixture.source;
  for (let row = 0; row < ring.committed; row++) aggregate.add(ring.columns, row & ring.mask);
  return aggregate;
}

Deno.test("a flow with few samples is exact, one with many says how far off it may be", () => {
  const fixture = new FlowFixture();
  const { exactSamples, relativeError } = latencyWindowDefaults;
  const values = Array.from({ length: exactSamples }, (_, i) => i + 1);
  fixture.add(...latencyRows(values, { received_at: 1000 }));
  assert.deepEqual(aggregateOf(fixture).picture(ALL).approximate, []);
  fixture.add(...latencyRows([exactSamples + 1], { received_at: 1000 }));
  const { approximate, flows } = aggregateOf(fixture).picture(ALL);
  assert.equal(approximate.length, 1);
  assert.match(approximate[0].figure, /^latency of 1 flow with more than 64 samples$/);
  assert.match(approximate[0].error, /^within 1 % of a sample at that rank/);
  const [{ samples, p95_ms }] = flows;
  assert.equal(samples, exactSamples + 1);
  assert.ok(Math.abs(p95_ms - 62) <= 62 * relativeError + 1e-9);
});

Deno.test("samples older than the window are told of, not counted", () => {
  const fixture = new FlowFixture();
  fixture.add(...latencyRows([1], { received_at: 100_000 }));
  const aggregate = aggregateOf(fixture);
  const early = new FlowFixture();
  early.add(...latencyRows([2], { received_at: 100_000 - 60_001 }));
  aggregate.add(early.source.ring.columns, 0);
  const { samples, approximate } = aggregate.picture(ALL);
  assert.equal(samples, 1);
  assert.deepEqual(approximate, [{ figure: "samples", error: "1 came too late to count" }]);
});

Deno.test("latencies that are none take no room from flows", () => {
  const { maxGroups } = latencyWindowDefaults;
  const fixture = new FlowFixture({ capacity: 1 << 17 });
  const row = { ...latencyRows([1])[0], received_at: 1000 };
  for (let n = 0; n < maxGroups; n++) {
    fixture.add({ ...row, latency_ms: [-1, NaN, Infinity][n % 3], src_port: n });
  }
  fixture.add({ ...row, dst_port: 1 });
  const { flow_count, samples, approximate } = aggregateOf(fixture).picture(ALL);
  assert.deepEqual([flow_count, samples, approximate], [1, 1, []]);
});

Deno.test("more flows than there is room for are told of", () => {
  const { maxGroups } = latencyWindowDefaults;
  const fixture = new FlowFixture({ capacity: 1 << 17 });
  for (let n = 0; n < maxGroups + 10; n++) {
    fixture.add(...latencyRows([5], {
      received_at: 1000,
      src_port: n & 0xffff,
      dst_port: n >>> 16,
    }));
  }
  const { flow_count, approximate } = aggregateOf(fixture).picture(ALL);
  assert.equal(flow_count, maxGroups);
  assert.deepEqual(approximate, [
    { figure: "flows", error: "10 samples found no room in memory" },
  ]);
});
