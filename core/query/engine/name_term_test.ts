import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { writeMmdb } from "../../../tests/support/mmdb.ts";
import { Random } from "../../../tests/support/random.ts";
import { readRecord } from "../../flow/record_reader.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { type NameData, NO_NAME_DATA } from "../../names/name_data.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import type { FlowSource } from "../flow_source.ts";
import { nearestRank } from "../nearest_rank.ts";
import { type FlowQuery, flowQuery } from "./flow_query.ts";
import type { QueryAnswer } from "./query_answer.ts";
import { QueryEngine } from "./run_query.ts";

/** What the tests know of each host: the databases and the configuration are made of it. */
const HOSTS: Readonly<Record<string, { country?: string; as?: number; label?: string }>> = {
  "10.0.0.1": { label: "head office" },
  "10.0.0.2": { label: "lab" },
  "10.0.1.1": { label: "head office" },
  "10.0.1.2": { label: "head office" },
  "192.168.0.1": {},
  "192.0.2.1": { country: "DE", as: 64_500 },
  "192.0.2.200": { country: "DE", as: 64_501 },
  "198.51.100.1": { country: "FR", as: 64_500 },
  "203.0.113.1": {},
  "2001:db8::1": { country: "DE", as: 64_502 },
  "fd00::1": { label: "lab" },
};
const INTERNAL = /^(10\.|192\.168\.|fd)/;
const AS_NAMES: Readonly<Record<number, string>> = { 64_500: "Example", 64_501: "Beispiel" };

const DATA: NameData = {
  ...NO_NAME_DATA,
  labels: { "10.0.0.0/16": "head office", "10.0.0.2": "lab", "fd00::/64": "lab" },
  interfaces: [
    { exporter: "10.9.0.1", ifIndex: 1, name: "wan-1", capacity: 1e9, description: null },
    { exporter: "10.9.0.2", ifIndex: 3, name: null, capacity: 1e9, description: null },
  ],
  countries: writeMmdb([
    ["192.0.2.0/24", { country: { iso_code: "DE" } }],
    ["198.51.100.0/24", { country: { iso_code: "FR" } }],
    ["2001:db8::/32", { country: { iso_code: "DE" } }],
  ]),
  systems: writeMmdb([
    ["192.0.2.0/25", {
      autonomous_system_number: 64_500,
      autonomous_system_organization: "Example",
    }],
    ["192.0.2.128/25", {
      autonomous_system_number: 64_501,
      autonomous_system_organization: "Beispiel",
    }],
    ["198.51.100.0/24", {
      autonomous_system_number: 64_500,
      autonomous_system_organization: "Example",
    }],
    ["2001:db8::/32", { autonomous_system_number: 64_502 }],
  ]),
};
const directory = new NameDirectory(DATA);

function ask(
  sources: readonly FlowSource[],
  query: Partial<FlowQuery>,
  names: NameDirectory = directory,
): Promise<QueryAnswer> {
  const window = { fromMs: 0, toMs: 100_000, untilNow: true };
  return new QueryEngine().run(sources, flowQuery({ window, ...query }), {
    names: names.services,
    directory: names,
  });
}

/** Two collectors that number the same strings differently. */
function randomSources(seed: number): FlowSource[] {
  const random = new Random(seed);
  return [0, 1].map((which) => {
    const fixture = new FlowFixture({ capacity: 4096, capability: `collector_${which}` });
    if (which === 1) fixture.add({ in_if_name: "lan", event: "deny" });
    for (let n = 0; n < 2000; n++) {
      const row: FixtureRow = { received_at: n * 40, end_at: n * 40 };
      if (random.below(8) > 0) row.src_addr = random.pick(Object.keys(HOSTS));
      if (random.below(8) > 0) row.dst_addr = random.pick(Object.keys(HOSTS));
      if (random.below(4) === 0) row.src_as = random.pick([0, 64_500, 64_999]);
      if (random.below(8) > 0) row.exporter = random.pick(["10.9.0.1", "10.9.0.2"]);
      if (random.below(8) > 0) row.in_if = 1 + random.below(4);
      // Interface 2 has a name, and one of four rows tells it; 3 and 4 have none.
      if (row.in_if === 2 && random.below(4) === 0) row.in_if_name = "lan";
      if (row.in_if === undefined && random.below(2) === 0) row.in_if_name = "tunnel";
      if (random.below(3) > 0) row.dst_port = random.pick([53, 443, 8080]);
      if (random.below(3) > 0) row.protocol = random.pick([1, 6, 17]);
      row.bytes = random.below(1e9);
      if (random.below(3) > 0) row.latency_ms = random.below(1000);
      fixture.add(row);
    }
    return fixture.source;
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
  const [, side, what] = /^(src|dst)_(\w+)$/.exec(name) ?? [];
  const address = side === undefined ? null : record[`${side as "src" | "dst"}_addr`];
  const host = address === null ? null : HOSTS[address];
  switch (what) {
    case "label":
      return host?.label ?? null;
    case "country":
      return host?.country ?? null;
    case "internal":
      return address === null ? null : INTERNAL.test(address) ? "internal" : "external";
    case "as_name": {
      const as = record[`${side as "src" | "dst"}_as`] || host?.as;
      if (!as) return null;
      return AS_NAMES[as] === undefined ? `AS${as}` : `AS${as} ${AS_NAMES[as]}`;
    }
  }
  if (name === "locality") {
    const { src_addr, dst_addr } = record;
    if (src_addr === null || dst_addr === null) return null;
    const [from, to] = [INTERNAL.test(src_addr), INTERNAL.test(dst_addr)];
    return from ? (to ? "internal" : "outbound") : to ? "inbound" : "external";
  }
  if (name === "in_interface") {
    const { exporter, in_if, in_if_name } = record;
    if (in_if === null && in_if_name === null) return null;
    const place = [exporter, in_if === null ? null : `if ${in_if}`]
      .filter((part) => part !== null).join(" ");
    const known = in_if === null
      ? in_if_name
      : in_if === 1 && exporter === "10.9.0.1"
      ? "wan-1"
      : in_if === 2
      ? "lan"
      : null;
    return known === null ? place : place === "" ? known : `${known} (${place})`;
  }
  return record[name as keyof FlowRecord];
}

const METRICS = [
  "bytes",
  "flows",
  "p95(latency_ms)",
  "avg(latency_ms)",
  "max(latency_ms)",
  "distinct(dst_addr)",
  "distinct(dst_country)",
  "distinct(src_as_name)",
  "distinct(in_interface)",
];

function naiveDistinct(name: string, records: readonly FlowRecord[]): number {
  return new Set(records.map((record) => naiveTerm(name, record)).filter((v) => v !== null)).size;
}

function naiveMetrics(records: readonly FlowRecord[]): (number | null)[] {
  const latencies = records.map(({ latency_ms }) => latency_ms).filter((ms) => ms !== null)
    .sort((a, b) => a - b);
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const none = latencies.length === 0;
  return [
    sum(records.map(({ bytes }) => bytes ?? 0)),
    records.length,
    none ? null : latencies[nearestRank(0.95, latencies.length) - 1],
    none ? null : sum(latencies) / latencies.length,
    none ? null : latencies.at(-1)!,
    ...["dst_addr", "dst_country", "src_as_name", "in_interface"].map((name) =>
      naiveDistinct(name, records)
    ),
  ];
}

const GROUPINGS: readonly (readonly string[])[] = [
  ["src_label"],
  ["dst_country"],
  ["src_as_name"],
  ["dst_as_name"],
  ["in_interface"],
  ["src_internal", "dst_internal"],
  ["locality", "dst_port"],
  ["dst_country", "src_addr", "src_label"],
  ["src_label", "dst_label", "in_interface"],
];

for (const group_by of GROUPINGS) {
  Deno.test(`a query by ${group_by.join(", ")} agrees with naive sums`, async () => {
    const sources = randomSources(3);
    const all = sources.flatMap(traffic);
    const groups = Map.groupBy(
      all,
      (record) => JSON.stringify(group_by.map((name) => naiveTerm(name, record))),
    );
    for (const limit of [2, 1000]) {
      const answer = await ask(sources, { group_by, metrics: METRICS, limit });
      const rows = answer.rows.map((row) =>
        [JSON.stringify(row.slice(0, group_by.length)), row.slice(group_by.length)] as const
      );
      for (const [key, values] of rows) {
        assert.deepEqual(values, naiveMetrics(groups.get(key) ?? []), key);
      }
      assert.equal(rows.length, Math.min(limit, groups.size));
      const named = new Set(rows.map(([key]) => key));
      assert.equal(named.size, rows.length, "no group stands there twice");
      const rest = [...groups].filter(([key]) => !named.has(key)).flatMap(([, list]) => list);
      const metricsOf = (records: readonly FlowRecord[]) =>
        Object.fromEntries(METRICS.map((name, i) => [name, naiveMetrics(records)[i]]));
      assert.deepEqual(
        answer.other,
        rest.length === 0 ? null : { groups: groups.size - named.size, metrics: metricsOf(rest) },
      );
      assert.deepEqual(answer.totals, { groups: groups.size, metrics: metricsOf(all) });
      assert.deepEqual(answer.notes, []);
    }
  });
}

Deno.test("a series by name agrees with naive sums, bucket by bucket", async () => {
  const sources = randomSources(4);
  const answer = await ask(sources, {
    group_by: ["src_label"],
    metrics: ["bytes", "p95(latency_ms)", "distinct(dst_addr)", "distinct(dst_country)"],
    bucket_seconds: 20,
  });
  const groups = Map.groupBy(sources.flatMap(traffic), (record) => {
    const bucket = Math.floor(Date.parse(record.end_at!) / 20_000) * 20_000;
    return JSON.stringify([new Date(bucket).toISOString(), naiveTerm("src_label", record)]);
  });
  assert.equal(answer.rows.length, 3 * 5);
  for (const [time, label, ...values] of answer.rows) {
    const records = groups.get(JSON.stringify([time, label])) ?? [];
    const [bytes, , p95, , , distinct, countries] = naiveMetrics(records);
    assert.deepEqual(values, [bytes, p95, distinct, countries], `${time} ${label}`);
  }
});

Deno.test("service as a filter finds what grouping by service shows", async () => {
  const sources = randomSources(5);
  const { rows } = await ask(sources, { group_by: ["service"], metrics: ["flows"], limit: 1000 });
  const seen: string[] = [];
  for (const [shown, flows] of rows) {
    const [, name, endpoint] = /^(.+) \((.+)\)$/.exec(String(shown)) ?? [];
    if (name === undefined) continue;
    seen.push(name);
    for (const filter of [`service ${endpoint}`, `service ${name} and service ${endpoint}`]) {
      const { totals } = await ask(sources, { filter, metrics: ["flows"] });
      assert.equal(totals.metrics.flows, flows, filter);
    }
  }
  assert.ok(seen.includes("domain") && seen.includes("https"), seen.join());
});

Deno.test("countries without a database are refused; AS names go without, and the answer says so", async () => {
  const none = new NameDirectory();
  const sources = randomSources(6);
  await assert.rejects(
    ask(sources, { group_by: ["dst_country"] }, none),
    /^QueryError: group_by: no database of countries is configured; set geo\.country_mmdb/,
  );
  await assert.rejects(
    ask(sources, { filter: "dst country DE" }, none),
    /^QueryError: filter: no database of countries is configured/,
  );
  const { rows, notes } = await ask(sources, { group_by: ["src_as_name"], limit: 9 }, none);
  assert.deepEqual(rows.map(([name]) => name).sort(), ["AS64500", "AS64999", null]);
  assert.match(notes.join(), /No database of autonomous systems is configured \(geo\.asn_mmdb\)/);
});

Deno.test("counting names without a database is refused, or said", async () => {
  const none = new NameDirectory();
  await assert.rejects(
    ask([], { metrics: ["distinct(dst_country)"] }, none),
    /^QueryError: metrics: no database of countries is configured/,
  );
  const { rows, notes } = await ask(randomSources(6), {
    group_by: ["src_as_name"],
    metrics: ["distinct(src_as_name)", "distinct(dst_as_name)"],
    limit: 9,
  }, none);
  assert.deepEqual(
    rows.map(([name, own]) => [name, own]).sort(),
    [
      ["AS64500", 1],
      ["AS64999", 1],
      [null, 0],
    ].sort(),
  );
  assert.equal(notes.filter((note) => note.includes("geo.asn_mmdb")).length, 1);
});

Deno.test("names beyond the room for what is named are left out, and the answer says so", async () => {
  const fixture = new FlowFixture({ capacity: 4096 });
  for (let n = 0; n < 3000; n++) fixture.add({ src_addr: `10.0.${n >> 8}.${n & 255}`, bytes: 1 });
  const window = { fromMs: 0, toMs: 100_000, untilNow: true };
  const answer = await new QueryEngine().run(
    [fixture.source],
    flowQuery({ window, metrics: ["flows", "distinct(src_label)"] }),
    { names: directory.services, directory, budget: { maxRows: 1e6, maxMs: 1e4, maxBytes: 4096 } },
  );
  assert.deepEqual(answer.rows, [[3000, 2]]);
  assert.ok(answer.notes.includes("Distinct counts are too low for some groups."));
  assert.deepEqual(answer.approximate, []);
});

Deno.test("a name that there is none of is refused", async () => {
  await assert.rejects(ask([], { group_by: ["src_lable"] }), /did you mean "src_label"\?/);
  await assert.rejects(ask([], { filter: "label lap" }), /Did you mean lab\?/);
});
