import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { Random } from "../../../tests/support/random.ts";
import { readRecord } from "../../flow/record_reader.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import type { FlowSource } from "../flow_source.ts";
import { nearestRank } from "../nearest_rank.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import type { QueryAnswer } from "./query_answer.ts";
import { QueryEngine, type RunOptions } from "./run_query.ts";

const namedPorts = new Uint8Array(65_536);
for (const port of [53, 443]) namedPorts[port] = 1;
const NAMES = {
  namedPorts,
  serviceName: (_: number, port: number) => ({ 53: "domain", 443: "https" })[port] ?? null,
};
const WINDOW = { fromMs: 0, toMs: 100_000, untilNow: true };

function ask(
  sources: readonly FlowSource[],
  query: Partial<FlowQuery>,
  options: Partial<RunOptions> = {},
): Promise<QueryAnswer> {
  return new QueryEngine().run(sources, flowQuery({ window: WINDOW, ...query }), {
    names: NAMES,
    ...options,
  });
}

/** Two collectors that number the same strings differently. */
function randomFixtures(seed: number): FlowFixture[] {
  const random = new Random(seed);
  return [0, 1].map((which) => {
    const fixture = new FlowFixture({ capacity: 4096, capability: `collector_${which}` });
    if (which === 1) fixture.add({ application: "ssh", event: "deny" });
    for (let n = 0; n < 2000; n++) {
      const row: FixtureRow = { received_at: n };
      if (random.below(4) > 0) row.src_addr = `10.0.${random.below(3)}.${random.below(8)}`;
      if (random.below(4) > 0) {
        row.dst_addr = random.pick(["2001:db8:0:1::1", "2001:db8:0:2::1", "10.9.9.9"]);
      }
      if (random.below(3) > 0) row.src_port = random.pick([0, 1234, 443]);
      if (random.below(3) > 0) row.dst_port = random.pick([0, 53, 443, 8080]);
      if (random.below(3) > 0) row.protocol = random.pick([0, 1, 6, 17, 253]);
      if (random.below(3) > 0) row.application = random.pick(["dns", "web", "ssh"]);
      if (random.below(3) > 0) row.src_mac = random.below(2 ** 40);
      if (random.below(8) > 0) row.bytes = random.below(1e9);
      if (random.below(8) > 0) row.packets = random.below(1e6);
      if (random.below(3) > 0) row.latency_ms = random.below(1000);
      if (random.below(10) === 0) row.event = "deny";
      fixture.add(row);
    }
    return fixture;
  });
}

function traffic({ ring, ...context }: FlowSource): FlowRecord[] {
  return Array.from(
    { length: ring.committed },
    (_, row) => readRecord(ring.columns, row & ring.mask, context),
  ).filter(({ event }) => event === null);
}

/** What a term says of a record, as one would first write it. */
function naiveTerm(name: string, record: FlowRecord): unknown {
  if (name === "src_addr/16") return record.src_addr?.replace(/\.\d+\.\d+$/, ".0.0/16") ?? null;
  if (name === "dst_addr/32/64") {
    return record.dst_addr?.replace(/^(2001:db8:0:\d)::1$/, "$1::/64") ?? null;
  }
  if (name === "protocol") return record.protocol_name ?? record.protocol;
  if (name === "service") return naiveService(record);
  return record[name as keyof FlowRecord];
}

function naiveService({ protocol, src_port, dst_port }: FlowRecord): string | null {
  if (protocol === null) return null;
  const name = ({ 0: "hopopt", 1: "icmp", 6: "tcp", 17: "udp" })[protocol] ??
    `protocol ${protocol}`;
  if (protocol !== 6 && protocol !== 17) return name;
  const ports = [dst_port, src_port].filter((port) => port !== null && port > 0) as number[];
  const port = ports.find((p) => p === 53) !== undefined && ports.includes(443)
    ? Math.min(...ports)
    : ports.find((p) => NAMES.serviceName(0, p) !== null) ??
      (ports.length > 0 ? Math.min(...ports) : 0);
  if (port === 0) return name;
  const service = NAMES.serviceName(protocol, port);
  return service === null ? `${name}/${port}` : `${service} (${name}/${port})`;
}

function naiveMetric(name: string, records: readonly FlowRecord[], seconds: number): number | null {
  const values = (field: "bytes" | "packets" | "latency_ms") =>
    records.map((record) => record[field]).filter((value) => value !== null);
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const latencies = values("latency_ms").sort((a, b) => a - b);
  const none = latencies.length === 0;
  switch (name) {
    case "bytes":
    case "packets":
      return sum(values(name));
    case "flows":
      return records.length;
    case "bps":
      return sum(values("bytes")) * 8 / seconds;
    case "avg(latency_ms)":
      return none ? null : sum(latencies) / latencies.length;
    case "min(latency_ms)":
      return none ? null : latencies[0];
    case "max(latency_ms)":
      return none ? null : latencies[latencies.length - 1];
    case "p95(latency_ms)":
      return none ? null : latencies[nearestRank(0.95, latencies.length) - 1];
    case "distinct(application)":
      return new Set(records.map(({ application }) => application).filter((a) => a !== null)).size;
    case "distinct(dst_addr)":
      return new Set(records.map(({ dst_addr }) => dst_addr).filter((a) => a !== null)).size;
  }
  throw new Error(name);
}

const METRICS = [
  "bytes",
  "packets",
  "flows",
  "bps",
  "avg(latency_ms)",
  "min(latency_ms)",
  "max(latency_ms)",
  "p95(latency_ms)",
  "distinct(application)",
  "distinct(dst_addr)",
];

const GROUPINGS: readonly (readonly string[])[] = [
  [],
  ["src_addr"],
  ["dst_port"],
  ["service"],
  ["src_addr/16"],
  ["dst_addr/32/64", "capability"],
  ["application", "protocol"],
  ["src_mac"],
  ["bytes"],
  ["src_addr", "dst_addr", "src_port", "dst_port", "protocol", "application", "capability"],
];

for (const group_by of GROUPINGS) {
  Deno.test(`a query by ${group_by.join(", ") || "nothing"} agrees with naive sums`, async () => {
    const sources = randomFixtures(5).map(({ source }) => source);
    const all = sources.flatMap(traffic);
    const groups = Map.groupBy(
      all,
      (record) => JSON.stringify(group_by.map((name) => naiveTerm(name, record))),
    );
    const expected = new Map(
      [...groups].map(([key, records]) => [
        key,
        METRICS.map((name) => naiveMetric(name, records, 100)),
      ]),
    );
    for (const limit of [3, 10_000]) {
      const answer = await ask(sources, { group_by, metrics: METRICS, limit });
      const rows = answer.rows.map((row) =>
        [
          JSON.stringify(row.slice(0, group_by.length)),
          row.slice(group_by.length),
        ] as const
      );
      for (const [key, values] of rows) assert.deepEqual(values, expected.get(key), key);
      assert.equal(rows.length, Math.min(limit, groups.size));
      const order = rows.map(([, [bytes]]) => bytes as number);
      assert.deepEqual(order, [...order].sort((a, b) => b - a));
      const named = new Set(rows.map(([key]) => key));
      const rest = [...groups].filter(([key]) => !named.has(key)).flatMap(([, list]) => list);
      assert.deepEqual(
        answer.other,
        named.size === groups.size ? null : {
          groups: groups.size - named.size,
          metrics: Object.fromEntries(METRICS.map((name) => [name, naiveMetric(name, rest, 100)])),
        },
      );
      assert.deepEqual(answer.totals, {
        groups: groups.size,
        metrics: Object.fromEntries(METRICS.map((name) => [name, naiveMetric(name, all, 100)])),
      });
      assert.equal(answer.more, named.size < groups.size);
      assert.deepEqual([answer.notes, answer.approximate], [[], []]);
    }
  });
}

Deno.test("collectors of one capability are one group of it", async () => {
  const sources = [1, 2, 3].map((port) => {
    const fixture = new FlowFixture({ capability: port === 3 ? "other" : "same", port });
    fixture.add({ bytes: port });
    return fixture.source;
  });
  const { rows } = await ask(sources, { group_by: ["capability"], metrics: ["bytes", "flows"] });
  assert.deepEqual(rows, [["same", 3, 2], ["other", 3, 1]]);
});
