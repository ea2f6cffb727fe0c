import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { findAnomalies } from "./anomalies.ts";
import type { AnomalyType } from "../monitor/finding.ts";
import { sampleFlows, type Scenario } from "../wire/encode/scenario.ts";

const START = 1_760_000_000_000;
/** Flows a second, as `send` sends them. */
const RATE = 200;

async function typesFound(scenario: Scenario): Promise<Set<AnomalyType>> {
  let now = START;
  const flows = sampleFlows(scenario, { seed: 1, now: () => now });
  const fixture = new FlowFixture({ capacity: 1 << 15 });
  for (let n = 0; n < 60 * RATE; n++) {
    const { start_ms, end_ms, latency_ms: _, tcp_flags, ...flow } = flows.next().value;
    fixture.add({
      ...flow,
      ...(tcp_flags === undefined ? {} : { tcp_flags }),
      received_at: now,
      start_at: start_ms,
      end_at: end_ms,
      exporter: "127.0.0.1",
    });
    now += 1000 / RATE;
  }
  const { findings } = await findAnomalies([fixture.source], {
    window: { fromMs: START, toMs: now, untilNow: false },
    types: [],
    filter: "",
    limit: 100,
  });
  return new Set(findings.filter(({ severity }) => severity !== "info").map(({ type }) => type));
}

// `saturation` is no anomaly of its own from its beginning on: detect_bottlenecks tells of it.
const FOUND: readonly [Scenario, AnomalyType[]][] = [
  ["normal", []],
  ["latency", []],
  ["saturation", []],
  ["scan", ["port_scan", "host_scan"]],
  ["flood", ["syn_flood"]],
  ["beacon", ["beaconing"]],
];
for (const [scenario, types] of FOUND) {
  Deno.test(`what is sent as ${scenario} is found to be ${types.join(", ") || "ordinary"}`, async () => {
    assert.deepEqual([...await typesFound(scenario)], types);
  });
}
