import assert from "node:assert/strict";
import { sflowUdp } from "../../../capabilities/sflow_udp/mod.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { ARRIVAL_MS, CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import {
  countersSample,
  envelope,
  flowSample,
  opaque,
  sampledHeader,
  type SampleOptions,
  sflow,
  TCP_PACKET,
  text,
  word,
  words,
} from "../../../tests/support/sflow_messages.ts";

const IPV4 = (octets: string) => `00000001${octets}`;
const NO_ADDRESS = word(0);
/** 10.9.0.1 to 10.9.0.2, UDP 5000 to 53, length 100, traffic class 0x28. */
const SAMPLED_IPV4 = envelope(
  3,
  words(100, 17) + "0a090001" + "0a090002" + words(5000, 53, 0, 0x28),
);

function rowsOf(structures: readonly string[], options: SampleOptions = {}): FlowRecord[] {
  const { records, errors } = new CodecHarness(sflowUdp)
    .decode(sflow([flowSample(structures, options)]));
  assert.deepEqual(errors, []);
  return records;
}
/** The fields of a row that are named in an expectation. */
function pick(record: FlowRecord, expected: Partial<FlowRecord>): Partial<FlowRecord> {
  return Object.fromEntries(
    Object.keys(expected).map((name) => [name, record[name as keyof FlowRecord]]),
  );
}

Deno.test("a sampled packet stands for as many as the rate says: layer 3 octets and the frame", () => {
  const [row] = rowsOf([sampledHeader()]);
  const expected: Partial<FlowRecord> = {
    capability: "sflow_udp",
    export_format: "sflow5",
    exporter: "192.0.2.9",
    observation_domain: 7,
    received_at: new Date(ARRIVAL_MS).toISOString(),
    start_at: null,
    src_addr: "10.0.0.1",
    dst_addr: "10.0.0.2",
    src_port: 40000,
    dst_port: 443,
    protocol: 6,
    tcp_flags: 2,
    bytes: 148_600,
    packets: 100,
    l2_bytes: 150_400,
    sampling_rate: 100,
    sampling_source: "in_record",
    in_if: 3,
    out_if: 4,
    direction: "ingress",
    src_mac: "02:00:00:00:00:01",
    dst_mac: "02:00:00:00:00:02",
    event: null,
  };
  assert.deepEqual(pick(row, expected), expected);
});

// deno-fmt-ignore: one row a structure reads as the table it is.
const STRUCTURES: readonly (readonly [name: string, structures: readonly string[], expected: Partial<FlowRecord>])[] = [
  ["TRAPS 26: layer 2 is the frame with its FCS, whatever was stripped; layer 3 what IP says", [sampledHeader(TCP_PACKET, { frame: 1526, stripped: 26 })], { bytes: 148_600, l2_bytes: 152_600 }],
  ["TRAPS 26: without IP there are no octets of layer 3", [sampledHeader(TCP_PACKET.slice(0, 24) + "88cc" + "0207", { frame: 64 })], { bytes: null, l2_bytes: 6400, packets: 100 }],
  ["TRAPS 33: header protocol 11, a packet without its frame", [sampledHeader(TCP_PACKET.slice(28), { protocol: 11, frame: 1486, stripped: 0 })],
    { src_addr: "10.0.0.1", bytes: 148_600, l2_bytes: null, src_mac: null }],
  ["TRAPS 33: header protocol 11 whose frame was stripped", [sampledHeader(TCP_PACKET.slice(28), { protocol: 11, frame: 1504, stripped: 18 })],
    { dst_port: 443, bytes: 148_600, l2_bytes: 150_400 }],
  ["TRAPS 33: header protocol 12", [sampledHeader("6000000000143a40" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "80000000", { protocol: 12, frame: 60 })],
    { src_addr: "2001:db8::1", dst_addr: "2001:db8::2", protocol: 58, icmp_type: 128, icmp_code: 0, bytes: 6000, l2_bytes: null }],
  ["TRAPS 33: header protocol 13, MPLS", [sampledHeader("00064140" + TCP_PACKET.slice(28), { protocol: 13, frame: 1490 })], { mpls_label: 100, dst_port: 443, l2_bytes: 149_000 }],
  ["TRAPS 33: header protocol 7, PPP", [sampledHeader("0021" + TCP_PACKET.slice(28), { protocol: 7, frame: 1490 })], { dst_port: 443, l2_bytes: 149_000 }],
  ["TRAPS 33: tags of 0x8100, 0x88a8 and 0x9100", [sampledHeader(TCP_PACKET.slice(0, 24) + "88a80064" + "810000c8" + TCP_PACKET.slice(24))], { vlan: 100, dst_port: 443 }],
  ["TRAPS 33: a tag of 0x9100", [sampledHeader(TCP_PACKET.slice(0, 24) + "91000065" + TCP_PACKET.slice(24))], { vlan: 101, dst_port: 443 }],
  ["TRAPS 34: a later fragment has no ports", [sampledHeader(TCP_PACKET.slice(0, 40) + "00b9" + TCP_PACKET.slice(44))], { protocol: 6, src_port: null, dst_port: null, tcp_flags: null, bytes: 148_600 }],
  ["TRAPS 34: extension headers of IPv6 are walked", [sampledHeader("60000000001c0040" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "1100000000000000" + "1388003500140000" + "000000000000", { protocol: 12, frame: 68 })],
    { protocol: 17, src_port: 5000, dst_port: 53, bytes: 6800 }],
  ["TRAPS 34: padding behind a short packet is not counted", [sampledHeader(TCP_PACKET.slice(0, 32) + "0028" + TCP_PACKET.slice(36) + "000000000000", { frame: 64 })], { bytes: 4000, l2_bytes: 6400 }],
  ["sampled_ethernet alone", [envelope(2, word(1000) + "0200000000010000" + "0200000000020000" + word(0x0806))],
    { src_mac: "02:00:00:00:00:01", dst_mac: "02:00:00:00:00:02", l2_bytes: 100_000, bytes: null, packets: 100, src_addr: null }],
  ["sampled_ethernet without padding of its addresses", [envelope(2, word(1000) + "020000000001" + "020000000002" + word(0x0806))],
    { src_mac: "02:00:00:00:00:01", dst_mac: "02:00:00:00:00:02" }],
  ["sampled_ipv4 alone", [SAMPLED_IPV4],
    { src_addr: "10.9.0.1", dst_addr: "10.9.0.2", protocol: 17, src_port: 5000, dst_port: 53, tcp_flags: null, ip_tos: 40, bytes: 10_000, packets: 100, l2_bytes: null }],
  ["sampled_ipv6 alone", [envelope(4, words(200, 6) + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + words(1, 2, 0x12, 0))],
    { src_addr: "2001:db8::1", dst_addr: "2001:db8::2", protocol: 6, src_port: 1, dst_port: 2, tcp_flags: 18, bytes: 20_000 }],
  ["sampled_ipv4 behind a header says nothing new", [sampledHeader(), SAMPLED_IPV4], { src_addr: "10.0.0.1", dst_port: 443, bytes: 148_600 }],
  ["sampled_ipv4 before a header, too", [SAMPLED_IPV4, sampledHeader()], { src_addr: "10.0.0.1", dst_port: 443, bytes: 148_600 }],
  ["extended_switch: VLAN of the incoming frame", [sampledHeader(), envelope(1001, words(30, 5, 31, 0))], { vlan: 30 }],
  ["extended_switch: 0 is untagged, all ones unknown", [envelope(1001, words(0, 0, 31, 0)), envelope(1001, words(0xffffffff, 0, 1, 0))], { vlan: null }],
  ["extended_switch of an untagged port and a tag in the header", [envelope(1001, words(0, 0, 0, 0)), sampledHeader(TCP_PACKET.slice(0, 24) + "81000065" + TCP_PACKET.slice(24))], { vlan: 101 }],
  ["extended_router", [envelope(1002, IPV4("c0000201") + words(24, 16))], { next_hop: "192.0.2.1", src_prefix_len: 24, dst_prefix_len: 16 }],
  ["extended_router: IPv6, and masks that are none", [envelope(1002, word(2) + "20010db8000000000000000000000001" + words(0xffffffff, 0xffffff80))],
    { next_hop: "2001:db8::1", src_prefix_len: null, dst_prefix_len: null }],
  ["extended_router: no address", [envelope(1002, NO_ADDRESS + words(24, 16))], { next_hop: null, src_prefix_len: 24 }],
  ["extended_gateway: the last AS of the path", [envelope(1003, IPV4("c0000202") + words(65000, 65001, 65002, 2, 2, 2, 100, 200, 1, 2, 300, 400, 0, 50))],
    { bgp_next_hop: "192.0.2.2", src_as: 65001, dst_as: 400 }],
  ["TRAPS 36: extended_gateway with an empty path", [envelope(1003, IPV4("c0000202") + words(65000, 65001, 65002, 0, 0, 50))], { src_as: 65001, dst_as: null }],
  ["TRAPS 36: extended_gateway with an empty segment", [envelope(1003, IPV4("c0000202") + words(65000, 0, 0, 2, 2, 1, 7, 2, 0, 0, 50))], { src_as: null, dst_as: 7 }],
  ["extended_mpls", [envelope(1006, IPV4("c0000203") + words(1, 100 << 12 | 0x140, 0))], { next_hop: "192.0.2.3", mpls_label: 100 }],
  ["extended_nat", [sampledHeader(), envelope(1007, IPV4("c6336401") + IPV4("0a000002"))], { nat_src_addr: "198.51.100.1", nat_dst_addr: null }],
  ["extended_nat_port", [envelope(1020, words(61000, 443)), sampledHeader()], { nat_src_port: 61000, nat_dst_port: null }],
  ["extended_vlantunnel", [envelope(1012, words(2, 0x88a80064, 0x810000c8))], { vlan: 100 }],
  ["extended_transit: nanoseconds", [envelope(1039, words(1_500_000))], { latency_ms: 1.5, latency_source: "sflow_transit", packets: 100 }],
  ["extended_tcp_info: microseconds", [sampledHeader(), envelope(2209, words(2, 1448, 1448, 0, 0, 3, 1500, 12_500, 800, 10, 3, 9000))],
    { latency_ms: 12.5, latency_source: "sflow_tcp_info", retransmits: 3, packets: 100 }],
  ["extended_tcp_info without a round trip", [envelope(2209, words(2, 1448, 1448, 0, 0, 0, 1500, 0, 0, 10, 3, 0xffffffff))], { latency_ms: null, latency_source: null, retransmits: 0 }],
  ["of two latencies the round trip counts", [envelope(2209, words(2, 1448, 1448, 0, 0, 3, 1500, 12_500, 800, 10, 3, 9000)), envelope(1039, words(1_500_000))],
    { latency_ms: 12.5, latency_source: "sflow_tcp_info" }],
  ["of two latencies the round trip counts, last too", [envelope(1039, words(1_500_000)), envelope(2209, words(2, 1448, 1448, 0, 0, 3, 1500, 12_500, 800, 10, 3, 9000))],
    { latency_ms: 12.5, latency_source: "sflow_tcp_info" }],
  ["http_request with its socket: no packet, from client to server",
    [envelope(2206, words(2, 1001) + text("/index") + text("example.org") + text("").repeat(3) + text("user") + text("text/html") + words(0, 10, 0, 2000, 25_000, 200)),
      envelope(2100, words(6) + "c0000250" + "c6336407" + words(80, 51000))],
    { src_addr: "198.51.100.7", dst_addr: "192.0.2.80", src_port: 51000, dst_port: 80, protocol: 6, latency_ms: 25, latency_source: "sflow_http_request", packets: null, bytes: null }],
  ["TRAPS 36: opaque data is padded to four, with whatever octets", [envelope(1005, word(1) + word(3) + "616263ff" + word(1) + "61dcdcdc"), envelope(1002, IPV4("c0000201") + words(24, 16))],
    { next_hop: "192.0.2.1" }],
];

for (const [name, structures, expected] of STRUCTURES) {
  Deno.test(`flow sample: ${name}`, () => {
    const [row] = rowsOf(structures);
    assert.deepEqual(pick(row, expected), expected);
  });
}

// deno-fmt-ignore: one row an interface reads as the table it is.
const INTERFACES: readonly (readonly [name: string, input: number, output: number, expected: Partial<FlowRecord>])[] = [
  ["an ifIndex of 30 bits", 0x3ffffffe, 2, { in_if: 0x3ffffffe, out_if: 2, dropped_packets: null }],
  ["0 is not known", 0, 0, { in_if: null, out_if: null }],
  ["0x3fffffff is none: the device itself", 0x3fffffff, 0x3fffffff, { in_if: null, out_if: null }],
  ["format 1: discarded, the value is the reason", 3, 0x40000102, { out_if: 0, forwarding_status: 129, dropped_packets: 100, packets: 100, event: null }],
  ["format 1 with a reason that nobody knows", 3, 0x40000fff, { out_if: 0, forwarding_status: 128 }],
  ["format 2: several interfaces", 3, 0x80000007, { out_if: null, dropped_packets: null }],
];
for (const [name, input, output, expected] of INTERFACES) {
  Deno.test(`TRAPS 32: compact interfaces: ${name}`, () => {
    const [row] = rowsOf([sampledHeader()], { input, output });
    assert.deepEqual(pick(row, expected), expected);
  });
  Deno.test(`TRAPS 32: expanded interfaces: ${name}`, () => {
    const expanded = (value: number) => words(value >>> 30, value & 0x3fffffff);
    const sample = envelope(
      3,
      words(1, 0, 3, 100, 100, 0) + expanded(input) + expanded(output) + word(1) + sampledHeader(),
    );
    const { records, errors } = new CodecHarness(sflowUdp).decode(sflow([sample]));
    assert.deepEqual(errors, []);
    assert.deepEqual(pick(records[0], expected), expected);
  });
}

Deno.test("TRAPS 32: expanded samples hold what does not fit in 30 bits", () => {
  const sample = envelope(3, words(1, 0, 0x4ca3_f111, 10, 1, 0, 0, 0x4ca3_f111, 0, 0xfffffffe, 0));
  const { records: [row] } = new CodecHarness(sflowUdp).decode(sflow([sample]));
  assert.deepEqual([row.in_if, row.out_if, row.direction], [0x4ca3_f111, 0xfffffffe, "ingress"]);
});

Deno.test("a rate of 0 is no rate: counted as exported, and assumed", () => {
  const [row] = rowsOf([sampledHeader()], { rate: 0 });
  assert.deepEqual(
    [row.packets, row.bytes, row.sampling_rate, row.sampling_source],
    [1, 1486, null, "assumed"],
  );
});

Deno.test("a discarded packet is an event of one packet, and never traffic", () => {
  const drop = envelope(
    5,
    words(9, 0, 3, 44, 3, 0, 258, 2) + sampledHeader() +
      envelope(1037, word(42) + text("deny-all") + word(1)),
  );
  const { records: [row], errors } = new CodecHarness(sflowUdp).decode(sflow([drop]));
  assert.deepEqual(errors, []);
  const expected: Partial<FlowRecord> = {
    event: "drop_acl",
    forwarding_status: 129,
    dropped_packets: 1,
    packets: null,
    bytes: null,
    l2_bytes: null,
    sampling_rate: null,
    sampling_source: "assumed",
    in_if: 3,
    out_if: null,
    src_addr: "10.0.0.1",
    dst_port: 443,
  };
  assert.deepEqual(pick(row, expected), expected);
});

Deno.test("reasons that nobody knows fill no dictionary", () => {
  const harness = new CodecHarness(sflowUdp);
  for (let reason = 1000; reason < 1100; reason++) {
    harness.decode(sflow([envelope(5, words(9, 0, 3, 44, 3, 0, reason, 0))]));
  }
  assert.equal(harness.dictionary.size, 1);
  assert.equal(harness.record(99).event, "drop_unrecognized");
});

const GOOD = flowSample([sampledHeader()]);
// deno-fmt-ignore: one row a datagram reads as the table it is.
const BROKEN: readonly (readonly [name: string, samples: readonly string[], rows: number, problems: Record<string, number>, count?: number])[] = [
  ["TRAPS 36: an unknown structure is stepped over and counted", [flowSample([envelope(9, "01020304", 25506), sampledHeader()])], 1, { unknown_structure: 1 }],
  ["an unknown sample, too", [envelope(77, words(1, 2, 3)), GOOD], 1, { unknown_structure: 1 }],
  ["an unknown counter structure", [countersSample([envelope(4000, word(1))]), GOOD], 1, { unknown_structure: 1 }],
  ["a header protocol that is not decoded", [flowSample([sampledHeader("00", { protocol: 4 })])], 1, { unknown_header_protocol: 1 }],
  ["TRAPS 36: zeros behind a sample", [GOOD, "0000000000000000", GOOD], 2, {}, 2],
  ["TRAPS 36: a sample longer than its structures", [envelope(1, words(1, 3, 100, 100, 0, 3, 4, 0) + "ffffffff"), GOOD], 2, {}],
  ["a structure that reaches beyond its sample costs the sample alone", [envelope(1, words(1, 3, 100, 100, 0, 3, 4, 1, 1, 400)), GOOD], 1, { bad_sample: 1 }],
  ["fewer structures than announced", [flowSample([sampledHeader()], { count: 2 }), GOOD], 1, { bad_sample: 1 }],
  ["more structures than announced", [flowSample([sampledHeader(), SAMPLED_IPV4], { count: 1 })], 1, {}],
  ["a head that is cut short", [envelope(1, words(1, 3)), GOOD], 1, { bad_sample: 1 }],
  ["a structure that is shorter than what it holds keeps the row", [flowSample([envelope(1001, "0001"), envelope(1003, IPV4("c0000202") + words(1, 2, 3, 1, 2, 0x40000000)), sampledHeader()])], 1, { bad_structure: 2 }],
  ["a header length beyond its structure", [flowSample([envelope(1, words(1, 1504, 4, 0xffffffff) + "00")])], 1, { bad_structure: 1 }],
  ["an address of a type that nobody knows", [flowSample([envelope(1002, words(3, 1, 2, 3))])], 1, { bad_structure: 1 }],
  ["more samples announced than there are", [GOOD], 1, { records_beyond_payload: 2 }, 3],
  ["a count from nowhere is not believed", [GOOD], 1, { records_beyond_payload: 8192 }, 0xffffffff],
  ["octets behind the last sample", [GOOD, "01020304"], 1, { trailing_octets: 1 }, 1],
  ["a sample that reaches beyond the datagram", [GOOD, words(1, 0x7fffffff, 1)], 1, { bad_sample: 1 }],
  ["no samples at all", [], 0, {}],
];
for (const [name, samples, rows, problems, count] of BROKEN) {
  Deno.test(`datagram: ${name}`, () => {
    const { records, errors } = new CodecHarness(sflowUdp).decode(sflow(samples, { count }));
    assert.equal(records.length, rows);
    assert.deepEqual(countByCode(errors), problems);
    if (rows > 0 && problems.bad_sample !== undefined) assert.equal(records.at(-1)!.dst_port, 443);
  });
}

Deno.test("an unknown structure is told by its number", () => {
  const { errors } = new CodecHarness(sflowUdp)
    .decode(sflow([flowSample([envelope(9, "01020304", 25506)])]));
  assert.match(errors[0].found, /25506:9/);
});

Deno.test("other versions and agents without a readable address are refused", () => {
  for (
    const [datagram, code] of [
      [words(4, 1, 0xc0000209, 1, 1, 0, 0), "unknown_version"],
      [words(5, 3, 0xc0000209, 1, 1, 1, 0), "unknown_version"],
      [words(5, 1, 0xc0000209, 1, 1), "truncated_header"],
    ] as const
  ) {
    const { records, errors } = new CodecHarness(sflowUdp).decode(Uint8Array.fromHex(datagram));
    assert.deepEqual([records.length, countByCode(errors)], [0, { [code]: 1 }]);
  }
});

Deno.test("every prefix of a datagram gives its first whole samples", () => {
  const datagram = sflow([
    flowSample([sampledHeader(), envelope(1001, words(30, 5, 31, 0))]),
    countersSample([envelope(1, "00".repeat(88))]),
    flowSample([
      SAMPLED_IPV4,
      envelope(1003, IPV4("c0000202") + words(1, 2, 3, 1, 2, 1, 7, 0, 50)),
    ]),
    flowSample([sampledHeader()]),
  ]);
  const whole = new CodecHarness(sflowUdp).decode(datagram).records;
  let before = 0;
  for (let length = 0; length < datagram.length; length++) {
    const { records, errors } = new CodecHarness(sflowUdp).decode(datagram.slice(0, length));
    assert.ok(records.length >= before && records.length < whole.length, `cut at ${length}`);
    assert.deepEqual(records, whole.slice(0, records.length));
    assert.ok(errors.length > 0, `cut at ${length}`);
    before = records.length;
  }
  assert.equal(before, 2);
});

Deno.test("TRAPS 31: the exporter is the agent, whoever sends its datagram; without one, the sender", () => {
  const harness = new CodecHarness(sflowUdp);
  const agents: readonly (readonly [string, string])[] = [
    ["00000001c0000209", "192.0.2.9"],
    ["0000000220010db8000000000000000000000009", "2001:db8::9"],
    ["0000000100000000", "192.0.2.1"],
    ["00000000", "192.0.2.1"],
  ];
  for (const [agent, exporter] of agents) {
    const { records } = harness.decode(sflow([GOOD], { agent }));
    assert.equal(records[0].exporter, exporter);
  }
});

Deno.test("TRAPS 16, 31: agents and sub-agents behind one address have sequences of their own", () => {
  const harness = new CodecHarness(sflowUdp);
  for (let sequence = 1; sequence <= 4; sequence++) {
    harness.decode(sflow([GOOD], { agent: "00000001c0000209", subAgent: 1, sequence }));
    harness.decode(
      sflow([GOOD], { agent: "00000001c0000209", subAgent: 2, sequence: 900 + sequence }),
    );
    if (sequence === 3) continue;
    harness.decode(
      sflow([GOOD], { agent: "00000001c000020a", subAgent: 1, sequence: 5000 + sequence }),
    );
  }
  assert.deepEqual(
    harness.exporters.summaries().map((
      e,
    ) => [e.address, e.observation_domain, e.datagrams, e.sequence_lost, e.sequence_unit]),
    [
      ["192.0.2.9", 1, 4, 0, "datagrams"],
      ["192.0.2.9", 2, 4, 0, "datagrams"],
      ["192.0.2.10", 1, 3, 1, "datagrams"],
    ],
  );
});

Deno.test("TRAPS 16: what a lost datagram held is loss once, in datagrams; samples stand beside it", () => {
  const harness = new CodecHarness(sflowUdp);
  for (const n of [0, 1, 3, 4]) {
    harness.decode(sflow([
      flowSample([sampledHeader()], { sequence: n * 2 + 1, pool: n * 200 + 100, drops: 7 }),
      flowSample([sampledHeader()], {
        sequence: n * 2 + 2,
        pool: n * 200 + 200,
        drops: n === 4 ? 12 : 7,
      }),
    ], { sequence: n + 1, uptime: 60_000 + n }));
  }
  const [agent] = harness.exporters.summaries();
  assert.deepEqual(
    [agent.sequence_lost, agent.sequence_unit, agent.samples_lost, agent.samples_dropped],
    [1, "datagrams", 2, 5],
  );
});

Deno.test("TRAPS 16: an agent that starts anew has lost nothing", () => {
  const harness = new CodecHarness(sflowUdp);
  const at = (ms: number) => ({ at: ARRIVAL_MS + ms });
  harness.decode(sflow([GOOD], { sequence: 5000, uptime: 900_000_000 }), at(0));
  harness.decode(sflow([GOOD], { sequence: 1, uptime: 5000 }), at(60_000));
  harness.decode(sflow([GOOD], { sequence: 2, uptime: 6000 }), at(61_000));
  const [agent] = harness.exporters.summaries();
  assert.deepEqual([agent.sequence_lost, agent.restarts], [0, 1]);
});

/** Samples of one source whose pool grows by `step` a sample; the problems that they give. */
function poolProblems(
  step: number,
  { from = 0, drops = 0, rate = 100 } = {},
): Record<string, number> {
  const harness = new CodecHarness(sflowUdp);
  const errors = [];
  for (let n = 0; n < 600; n++) {
    const sample = flowSample([], { sequence: n + 1, pool: from + n * step, rate, drops });
    errors.push(...harness.decode(sflow([sample], { sequence: n + 1 })).errors);
  }
  return countByCode(errors);
}

Deno.test("TRAPS 35: the pool's growth belies a rate that is not the one in force", () => {
  assert.deepEqual(poolProblems(100), {});
  assert.deepEqual(poolProblems(400), { sampling_rate_mismatch: 2 });
  assert.deepEqual(poolProblems(10), { sampling_rate_mismatch: 2 });
  // Random sampling strays, and an agent may not keep a pool.
  assert.deepEqual(poolProblems(150), {});
  assert.deepEqual(poolProblems(0), {});
});

Deno.test("TRAPS 35: sample_pool wraps", () => {
  assert.deepEqual(poolProblems(100, { from: 2 ** 32 - 10_000 }), {});
});

Deno.test("TRAPS 35: drops wrap, and a counter that was set back is not a flood of drops", () => {
  for (const [before, after, dropped] of [[0xfffffffe, 3, 5], [9000, 2, 0]]) {
    const harness = new CodecHarness(sflowUdp);
    harness.decode(sflow([flowSample([], { sequence: 1, drops: before })], { sequence: 1 }));
    harness.decode(sflow([flowSample([], { sequence: 2, drops: after })], { sequence: 2 }));
    assert.equal(harness.exporters.summaries()[0].samples_dropped, dropped);
  }
});

Deno.test("a datagram of unknown structures has one report, with their numbers", () => {
  const sample = flowSample([envelope(9, "", 25506), envelope(10, "", 25506)]);
  const { errors } = new CodecHarness(sflowUdp).decode(sflow(Array(20).fill(sample)));
  assert.equal(errors.length, 1);
  assert.equal(errors[0].count, 40);
  const [first, second] = ["flow record 25506:9", "flow record 25506:10"];
  assert.equal(errors[0].found, `${first} (met 20 times), ${second} (met 20 times)`);
});

Deno.test("structures as opaque data keep their padding apart from the next one", () => {
  assert.equal(opaque("aabbcc"), "00000003aabbcc00");
});
