import assert from "node:assert/strict";
import type { AnomalyType } from "../monitor/finding.ts";
import { anomalyAdvice } from "./advice/traffic_advice.ts";
import { fixtureGround, HEALTHY } from "../../tests/support/fixture_ground.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { MINUTE } from "../../tests/support/office_traffic.ts";
import type { CollectionHealth } from "../exporter/collection_health.ts";
import { emptyReport, type ScanReport } from "../query/scan.ts";
import type { Budget } from "../query/engine/query_answer.ts";
import type { LookForAnomalies } from "./anomaly_source.ts";
import type { Ground } from "./inquiry.ts";
import { recommend } from "./recommend.ts";

const WINDOW = { fromMs: 0, toMs: 15 * MINUTE, untilNow: true };

/** Nothing to mend: sampling is known, interfaces are named and wide, nobody dominates. */
function ordinary(minute: number, host: number): FixtureRow {
  return {
    received_at: minute * MINUTE + host,
    start_at: minute * MINUTE,
    end_at: minute * MINUTE + host,
    exporter: "198.18.0.1",
    export_format: "ipfix",
    sampling_source: "announced",
    in_if: 1,
    out_if: 2,
    src_addr: `10.0.0.${host}`,
    dst_addr: "192.0.2.1",
    src_port: 50_000,
    dst_port: 443,
    protocol: 6,
    bytes: 1000,
  };
}
const ORDINARY = Array.from(
  { length: 14 },
  (_, minute) => [1, 2, 3].map((h) => ordinary(minute, h)),
)
  .flat();

interface Case {
  rows?: readonly FixtureRow[];
  health?: Partial<CollectionHealth>;
  includeAnalysis?: boolean;
  anomalies?: LookForAnomalies | null;
  speed?: number | null;
  /** What scans say, other than they do, and which budgets queries reached. */
  scan?: Partial<ScanReport>;
  reached?: Budget[];
}

async function advise(
  { rows = ORDINARY, health = {}, includeAnalysis = true, anomalies, speed = 1e9, scan, reached }:
    Case,
) {
  const fixture = new FlowFixture();
  fixture.add(...rows);
  const rings = fixtureGround([fixture], { health: () => ({ ...HEALTHY, ...health }) });
  const ground: Ground = {
    nowMs: WINDOW.toMs,
    health: rings.health,
    async run(query) {
      const answer = await rings.run(query);
      return {
        ...answer,
        scan: { ...answer.scan, ...scan },
        reached: reached ?? answer.reached,
      };
    },
  };
  const calm: LookForAnomalies = ({ window }) =>
    Promise.resolve({ findings: [], omitted: 0, scan: emptyReport(window) });
  return await recommend(ground, {
    window: WINDOW,
    filter: "",
    includeAnalysis,
    anomalies: anomalies === undefined ? calm : anomalies,
    capacities: {
      capacity: () => speed === null ? null : { bits_per_second: speed, source: "if_speed" },
    },
  });
}

Deno.test("where all is well nothing is recommended", async () => {
  const { items, headline, trust } = await advise({});
  assert.deepEqual(items, []);
  assert.equal(headline, "Nothing in the last 15 minutes calls for action.");
  assert.equal(trust.complete, true);
});

const CASES: readonly [what: string, given: Case, title: RegExp, seen: RegExp][] = [
  [
    "no collector",
    { health: { collecting_since: null }, rows: [] },
    /^Start a collector$/,
    /No coll/,
  ],
  [
    "stopped collectors",
    { health: { collecting_until: 0 } },
    /^Start a collector again$/,
    /stopped/,
  ],
  [
    "a collector that was down",
    { health: { downtime: [{ collector: "netflow_udp [::]:2055", from: 0, to: 1 }] } },
    /did not listen$/,
    /^netflow_udp \[::\]:2055 did not listen for a part of the last 15 minutes\.$/,
  ],
  ["no flows", { rows: [] }, /why no flows arrive$/, /^No flow records in the last 15 minutes\.$/],
  [
    "no flows where only this machine can send any",
    { rows: [], health: { loopback_only: true } },
    /why no flows arrive$/,
    /^No flow records in the last 15 minutes\.$/,
  ],
  [
    "a silent exporter",
    { health: { silent_exporters: ["198.18.0.9"], silence_severity: "warning" } },
    /fell silent$/,
    /any more: 198\.18\.0\.9\.$/,
  ],
  [
    "a part of what an exporter sent",
    {
      health: {
        silent_streams: [
          { address: "198.18.0.9", observation_domain: 3, collector: "netflow_udp@[::]:2055" },
        ],
      },
    },
    /is not heard$/,
    /exporters are: 198\.18\.0\.9, observation domain 3, at netflow_udp@\[::\]:2055\.$/,
  ],
  [
    "loss",
    {
      health: {
        loss: [
          { exporter: "198.18.0.1", observation_domain: 0, unit: "datagrams", lost: 5 },
          { exporter: "198.18.0.2", observation_domain: 0, unit: "flows", lost: 70 },
        ],
      },
    },
    /loss of export data$/,
    /: 70 flows from 198\.18\.0\.2 and 5 datagrams from 198\.18\.0\.1\.$/,
  ],
  ["missing templates", { health: { sets_without_template: 1 } }, /templates/, /^1 set of data/],
  ["undecoded data", { health: { undecoded: true } }, /not be decoded$/, /could not be decoded/],
  [
    "a store that is too small",
    {
      rows: Array.from(
        { length: 1100 },
        (_, i) => ({ ...ordinary(0, 1), src_addr: `10.0.${i % 5}.1` }),
      ),
    },
    /store more room$/,
    /holds fewer flows/,
  ],
  [
    "flows that went for their age",
    { scan: { held_since: 1, window_overwritten: true, oldest_row_at: 5 * MINUTE } },
    /flows for longer$/,
    /^The oldest flows of the last 15 minutes are gone from memory and disk\.$/,
  ],
  [
    "flows that history never wrote",
    { scan: { held_since: 1, rows_missed: 7 } },
    /to keep up$/,
    /^7 flow records of the last 15 minutes are neither in memory nor on disk\.$/,
  ],
  [
    "exporters without number",
    { health: { untracked: 1 } },
    /what is lost$/,
    /more exporters than/,
  ],
  [
    "unknown sampling",
    {
      rows: ORDINARY.map((row, i) => ({
        ...row,
        sampling_source: i % 4 ? "announced" : "assumed",
      })),
    },
    /at what rate exporters sample$/,
    /^198\.18\.0\.1 does not say whether packets are sampled: 26 % of the bytes\.$/,
  ],
  [
    "flows without interfaces",
    { rows: ORDINARY.map(({ in_if: _, out_if: __, ...row }) => row) },
    /interfaces exported$/,
    /^100 % of the bytes name no interface, from 198\.18\.0\.1\.$/,
  ],
  [
    "unknown capacities",
    { speed: null },
    /what interfaces can carry$/,
    /^The capacity of interface [12] of 198\.18\.0\.1 \((in|out)\) and of others is not known; it/,
  ],
  [
    "unknown capacities of which no more is known either",
    {
      speed: null,
      health: { collecting_since: 15 * MINUTE - 1 },
      rows: [1, 2, 3].map((host) => ({ ...ordinary(14, host), received_at: 15 * MINUTE - 1 })),
    },
    /what interfaces can carry$/,
    /^The capacity of interface [12] of 198\.18\.0\.1 \((in|out)\) and of others is not known\.$/,
  ],
  [
    "no flows of what was collected",
    { rows: [], health: { collecting_since: 13 * MINUTE } },
    /why no flows arrive$/,
    /^No flow records in the last 15 minutes \(of which 2 minutes were collected\)\.$/,
  ],
  [
    "no flows while collection is younger than flows take",
    { rows: [], health: { collecting_since: 13 * MINUTE + 1 } },
    /^Wait for the first flows$/,
    /^No flow records in the last 15 minutes \(of which 120 seconds were collected\)\.$/,
  ],
  [
    "one conversation",
    { rows: [...ORDINARY, { ...ordinary(14, 1), bytes: 1e6, dst_addr: "192.0.2.77" }] },
    /^See what 10\.0\.0\.1 <> 192\.0\.2\.77 https \(tcp\/443\) is$/,
    /^It is 96 % of the traffic \(1 MB\)\.$/,
  ],
];

for (const [what, given, title, seen] of CASES) {
  Deno.test(`recommendations: ${what}`, async () => {
    const { items, headline } = await advise(given);
    assert.equal(items.length, 1, items.map((item) => item.title).join());
    const [item] = items;
    assert.match(item.title, title);
    assert.match(item.seen, seen);
    assert.match(item.why, /^[A-Z].*\.$/);
    assert.match(item.next_step, /^[A-Z].*\.$/);
    assert.equal(item.priority, 1);
    assert.ok(item.query.tool.length > 0);
    assert.match(headline, /^1 recommendation; first: [a-z].*\.$/);
  });
}

Deno.test("an interface with more than it can carry is no full link, but one with a wrong figure", async () => {
  const { items } = await advise({
    rows: ORDINARY.map((row) => ({ ...row, start_at: row.received_at as number - 60_000 })),
    // Three flows of 1000 octets a minute: 400 bit/s.
    speed: 8,
  });
  const [first] = items;
  assert.equal(first.severity, "warning");
  assert.match(first.title, /^Check the capacity of interface 1 of 198\.18\.0\.1 \(in\)$/);
  assert.match(first.seen, /^By its flows it carries 400 bit\/s, 5000 % of its 8 bit\/s\.$/);
  assert(!items.some(({ title }) => title.startsWith("Relieve")));
});

Deno.test("the gravest come first, and full links and anomalies are among them", async () => {
  const anomalies: LookForAnomalies = ({ window }) =>
    Promise.resolve({
      findings: [{
        type: "port_scan",
        severity: "warning",
        subject: { kind: "host", name: "10.0.0.1", hosts: ["10.0.0.1"] },
        summary: "10.0.0.1 tried 400 ports of 10.0.0.2.",
        first_seen_ms: 0,
        last_seen_ms: 1,
        evidence: { tool: "query_flows", arguments: { filter: "src host 10.0.0.1" } },
        confidence: 0.9,
        benign_explanations: ["it is a scanner of your own"],
      }],
      omitted: 0,
      scan: emptyReport(window),
    });
  const given: Case = {
    rows: ORDINARY.map((row) => ({ ...row, start_at: row.received_at as number - 60_000 })),
    // Three flows of 1000 octets a minute: 400 bit/s.
    speed: 420,
    anomalies,
    health: { uncountable: ["198.18.0.1"] },
  };
  const { items } = await advise(given);
  assert.deepEqual(
    items.map(({ severity, area, priority }) => [severity, area, priority]),
    [
      ["critical", "traffic", 1],
      ["critical", "traffic", 2],
      ["warning", "traffic", 3],
      ["info", "collection", 4],
    ],
  );
  assert.match(items[0].title, /^Relieve interface 1 of 198\.18\.0\.1 \(in\)$/);
  assert.equal(
    items[2].why,
    "It is out of the ordinary. It may be harmless: it is a scanner of your own.",
  );
  const without = await advise({ ...given, includeAnalysis: false });
  assert.deepEqual(without.items.map(({ area }) => area), ["collection"]);
});

Deno.test("what another history.db had is no matter of how long flows are kept", async () => {
  const not_collected = [{ fromMs: 0, toMs: 5 * MINUTE }];
  const scan = {
    held_since: 1,
    window_overwritten: true,
    oldest_row_at: 5 * MINUTE,
    not_collected,
  };
  const { items } = await advise({ scan });
  assert.deepEqual(items, []);
});

Deno.test("recommendations that stand on a part of the flows say so first, and what to do", async () => {
  const scan = { stopped_at: 3 * MINUTE, rows_scanned: 9 };
  const { items } = await advise({ scan, reached: ["rows"], health: { undecoded: true } });
  assert.deepEqual(items.map(({ title }) => title), [
    "Ask of less at a time",
    "Look at what could not be decoded",
  ]);
  const [{ seen, next_step, severity, query }] = items;
  assert.equal(severity, "warning");
  assert.equal(
    seen,
    "Of the last 15 minutes 9 flow records were read, those that arrived up to " +
      "1970-01-01T00:03:00.000Z: then the budget was used up.",
  );
  assert.match(
    next_step,
    /shorter time_range, or with a filter, or raise query\.max_rows \(FLOW_QUERY/,
  );
  assert.deepEqual(query, {
    tool: "analyze_traffic",
    arguments: { time_range: "1970-01-01T00:03:00.000Z/1970-01-01T00:15:00.000Z", filter: "" },
  });
  // Where nothing was found up to there, nobody knows that nothing arrives.
  const none = await advise({ rows: [], scan: { ...scan, rows_scanned: 0 }, reached: ["time"] });
  assert.deepEqual(none.items.map(({ title }) => title), ["Ask of less at a time"]);
  assert.match(none.items[0].next_step, /raise query\.max_seconds /);
  const full = await advise({ reached: ["memory"] });
  assert.match(full.items[0].seen, /^There was no room in memory for all groups or values/);
  assert.match(full.items[0].next_step, /raise query\.max_memory_bytes /);
  // Looking for anomalies has a budget of its own.
  const anomalies: LookForAnomalies = ({ window }) =>
    Promise.resolve({ findings: [], omitted: 0, scan: { ...emptyReport(window), ...scan } });
  const own = await advise({ anomalies });
  assert.deepEqual(own.items.map(({ title, next_step }) => [title, next_step]), [[
    "Ask of less at a time",
    "Ask analyze_traffic, detect_bottlenecks and find_anomalies of a shorter time_range, or with a " +
    "filter.",
  ]]);
});

Deno.test("where nothing looks for anomalies that is said", async () => {
  const { trust } = await advise({ anomalies: null });
  assert.deepEqual(trust.notes, ["Anomalies were not looked for."]);
});

Deno.test("where only this machine can send, that comes first", async () => {
  const { items } = await advise({ rows: [], health: { loopback_only: true } });
  assert.match(
    items[0].next_step,
    /^All collectors listen on this machine itself, and no other can send there\. Where --collect /,
  );
});

/** Of each type of anomaly what is to be done, and about whom. */
const STEPS: Readonly<Record<AnomalyType, RegExp>> = {
  port_scan: /^See whether 10\.0\.0\.1 scans on purpose: then name it under expected\.scanners/,
  host_scan: /^See whether 10\.0\.0\.1 scans on purpose/,
  traffic_spike: /explain_change .* whether 10\.0\.0\.1 should send or receive so much\.$/,
  traffic_drop: /explain_change .* whether 10\.0\.0\.1 still works/,
  rare_ports: /^See which program of 10\.0\.0\.1 uses that/,
  // Who is flooded is to be protected, and did nothing.
  syn_flood: /^See first whether 10\.0\.0\.1 is up: .* protect it: SYN cookies/,
  amplification:
    /^Protect 10\.0\.0\.1, which asked for little or none of it: .*before they reach your link/,
  beaconing:
    /^See which program of 10\.0\.0\.1 calls 10\.0\.0\.2; if nobody knows it, take 10\.0\.0\.1/,
  new_talkers: /^See whose they are/,
  exporter_silent: /^Ask diagnose_exporter about 10\.0\.0\.1/,
};

for (const [type, step] of Object.entries(STEPS)) {
  Deno.test(`the next step about ${type} is one for the host that it is about`, () => {
    const [{ next_step }] = anomalyAdvice({
      findings: [{
        type: type as AnomalyType,
        severity: "warning",
        subject: { kind: "host", name: "10.0.0.1", hosts: ["10.0.0.1", "10.0.0.2"] },
        summary: "Something was seen.",
        first_seen_ms: 0,
        last_seen_ms: 1,
        evidence: { tool: "query_flows", arguments: {} },
        confidence: 0.9,
        benign_explanations: [],
      }],
      omitted: 0,
      scan: emptyReport(WINDOW),
    });
    assert.match(next_step, step);
    assert.doesNotMatch(next_step, /undefined/);
  });
}
