import assert from "node:assert/strict";
import { parseFilter } from "../query/filter/parse_filter.ts";
import type { Trust } from "../query/trust.ts";
import type { FlowLatency } from "./latency_aggregate.ts";
import { latencyAlert, latencyKey } from "./latency_finding.ts";

const FLOW: FlowLatency = {
  src_addr: "10.0.0.1",
  src_port: 40_000,
  dst_addr: "2001:db8::2",
  dst_port: 443,
  protocol: 6,
  protocol_name: "TCP",
  samples: 12,
  min_ms: 1,
  avg_ms: 50,
  p50_ms: 40,
  p95_ms: 212.345,
  p99_ms: 220,
  max_ms: 220,
};
const TRUST = { complete: true } as Trust;
const FACTS = {
  id: "an id",
  at: "2024-01-01T00:00:00.000Z",
  thresholds: { threshold_ms: 150, window_seconds: 60, min_samples: 5, cooldown_seconds: 300 },
  trust: TRUST,
};

Deno.test("an alert has every field of the contract", () => {
  const { evidence, ...alert } = latencyAlert(FLOW, FACTS);
  assert.deepEqual(alert, {
    id: "an id",
    key: "latency 10.0.0.1:40000 > [2001:db8::2]:443 TCP",
    monitor: "latency",
    severity: "warning",
    state: "firing",
    title: "p95 latency 212.3 ms on 10.0.0.1:40000 > [2001:db8::2]:443 TCP",
    summary: "95 % of 12 measurements in the last 60 s were at or below 212.3 ms; " +
      "the threshold is 150 ms.",
    value: 212.345,
    threshold: 150,
    unit: "ms",
    subject: {
      src_addr: "10.0.0.1",
      src_port: 40_000,
      dst_addr: "2001:db8::2",
      dst_port: 443,
      protocol: 6,
      protocol_name: "TCP",
    },
    window_seconds: 60,
    samples: 12,
    first_seen: "2024-01-01T00:00:00.000Z",
    last_seen: "2024-01-01T00:00:00.000Z",
    resolved_at: null,
    acknowledged_by: null,
    silenced_until: null,
    trust: TRUST,
  });
  const { method, benign_explanations, ...rest } = evidence;
  assert.deepEqual(rest, {
    query: {
      tool: "analyze_latency",
      arguments: {
        window_seconds: 60,
        filter: "src host 10.0.0.1 and src port 40000 and dst host 2001:db8::2 and " +
          "dst port 443 and proto 6",
      },
    },
    sample_flows: [],
    baseline: null,
  });
  assert.match(method, /95th percentile by nearest rank/);
  assert.ok(benign_explanations.length > 0);
});

Deno.test("from twice the threshold on it is critical", () => {
  const severity = (p95_ms: number) => latencyAlert({ ...FLOW, p95_ms }, FACTS).severity;
  assert.deepEqual([299.9, 300, 301].map(severity), ["warning", "critical", "critical"]);
});

Deno.test("the query of an alert is a filter, also for a flow of which little is known", () => {
  const unknown = {
    src_addr: null,
    src_port: null,
    dst_addr: null,
    dst_port: null,
    protocol: null,
    protocol_name: null,
  };
  const cases: [Partial<FlowLatency>, string][] = [
    [{ ...unknown }, ""],
    [{ ...unknown, dst_addr: "::1" }, "dst host ::1"],
    [{ ...unknown, src_port: 0, protocol: 253 }, "src port 0 and proto 253"],
  ];
  for (const [known, filter] of cases) {
    const { query } = latencyAlert({ ...FLOW, ...known }, FACTS).evidence;
    assert.equal(query.arguments.filter, filter);
    parseFilter(filter);
  }
});

Deno.test("the key tells flows apart and stays the same for one", () => {
  const flows = [FLOW, { ...FLOW, src_port: null }, { ...FLOW, src_port: 0 }, {
    ...FLOW,
    protocol: 17,
    protocol_name: "UDP",
  }];
  assert.equal(new Set(flows.map(latencyKey)).size, flows.length);
  assert.equal(latencyKey(FLOW), latencyKey({ ...FLOW, p95_ms: 1, samples: 99 }));
});
