import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { latencyRows, SLOW_FLOW } from "../../tests/support/latency_rows.ts";
import type { FiveTuple } from "../query/five_tuple.ts";
import { MAX_SAMPLED_SUBJECTS, sampleFlows } from "./sample_flows.ts";

const WINDOW = { fromMs: 1000, toMs: 2000, untilNow: true };
const SUBJECT: FiveTuple = { ...SLOW_FLOW, protocol_name: "TCP" };

function latencies(records: readonly { latency_ms: number | null }[]): (number | null)[] {
  return records.map(({ latency_ms }) => latency_ms);
}

Deno.test("sampleFlows() gives the slowest records of each flow, in the order asked", async () => {
  const [a, b] = [new FlowFixture({ capability: "json_udp" }), new FlowFixture()];
  a.add(...latencyRows([5, 90, 10], { received_at: 1500, application: "web" }));
  b.add(...latencyRows([80, 1, 70], { received_at: 1500 }));
  b.add(...latencyRows([33], { received_at: 1500, src_port: 7 }));
  const other = { ...SUBJECT, src_port: 7 };
  const { records } = await sampleFlows([a.source, b.source], {
    window: WINDOW,
    subjects: [other, SUBJECT, { ...SUBJECT, src_port: 8 }],
  });
  assert.deepEqual(records.map(latencies), [[33], [90, 80, 70], []]);
  const [slowest, second] = records[1];
  assert.deepEqual(
    [slowest.capability, slowest.application, slowest.protocol_name, slowest.src_port],
    ["json_udp", "web", "TCP", 40_000],
  );
  assert.deepEqual([second.capability, second.application], ["netflow_udp", null]);
});

Deno.test("only traffic with latency within the window is evidence", async () => {
  const fixture = new FlowFixture();
  fixture.add(...latencyRows([999], { received_at: 999 }));
  fixture.add(...latencyRows([20], { received_at: 1000 }));
  fixture.add({ ...SLOW_FLOW, received_at: 1500 });
  fixture.add(...latencyRows([998], { received_at: 1500, event: "deny" }));
  const { records } = await sampleFlows([fixture.source], { window: WINDOW, subjects: [SUBJECT] });
  assert.deepEqual(records.map(latencies), [[20]]);
});

Deno.test("an unknown port is matched by an unknown port alone", async () => {
  const fixture = new FlowFixture();
  const { src_port: _, ...portless } = SLOW_FLOW;
  fixture.add({ ...portless, received_at: 1500, latency_ms: 1 });
  fixture.add(...latencyRows([2], { received_at: 1500, src_port: 0 }));
  const { records } = await sampleFlows([fixture.source], {
    window: WINDOW,
    subjects: [{ ...SUBJECT, src_port: null }, { ...SUBJECT, src_port: 0 }],
  });
  assert.deepEqual(records.map(latencies), [[1], [2]]);
});

Deno.test("flows beyond the cap are not looked up", async () => {
  const fixture = new FlowFixture();
  fixture.add(...latencyRows([1], { received_at: 1500 }));
  const subjects = Array.from(
    { length: MAX_SAMPLED_SUBJECTS + 5 },
    (_, i) => ({ ...SUBJECT, dst_port: i }),
  );
  const { records } = await sampleFlows([fixture.source], { window: WINDOW, subjects });
  assert.equal(records.length, MAX_SAMPLED_SUBJECTS);
});
