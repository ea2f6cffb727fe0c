import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { hex } from "../../tests/support/hex.ts";
import { diagnoseExporter } from "./diagnose_exporter.ts";
import { PLATFORMS } from "./exporter_configuration.ts";
import type {
  CollectorEvidence,
  ExporterEvidence,
  RowEvidence,
  StrangerEvidence,
  StreamEvidence,
  TemplateEvidence,
} from "./exporter_evidence.ts";
import { exporterRows } from "./exporter_rows.ts";
import { foreignFormat } from "./foreign_format.ts";

const NOW = Date.UTC(2026, 0, 1);
const COLLECTOR: CollectorEvidence = {
  name: "netflow_udp@[::]:2055",
  host: "::",
  port: 2055,
  formats: ["netflow5", "netflow9", "ipfix"],
  running: true,
  collectingSinceMs: NOW - 86_400_000,
  listeningSinceMs: NOW - 86_400_000,
  lastError: null,
  datagrams: 1000,
  datagramBytes: 1_000_000,
  flowRecords: 20_000,
  drops: {},
};
/** The collector where it was started so many milliseconds ago. */
const started = (ms: number): CollectorEvidence => ({
  ...COLLECTOR,
  collectingSinceMs: NOW - ms,
  listeningSinceMs: NOW - ms,
});
const LAST_HEARD = { last_seen_ms: NOW - 600_000, unheard_since_ms: NOW - 600_000 };
const STREAM: StreamEvidence = {
  collector: COLLECTOR.name,
  observation_domain: 0,
  first_seen_ms: NOW - 86_400_000,
  last_seen_ms: NOW - 1000,
  unheard_since_ms: NOW - 1000,
  listened_from_ms: NOW - 86_400_000,
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
  waiting_sets: 0,
  clock_lag_ms: 400,
  unrated_ms: null,
};
const TEMPLATE: TemplateEvidence = {
  collector: COLLECTOR.name,
  observation_domain: 0,
  template_id: 256,
  announced_ms: NOW - 30_000,
  interval_ms: 60_000,
  used_ms: NOW - 1000,
};
const STRANGER: StrangerEvidence = {
  collector: COLLECTOR.name,
  address: "192.0.2.1",
  kind: "unread",
  datagrams: 40,
  last_seen_ms: NOW - 2000,
  format: "sFlow 5",
  taker: { capability: "sflow_udp", port: 6343 },
};
const ROWS: RowEvidence = {
  rows: 5000,
  first_received_ms: NOW - 900_000,
  last_received_ms: NOW - 1000,
  timed: 5000,
  least_lag_ms: 200,
  median_lag_ms: 15_000,
  p95_duration_ms: 40_000,
  longest_duration_ms: 60_000,
  oversized: 0,
  free: { rows: 5000, uncounted: 0, without_interface: 0, untimed: 0 },
  fixed: {},
  unsampled: 5000,
  tcp: 3000,
  lone_packets: 100,
};
const HEALTHY: ExporterEvidence = {
  address: "192.0.2.1",
  nowMs: NOW,
  collectors: [COLLECTOR],
  streams: [STREAM],
  others: [],
  templates: [TEMPLATE],
  strangers: [],
  rows: ROWS,
  summed: 0,
  links: [],
  duplicates: null,
};
const NO_ROWS = { rows: 0, first_received_ms: null, last_received_ms: null };
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
    rows: NO_ROWS,
    more: { streams: [], others: [{ address: "192.0.2.7", lastSeenMs: NOW - 3000 }] },
    finds: ["nothing_arrives"],
    says: /Listening: netflow_udp@\[::\]:2055 \(1000 datagrams\)\. Heard: 192\.0\.2\.7 \(3 s ago\)/,
  },
  {
    title: "nobody at all is heard",
    rows: NO_ROWS,
    more: { address: "any exporter", streams: [] },
    finds: ["nothing_arrives"],
    says: /No datagram of any exporter was taken.*Nobody is heard\..*any udp and \(port 2055\)"/,
  },
  {
    title: "its flow records come in datagrams of another address",
    more: { streams: [], others: [{ address: "192.0.2.7", lastSeenMs: NOW - 3000 }] },
    finds: ["relayed"],
    says:
      /5000 flow records of the window name it, the last 1 s ago, .*Heard: 192\.0\.2\.7 \(3 s ago\)/,
  },
  {
    title: "its flow records are from before the collector was started anew",
    collectors: [{ ...COLLECTOR, collectingSinceMs: NOW - 600_000 }],
    rows: { last_received_ms: NOW - 700_000 },
    more: { streams: [] },
    finds: ["not_heard_since_start"],
    says: /5000 flow records of the window, the last 12 min ago, are from before collection began/,
  },
  {
    title: "the same of a collector that has just started",
    collectors: [started(30_000)],
    rows: { last_received_ms: NOW - 700_000 },
    more: { streams: [] },
    finds: ["not_heard_since_start"],
    says: /Wait/,
  },
  {
    title: "its flow records come by another, and itself it is refused",
    more: { streams: [], strangers: [{ ...STRANGER, kind: "refused" }] },
    finds: ["refused"],
  },
  {
    title: "it may be refused",
    rows: NO_ROWS,
    collectors: [{ ...COLLECTOR, drops: { exporter_not_allowed: 12 } }],
    more: { streams: [] },
    finds: ["nothing_arrives"],
    says: /exporter\.allow refused 12 datagrams\..*Add its address to exporter\.allow/,
  },
  {
    title: "it is refused",
    rows: NO_ROWS,
    collectors: [{ ...COLLECTOR, drops: { exporter_not_allowed: 40 } }],
    more: { streams: [], strangers: [{ ...STRANGER, kind: "refused" }] },
    finds: ["refused"],
    says:
      /40 datagrams of 192\.0\.2\.1 to netflow_udp@\[::\]:2055 met with exporter\.allow .*2 s ago/,
  },
  {
    title: "it may send to the wrong port under another address",
    rows: NO_ROWS,
    more: { streams: [], strangers: [{ ...STRANGER, address: "198.51.100.7" }] },
    finds: ["nothing_arrives"],
    says: /Not taken: 198\.51\.100\.7 \(sFlow 5 at netflow_udp.*under another address/,
  },
  {
    title: "it sends to the port of another protocol, where somebody listens",
    rows: NO_ROWS,
    more: { streams: [], strangers: [STRANGER] },
    finds: ["wrong_format"],
    says:
      /look like sFlow 5\. That is for sflow_udp.*Have the device send to port 6343, where sflow_udp/,
  },
  {
    title: "it sends to the port of another protocol, and nobody listens where it should",
    rows: NO_ROWS,
    more: {
      streams: [],
      strangers: [{ ...STRANGER, taker: { capability: "sflow_udp", port: null } }],
    },
    finds: ["wrong_format"],
    says: /Call start_collection with sflow_udp and a port of its own/,
  },
  {
    title: "it sends what nothing takes",
    rows: NO_ROWS,
    more: { streams: [], strangers: [{ ...STRANGER, format: "NetFlow 8", taker: null }] },
    finds: ["wrong_format"],
    says: /Nothing here takes NetFlow 8.*version 5, 9 or IPFIX/,
  },
  {
    title: "it sends some of that beside its flows",
    more: { strangers: [STRANGER] },
    finds: ["wrong_format"],
  },
  {
    title: "a collector that counts what it cannot read as a datagram of the exporter",
    stream: { flow_records: 0, templates: 0 },
    more: { strangers: [STRANGER], templates: [] },
    finds: ["wrong_format"],
  },
  {
    title: "others send what is not taken",
    more: { strangers: [{ ...STRANGER, address: "198.51.100.7" }] },
    finds: [],
  },
  {
    title: "it stopped",
    stream: LAST_HEARD,
    finds: ["silent"],
    says: /10 min/,
  },
  {
    title: "data without templates",
    stream: { flow_records: 0, templates: 0, waiting_sets: 40 },
    more: { templates: [] },
    finds: ["datagrams_without_flows"],
    says:
      /for a template: 40 sets.*announced no template since.*cannot be read before its templates/,
  },
  {
    title: "templates without data",
    stream: { flow_records: 0 },
    finds: ["datagrams_without_flows"],
    says: /no interface has the monitor applied/,
  },
  {
    title: "some sets without template",
    collectors: [{ ...COLLECTOR, drops: { template_never_came: 4 } }],
    stream: { waiting_sets: 3 },
    finds: ["sets_without_template"],
    says: /Waiting for a template: 3 sets of it.*given up: 4\. It last announced .* 30 s ago/,
  },
  {
    title: "a template that does not come again",
    more: { templates: [{ ...TEMPLATE, announced_ms: NOW - 1_200_000 }] },
    finds: ["templates_stale"],
    says: /still comes by template 256 of domain 0: announced 20 min ago/,
  },
  {
    title: "a template known from before, and never announced since",
    more: { templates: [{ ...TEMPLATE, announced_ms: null, interval_ms: null }] },
    finds: ["templates_stale"],
    says: /not announced since the collector started/,
  },
  {
    title: "the same, of a collector that has just started",
    collectors: [{ ...COLLECTOR, collectingSinceMs: NOW - 60_000 }],
    more: { templates: [{ ...TEMPLATE, announced_ms: null, interval_ms: null }] },
    finds: [],
  },
  {
    title: "a template that came once, within what vendors wait",
    more: { templates: [{ ...TEMPLATE, announced_ms: NOW - 1_700_000, interval_ms: null }] },
    finds: [],
  },
  {
    title: "an old template that is not used any more",
    more: {
      templates: [{ ...TEMPLATE, announced_ms: NOW - 7_200_000, used_ms: NOW - 7_000_000 }],
    },
    finds: [],
  },
  {
    title: "templates every half an hour",
    more: {
      templates: [{ ...TEMPLATE, announced_ms: NOW - 1_500_000, interval_ms: 1_800_000 }],
    },
    finds: ["templates_seldom"],
    says: /template 256 of domain 0 came 30 min apart\. It last announced a template 25 min ago/,
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
    title: "a clock ahead, by its headers",
    stream: { clock_lag_ms: -3_600_000 },
    finds: ["clock_skew"],
    says: /its clock was 60 min ahead of this machine's/,
  },
  {
    title: "a clock half a minute behind, by its headers",
    stream: { clock_lag_ms: 30_000 },
    finds: ["clock_skew"],
    says: /its clock was 30 s behind/,
  },
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
    title: "a sampler that nobody explained",
    stream: { unrated_ms: NOW - 5000 },
    finds: ["sampling_not_announced"],
    says: /5000 of its 5000 .* name a sampler, and no options data told its rate/,
  },
  {
    title: "connections of which single packets are reported",
    rows: { lone_packets: 2800 },
    finds: ["looks_sampled"],
    says: /2800 of its 3000 flow records of TCP are single packets/,
  },
  {
    title: "the same at a rate that is known",
    stream: { sampling_rate: 100, sampling_source: "announced" },
    rows: { lone_packets: 2800, unsampled: 0 },
    finds: [],
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
    rows: {
      timed: 0,
      free: { rows: 5000, uncounted: 5000, without_interface: 4000, untimed: 5000 },
    },
    finds: ["fields_missing"],
    says: /5000 have no octets or packets, 4000 name no ingress interface, 5000 say no end/,
  },
  {
    title: "what sFlow cannot carry",
    rows: {
      timed: 0,
      free: { rows: 0, uncounted: 0, without_interface: 0, untimed: 0 },
      fixed: { sflow5: { rows: 5000, uncounted: 0, without_interface: 300, untimed: 5000 } },
    },
    finds: ["format_limits"],
    says:
      /Of 5000 flow records in sflow5, 300 name no ingress interface, 5000 say no end .*sFlow sends single packets .*Nothing on the device adds to these records/,
  },
  {
    title: "what a device does not fill in, in a version that has nothing else",
    rows: {
      fixed: { netflow5: { rows: 5000, uncounted: 0, without_interface: 5000, untimed: 0 } },
    },
    finds: ["format_limits"],
    says:
      /Of 5000 flow records in netflow5, 5000 name no ingress .* The records of this version are/,
  },
  {
    title: "sFlow beside NetFlow with all there is to know",
    rows: { fixed: { sflow5: { rows: 9, uncounted: 0, without_interface: 0, untimed: 0 } } },
    finds: [],
  },
  {
    title: "nothing of a router can arrive where all listen on this machine itself",
    rows: NO_ROWS,
    collectors: [
      { ...COLLECTOR, name: "netflow_udp@127.0.0.1:2055", host: "127.0.0.1" },
      { ...COLLECTOR, name: "sflow_udp@[::1]:6343", host: "::1", port: 6343 },
      { ...COLLECTOR, running: false },
    ],
    more: { streams: [] },
    finds: ["nothing_arrives"],
    says:
      /All collectors listen on this machine itself \(127\.0\.0\.1, ::1\), and no other can send there\. Where --collect .* names this machine, name "::" there, .*; else set collector\.host .*Check destination/,
  },
  {
    title: "a sender of this machine can reach them",
    rows: NO_ROWS,
    collectors: [{ ...COLLECTOR, name: "netflow_udp@127.0.0.1:2055", host: "127.0.0.1" }],
    more: { streams: [], address: "127.0.0.1" },
    finds: ["nothing_arrives"],
    says: /It does not export, .*\. Check destination/,
  },
  {
    title: "several things, the gravest first",
    stream: { ...LAST_HEARD, samples_dropped: 5, restarts: 3 },
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
    const grave = findings.some(({ severity }) => severity !== "info");
    const unheard = ["silent", "not_heard_since_start", "nothing_arrives"].some((name) =>
      finds.includes(name)
    );
    assert.equal(/nothing is wrong/.test(headline), !grave && !unheard);
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

Deno.test("an exporter is not silent yet where its collector listens anew for under two minutes", () => {
  const said = (listenedMs: number) => {
    const stream = { ...STREAM, ...LAST_HEARD, unheard_since_ms: NOW - listenedMs };
    const { findings } = diagnoseExporter({ ...HEALTHY, streams: [stream] });
    return findings.map(({ finding, severity }) => `${finding} ${severity}`);
  };
  assert.deepEqual(said(119_999), []);
  assert.deepEqual(said(120_000), ["silent warning"]);
});

Deno.test("an exporter that is silent is a warning, and a hint where it came new and left", () => {
  const said = (first_seen_ms: number, listened_from_ms = NOW - 86_400_000) => {
    const heard = { first_seen_ms, ...LAST_HEARD, listened_from_ms };
    const stream = { ...STREAM, ...heard };
    const { findings, headline } = diagnoseExporter({ ...HEALTHY, streams: [stream] });
    // Whatever it is called, what is missing from every answer is no matter of course.
    assert.match(headline, /5000 flow records in the window; silent\.$/);
    return findings.map(({ finding, severity }) => `${finding} ${severity}`);
  };
  assert.deepEqual(said(NOW - 86_400_000), ["silent warning"]);
  assert.deepEqual(said(NOW - 660_000), ["silent info"]);
  // It was there when the collector was started, anew perhaps: it is not known to be new.
  assert.deepEqual(said(NOW - 660_000, NOW - 960_000), ["silent warning"]);
  assert.deepEqual(said(NOW - 660_000, NOW - 960_001), ["silent info"]);
});

/** How long collectors have listened for nothing, and how grave that is. */
const LISTENED: readonly [ms: number, severity: string, says: RegExp, headline: RegExp][] = [
  [
    2000,
    "info",
    /listened for 2\.0 s so far\..* Wait: .* some minutes: Check/,
    /; nothing arrives yet\.$/,
  ],
  [119_999, "info", /listened for 120 s so far\..* Wait: /, /; nothing arrives yet\.$/],
  [120_000, "warning", /listened for 2 min so far\./, /; nothing arrives\.$/],
  [300_000, "critical", /listened for 5 min so far\./, /; nothing arrives\.$/],
];

Deno.test("that nothing arrives is as grave as it has lasted", () => {
  for (const [ms, severity, says, wanted] of LISTENED) {
    const { findings: [finding], headline } = diagnoseExporter({
      ...HEALTHY,
      // Which of them it sends to is not known: the one that was started last counts.
      collectors: [COLLECTOR, started(ms), { ...started(1), running: false }],
      streams: [],
      rows: { ...ROWS, ...NO_ROWS },
    });
    assert.deepEqual([finding.finding, finding.severity], ["nothing_arrives", severity]);
    assert.match(`${finding.evidence} ${finding.why} ${finding.remedy}`, says);
    assert.match(headline, wanted);
    assert.equal(/Wait/.test(finding.remedy), severity === "info");
  }
});

Deno.test("what cannot arrive is critical from the start", () => {
  const { findings: [finding] } = diagnoseExporter({
    ...HEALTHY,
    collectors: [{ ...started(2000), host: "127.0.0.1" }],
    streams: [],
    rows: { ...ROWS, ...NO_ROWS },
  });
  assert.deepEqual([finding.finding, finding.severity], ["nothing_arrives", "critical"]);
});

Deno.test("an exporter that is not heard since a start of just now is in the headline", () => {
  const { headline, findings } = diagnoseExporter({
    ...HEALTHY,
    collectors: [started(30_000)],
    streams: [],
    rows: { ...ROWS, last_received_ms: NOW - 40_000 },
  });
  assert.deepEqual(findings.map(({ severity }) => severity), ["info"]);
  assert.match(headline, /; not heard since start\.$/);
});

Deno.test("advice is for what the exporter speaks, with the port that we listen on", () => {
  const advice = (evidence: Partial<ExporterEvidence>) => {
    const { configuration } = diagnoseExporter({ ...HEALTHY, ...evidence });
    const text = configuration.flatMap(({ lines }) => lines).join("\n");
    return { platforms: configuration.map(({ platform }) => platform).join(), text };
  };
  const silent = advice({ streams: [{ ...STREAM, ...LAST_HEARD }] });
  assert.match(silent.platforms, /^Cisco IOS, IOS XE .*pmacctd/);
  assert.doesNotMatch(silent.platforms, /sFlow|hsflowd/);
  assert.match(silent.text, /transport udp 2055/);
  assert.doesNotMatch(silent.text, /PORT\b/);
  const sflow = { ...COLLECTOR, name: "sflow_udp@[::]:6343", port: 6343, formats: ["sflow5"] };
  const samples = advice({
    collectors: [sflow],
    streams: [{ ...STREAM, collector: sflow.name, samples_dropped: 5 }],
    templates: [],
  });
  assert.equal(samples.platforms, "Arista EOS (sFlow),hsflowd (/etc/hsflowd.conf)");
  const nothing = advice({ streams: [], rows: { ...ROWS, ...NO_ROWS } });
  assert.match(nothing.platforms, /Juniper.*hsflowd/);
  assert.match(nothing.text, /udpport=PORT/);
});

const HEADS: readonly [head: string, format: string][] = [
  ["0009 0014", "NetFlow 9"],
  ["0008 0014", "NetFlow 8"],
  ["000a 0014", "IPFIX"],
  ["00000005 00000001", "sFlow 5"],
  ["00000004 00000001", "sFlow 4"],
  ["7b22737263223a", "JSON"],
  ["0a5b7b", "something of 3 octets"],
  ["3c33343e312032", "syslog"],
  ["302602010104067075626c6963", "SNMP"],
  ["3081a602010104067075626c", "SNMP"],
  ["deadbeef00000000", "something that begins deadbeef00000000"],
];
for (const [head, format] of HEADS) {
  Deno.test(`foreignFormat() calls ${head} ${format}`, () => {
    assert.equal(foreignFormat(hex(head)), format);
  });
}

Deno.test("lines for where to send define each name that they use, and bind it to an interface", () => {
  const { configuration } = diagnoseExporter({
    ...HEALTHY,
    streams: [],
    rows: { ...ROWS, ...NO_ROWS },
  });
  for (const { platform, lines } of configuration) {
    const text = lines.join("\n");
    const names = new Set(text.match(/FLOW-[A-Z]+/g));
    // Arista's exporter stands within its tracker, and its name is used nowhere else.
    if (platform.includes("IPFIX") && platform.startsWith("Arista")) names.delete("FLOW-AGENT");
    for (const name of names) {
      assert.ok(text.split(name).length > 2, `${platform}: ${name} is named once`);
    }
    if (/Cisco (IOS|NX)/.test(platform)) {
      assert.match(text, /^interface .*\n +(ip )?flow .*monitor FLOW-MONITOR/m, platform);
      assert.match(text, /^flow monitor(-map)? FLOW-MONITOR(\n +.*)*?\n +record /m, platform);
      assert.match(
        text,
        /^flow monitor(-map)? FLOW-MONITOR(\n +.*)*?\n +exporter FLOW-AGENT/m,
        platform,
      );
    }
  }
  const fortios = configuration.find(({ platform }) => platform.startsWith("Fortinet"))!;
  const opened = fortios.lines.filter((line) => /^ *(config|edit) /.test(line)).length;
  assert.equal(fortios.lines.filter((line) => /^ *(end|next)$/.test(line)).length, opened);
});

Deno.test("every platform says how to name the collector", () => {
  for (const { platform, lines } of PLATFORMS) {
    const text = lines.destination?.join("\n") ?? "";
    assert.ok(text.includes("COLLECTOR") && /PORT|:PORT/.test(text), platform);
  }
});

Deno.test("exporterRows() looks at the rows of one exporter in the window, without events", async () => {
  const fixture = new FlowFixture();
  const row = { exporter: "192.0.2.1", received_at: 10_000, end_at: 9000, start_at: 4000 };
  const tcp = { protocol: 6, tcp_flags: 0x18 };
  fixture.add(
    { ...row, received_at: 5000 },
    { ...row, exporter: "192.0.2.2" },
    { ...row, event: "deny" },
    { ...row, ...tcp, bytes: 1500, packets: 1, in_if: 1, sampling_rate: 100 },
    { ...row, ...tcp, end_at: 13_000, bytes: 9000, packets: 2, in_if: 1 },
    {
      ...{ ...tcp, tcp_flags: 0x12, exporter: "192.0.2.1", export_format: "sflow5" },
      ...{ received_at: 11_000, duration_ms: 1 },
    },
  );
  const window = { fromMs: 10_000, toMs: 20_000, untilNow: false };
  const found = await exporterRows([fixture.source], { address: "192.0.2.1", window });
  assert.deepEqual(
    found,
    {
      rows: 3,
      first_received_ms: 10_000,
      last_received_ms: 11_000,
      timed: 2,
      least_lag_ms: -3000,
      median_lag_ms: -3000,
      p95_duration_ms: 9000,
      longest_duration_ms: 9000,
      oversized: 1,
      free: { rows: 2, uncounted: 0, without_interface: 0, untimed: 0 },
      fixed: { sflow5: { rows: 1, uncounted: 1, without_interface: 1, untimed: 1 } },
      unsampled: 2,
      tcp: 3,
      lone_packets: 1,
    } satisfies RowEvidence,
  );
});

Deno.test("exporterRows() of any exporter looks at the rows of all", async () => {
  const fixture = new FlowFixture();
  fixture.add(
    { exporter: "192.0.2.1", received_at: 10_000 },
    { exporter: "2001:db8::1", received_at: 12_000 },
  );
  const window = { fromMs: 0, toMs: 20_000, untilNow: false };
  const ask = async (address: string | null) => {
    const { rows, last_received_ms } = await exporterRows([fixture.source], { address, window });
    return [rows, last_received_ms];
  };
  assert.deepEqual(await ask(null), [2, 12_000]);
  assert.deepEqual(await ask("192.0.2.1"), [1, 10_000]);
  assert.deepEqual(await ask("192.0.2.9"), [0, null]);
});

Deno.test("docs/mcp.md tells every finding, and each has a case here", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/mcp.md", import.meta.url));
  const [, section] = page.split("### diagnose_exporter\n");
  const told = [...section.split("\n`configuration`")[0].matchAll(/^\| `(\w+)` +\| /gm)]
    .map(([, finding]) => finding).filter((finding) => finding !== "finding");
  assert.deepEqual(told.sort(), [...new Set(CASES.flatMap(({ finds }) => finds))].sort());
});
