import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { latencyRows } from "../../tests/support/latency_rows.ts";
import { FilterError } from "../query/filter/filter_error.ts";
import { analyzeLatency, type LatencyQuestion } from "./latency.ts";

const QUESTION: LatencyQuestion = {
  window: { fromMs: 0, toMs: 60_000, untilNow: true },
  filter: "",
  limit: 20,
};

Deno.test("analyzeLatency() lists flows slowest first, and counts what is beyond the limit", async () => {
  const fixture = new FlowFixture();
  for (let port = 1; port <= 5; port++) {
    fixture.add(...latencyRows([port, port * 100], { received_at: 1000, dst_port: port }));
  }
  const answer = await analyzeLatency([fixture.source], { ...QUESTION, limit: 2 });
  assert.deepEqual(answer.flows.map(({ dst_port, p95_ms }) => [dst_port, p95_ms]), [
    [5, 500],
    [4, 400],
  ]);
  assert.deepEqual([answer.flow_count, answer.omitted, answer.samples], [5, 3, 10]);
  assert.equal(answer.scan.rows_scanned, 10);
});

Deno.test("analyzeLatency() filters by any field, in every collector with its own strings", async () => {
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  a.add(...latencyRows([10], { received_at: 1, application: "dns" }));
  a.add(...latencyRows([20], { received_at: 1, application: "web" }));
  b.add(...latencyRows([30], { received_at: 1, application: "web" }));
  b.add(...latencyRows([40], { received_at: 1, application: "dns" }));
  const ask = async (filter: string) => {
    const { flows } = await analyzeLatency([a.source, b.source], { ...QUESTION, filter });
    return flows.map(({ samples, min_ms, max_ms }) => [samples, min_ms, max_ms]);
  };
  assert.deepEqual(await ask('application = "dns"'), [[2, 10, 40]]);
  assert.deepEqual(await ask("latency > 15 and src host 10.0.0.1"), [[3, 20, 40]]);
  assert.deepEqual(await ask("src host 10.0.0.9"), []);
});

Deno.test("a filter that is none is refused, whatever there is to read", async () => {
  await assert.rejects(
    analyzeLatency([], { ...QUESTION, filter: "src hsot 10.0.0.1" }),
    FilterError,
  );
});

Deno.test("rows that arrive while it is asked push none out of the window", async () => {
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  // The first collector is read up to what came after the question was put.
  a.add(...latencyRows([10], { received_at: 60_500 }));
  b.add(...latencyRows([20], { received_at: 0 }));
  const { samples, approximate } = await analyzeLatency([a.source, b.source], QUESTION);
  assert.equal(samples, 2);
  assert.deepEqual(approximate, []);
});

Deno.test("the longest window there is can be asked for", async () => {
  const fixture = new FlowFixture();
  fixture.add(...latencyRows([10], { received_at: 5 }));
  const window = { fromMs: 0, toMs: 86_400_000, untilNow: true };
  const { samples } = await analyzeLatency([fixture.source], { ...QUESTION, window });
  assert.equal(samples, 1);
});
