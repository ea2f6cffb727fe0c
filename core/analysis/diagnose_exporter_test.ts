import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { diagnoseExporter } from "./diagnose_exporter.ts";
import { PLATFORMS } from "./exporter_configuration.ts";
import type {
  CollectorEvidence,
  ExporterEvidence,
  RowEvidence,
  StreamEvidence,
} from "./exporter_evidence.ts";
import { exporterRows } from "./exporter_rows.ts";

const NOW = Date.UTC(2026, 0, 1);
const COLLECTOR: CollectorEvidence = {
  name: "netflow_udp@[::]:2055",
  running: true,
  lastError: null,
  datagrams: 1000,
  datagramBytes: 1_000_000,
  flowRecords: 20_000,
  setsWithoutTemplate: 0,
  drops: {},
};
const STREAM: StreamEvidence = {
  collector: COLLECTOR.name,
  observation_domain: 0,
  last_seen_ms: NOW - 1000,
  datagrams: 1000,
  flow_records: 20_000,
  sequence_lost: 0,
  sequence_unit: "flows",
  reordered: 0,
  duplicates: 0,
  restarts: 0,
  samples_lost: 0,
  samples_dropped: 0,
  sampling_rate: null,
  sampling_source: "assumed",
  templates: 2,
};
const ROWS: RowEvidence = {
  rows: 5000,
  timed: 5000,
  least_lag_ms: 200,
  median_lag_ms: 15_000,
  p95_duration_ms: 40_000,
  longest_duration_ms: 60_000,
  oversized: 0,
  uncounted: 0,
  without_interface: 0,
  unsampled: 5000,
};
const HEALTHY: ExporterEvidence = {
  address: "192.0.2.1",
  nowMs: NOW,
  collectors: [COLLECTOR],
  streams: [STREAM],
  others: [],
  rows: ROWS,
  links: [],
  duplicates: null,
};
const link = (counted_octets: number, flow_octets: number) => ({
  if_index: 3,
  direction: "in" as const,
  seconds: 300,
  counted_octets,
  flow_octets,
});

/** What differs from a healthy exporter, what is found, and what the evidence and the advice say. */
const CASES: readonly {
  title: string;
  collectors?: readonly CollectorEvidence[];
  stream?: Partial<StreamEvidence>;
  rows?: Partial<RowEvidence>;
  more?: Partial<ExporterEvidence>;
  finds: readonly string[];
  says?: RegExp;
}[] = [
  { title: "a healthy exporter", finds: [] },
  {
    title: "no collector",
    collectors: [{ ...COLLECTOR, running: false, lastError: "address in use" }],
    more: { streams: [] },
    finds: ["no_collector"],
    says: /netflow_udp@\[::\]:2055: address in use/,
  },
  {
    title: "nothing of it arrives, but of others",
    more: { streams: [], others: [{ address: "192.0.2.7", lastSeenMs: NOW - 3000 }] },
    finds: ["nothing_arrives"],
    says: /Listening: netflow_udp@\[::\]:2055 \(1000 datagrams\)\. Heard: 192\.0\.2\.7 \(3 s ago\)/,
  },
  {
    title: "it may be refused",
    collectors: [{ ...COLLECTOR, drops: { exporter_not_allowed: 12 } }],
    more: { streams: [] },
    finds: ["nothing_arrives"],
    says: /12 datagrams were refused by exporter\.allow.*Add its address to exporter\.allow/,
  },
  {
    title: "it may send to the wrong port",
    collectors: [{ ...COLLECTOR, drops: { unknown_version: 9 } }],
    more: { streams: [] },
    finds: ["nothing_arrives"],
    says: /9 datagrams were in no format.*It may send to the port of another protocol/,
  },
  {
    title: "it stopped",
    stream: { last_seen_ms: NOW - 600_000 },
    finds: ["silent"],
    says: /10 min/,
  },
  {
    title: "data without templates",
    collectors: [{ ...COLLECTOR, setsWithoutTemplate: 40 }],
    stream: { flow_records: 0, templates: 0 },
    finds: ["datagrams_without_flows"],
    says: /40 sets wait.*cannot be read before its templates/,
  },
  {
    title: "templates without data",
    stream: { flow_records: 0 },
    finds: ["datagrams_without_flows"],
    says: /no interface has the monitor applied/,
  },
  {
    title: "some sets without template",
    collectors: [{ ...COLLECTOR, setsWithoutTemplate: 3, drops: { template_never_came: 4 } }],
    finds: ["sets_without_template"],
    says: /3 sets wait for their template and 4 were given up/,
  },
  {
    title: "another version",
    collectors: [{ ...COLLECTOR, drops: { unknown_version: 9 } }],
    finds: ["wrong_version"],
  },
  {
    title: "damaged data",
    collectors: [{ ...COLLECTOR, drops: { bad_set: 2, records_beyond_payload: 5 } }],
    finds: ["undecoded"],
    says: /records_beyond_payload 5, bad_set 2/,
  },
  {
    title: "loss",
    stream: { sequence_lost: 1000 },
    finds: ["sequence_loss"],
    says: /1000 flows are missing .*\(4\.8 %\)/,
  },
  { title: "a little loss", stream: { sequence_lost: 10 }, finds: [] },
  { title: "doubled datagrams", stream: { duplicates: 500 }, finds: ["sequence_disorder"] },
  { title: "restarts", stream: { restarts: 3 }, finds: ["sequence_disorder"] },
  {
    title: "a clock ahead",
    rows: { median_lag_ms: -3_600_000, least_lag_ms: -3_700_000 },
    finds: ["clock_skew"],
    says: /60 min after they arrive/,
  },
  {
    title: "a clock behind",
    rows: { median_lag_ms: 7_200_000, least_lag_ms: 7_190_000 },
    finds: ["clock_skew"],
    says: /2 h before they arrive/,
  },
  {
    title: "some rows without a rate",
    stream: { sampling_rate: 100, sampling_source: "announced" },
    rows: { unsampled: 20 },
    finds: ["sampling_not_announced"],
    says: /20 of its 5000/,
  },
  {
    title: "counters that fit an unknown sampling",
    more: { links: [link(1_060_000_000, 1_000_000)] },
    finds: ["differs_from_counters"],
    says: /1060\.00 times as much.*sampling of 1 in 1024 where 1 in 1 is known/,
  },
  {
    title: "counters that agree",
    more: { links: [link(1_050_000_000, 1_000_000_000)] },
    finds: [],
  },
  {
    title: "counters that say half",
    more: { links: [link(500_000_000, 1_000_000_000)] },
    finds: ["differs_from_counters"],
    says: /0\.50 times.*observed twice/,
  },
  {
    title: "counters that fit no rate",
    more: { links: [link(3_000_000_000, 1_000_000_000)] },
    finds: ["differs_from_counters"],
    says: /not every interface or direction/,
  },
  {
    title: "a long active timeout",
    rows: { longest_duration_ms: 1_800_000, p95_duration_ms: 900_000 },
    finds: ["long_active_timeout"],
    says: /up to 30 min \(p95 15 min\)/,
  },
  {
    title: "duplicates",
    more: { duplicates: { factor: 2, note: "Traffic is counted 2.00 times" } },
    finds: ["duplicate_observation"],
  },
  { title: "dropped samples", stream: { samples_dropped: 5 }, finds: ["samples_dropped"] },
  {
    title: "fragments",
    collectors: [{ ...COLLECTOR, datagramBytes: 3_000_000 }],
    finds: ["fragmented_export"],
    says: /3000 octets on average/,
  },
  { title: "offloaded packets", rows: { oversized: 3000 }, finds: ["packets_larger_than_mtu"] },
  {
    title: "fields left out",
    rows: { uncounted: 5000, without_interface: 4000, timed: 0 },
    finds: ["fields_missing"],
    says: /5000 have no octets or packets, 4000 name no ingress interface, 5000 say no end/,
  },
  {
    title: "several things, the gravest first",
    stream: { last_seen_ms: NOW - 600_000, samples_dropped: 5, restarts: 3 },
    finds: ["silent", "samples_dropped", "sequence_disorder"],
  },
];

for (const { title, collectors, stream, rows, more, finds, says } of CASES) {
  Deno.test(`diagnosis: ${title}`, () => {
    const { findings, headline, configuration } = diagnoseExporter({
      ...HEALTHY,
      collectors: collectors ?? HEALTHY.collectors,
      streams: [{ ...STREAM, ...stream }],
      rows: { ...ROWS, ...rows },
      ...more,
    });
    assert.deepEqual(findings.map(({ finding }) => finding), finds);
    if (finds.length === 0) assert.match(headline, /nothing is wrong/);
    if (says !== undefined) {
      const [{ evidence, why, remedy }] = findings;
      assert.match([evidence, why, remedy].join(" "), says);
    }
    for (const { topic } of configuration) {
      assert.ok(findings.some((finding) => finding.topic === topic));
    }
    const wanted = findings.some(({ topic }) => topic !== null);
    assert.equal(configuration.length > 0, wanted);
  });
}

Deno.test("every platform says how to name the collector", () => {
  for (const { platform, lines } of PLATFORMS) {
    const text = lines.destination?.join("\n") ?? "";
    assert.ok(text.includes("COLLECTOR") && /PORT|:PORT/.test(text), platform);
  }
});

Deno.test("exporterRows() looks at the rows of one exporter in the window, without events", async () => {
  const fixture = new FlowFixture();
  const row = { exporter: "192.0.2.1", received_at: 10_000, end_at: 9000, start_at: 4000 };
  fixture.add(
    { ...row, received_at: 5000 },
    { ...row, exporter: "192.0.2.2" },
    { ...row, event: "deny" },
    { ...row, bytes: 1500, packets: 1, in_if: 1, sampling_rate: 100 },
    { ...row, end_at: 13_000, bytes: 9000, packets: 2, in_if: 1 },
    { exporter: "192.0.2.1", received_at: 11_000, duration_ms: 1 },
  );
  const window = { fromMs: 10_000, toMs: 20_000, untilNow: false };
  const found = await exporterRows([fixture.source], { address: "192.0.2.1", window });
  assert.deepEqual(
    found,
    {
      rows: 3,
      timed: 2,
      least_lag_ms: -3000,
      median_lag_ms: -3000,
      p95_duration_ms: 9000,
      longest_duration_ms: 9000,
      oversized: 1,
      uncounted: 1,
      without_interface: 1,
      unsampled: 2,
    } satisfies RowEvidence,
  );
});
