import assert from "node:assert/strict";
import { CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import { hex } from "../../../tests/support/hex.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { FixedCodec } from "./fixed_codec.ts";
import { NETFLOW5 } from "./v5.ts";

// Layout: Cisco, "NetFlow Export Datagram Format", tables B-3 (header, 24 octets) and B-4 (record,
// 48 octets). The octets here are written from those tables, not with this project's encoder.

function harness(options?: { rows?: number }): CodecHarness {
  return new CodecHarness({
    name: "netflow_udp",
    buildCodec: (context) => new FixedCodec(context, NETFLOW5),
  }, options);
}

/** 2018-10-22T11:52:59.093Z. */
const EXPORT_MS = 1_540_209_179_093;

const HEADER = `
  0005     # 0-1   version
  0001     # 2-3   count
  0082c348 # 4-7   SysUptime 8,569,672 ms
  5bcdba1b # 8-11  unix_secs 1,540,209,179
  05976dc7 # 12-15 unix_nsecs 93,810,119
  0000643d # 16-19 flow_sequence 25,661
  08       # 20    engine_type
  09       # 21    engine_id
  0000     # 22-23 sampling_interval
`;

const RECORD = `
  0a800279 # 0-3   srcaddr 10.128.2.121
  c0000201 # 4-7   dstaddr 192.0.2.1
  c6336401 # 8-11  nexthop 198.51.100.1
  0009     # 12-13 input
  fffe     # 14-15 output
  00000005 # 16-19 dPkts
  0000024e # 20-23 dOctets 590
  00829b8c # 24-27 First 8,559,500 ms
  00829b90 # 28-31 Last 8,559,504 ms
  1f90     # 32-33 srcport 8080
  b918     # 34-35 dstport 47384
  ff       # 36    pad1
  1b       # 37    tcp_flags
  06       # 38    prot
  b8       # 39    tos
  fde8     # 40-41 src_as 65,000
  0001     # 42-43 dst_as
  18       # 44    src_mask
  20       # 45    dst_mask
  ffff     # 46-47 pad2
`;

/** The datagram above with octets changed: offset from the start of the datagram → hex. */
function datagram(changes: Record<number, string> = {}): Uint8Array {
  const octets = hex(HEADER + RECORD);
  for (const [offset, text] of Object.entries(changes)) octets.set(hex(text), Number(offset));
  return octets;
}

/** A header that announces `announced` records, and `held` records numbered in their source port. */
function records(announced: number, held = announced): Uint8Array {
  const octets = new Uint8Array(24 + held * 48);
  octets.set(hex(HEADER));
  new DataView(octets.buffer).setUint16(2, announced);
  for (let i = 0; i < held; i++) {
    octets.set(hex(RECORD), 24 + i * 48);
    new DataView(octets.buffer).setUint16(24 + i * 48 + 32, i);
  }
  return octets;
}

/** Sequence of the header above, moved on. */
function withSequence(octets: Uint8Array, sequence: number): Uint8Array {
  new DataView(octets.buffer).setUint32(16, sequence);
  return octets;
}

const RECORD_VALUES: FlowRecord = {
  capability: "netflow_udp",
  export_format: "netflow5",
  exporter: "192.0.2.1",
  observation_domain: 8 * 256 + 9,
  received_at: "2024-01-01T00:00:00.000Z",
  // First and Last lie 10,172 and 10,168 ms before SysUptime.
  start_at: "2018-10-22T11:52:48.921Z",
  end_at: "2018-10-22T11:52:48.925Z",
  duration_ms: 4,
  src_addr: "10.128.2.121",
  dst_addr: "192.0.2.1",
  src_port: 8080,
  dst_port: 47384,
  protocol: 6,
  protocol_name: "TCP",
  tcp_flags: 0x1b,
  ip_tos: 0xb8,
  bytes: 590,
  packets: 5,
  l2_bytes: null,
  dropped_packets: null,
  sampling_rate: null,
  sampling_source: "assumed",
  in_if: 9,
  out_if: 65_534,
  in_if_name: null,
  out_if_name: null,
  direction: null,
  next_hop: "198.51.100.1",
  bgp_next_hop: null,
  src_as: 65_000,
  dst_as: 1,
  src_prefix_len: 24,
  dst_prefix_len: 32,
  vlan: null,
  vrf: null,
  mpls_label: null,
  src_mac: null,
  dst_mac: null,
  icmp_type: null,
  icmp_code: null,
  latency_ms: null,
  latency_source: null,
  retransmits: null,
  forwarding_status: null,
  event: null,
  nat_src_addr: null,
  nat_dst_addr: null,
  nat_src_port: null,
  nat_dst_port: null,
  application: null,
};

Deno.test("decodeV5() reads every field of tables B-3 and B-4 from its place", () => {
  const { records, errors } = harness().decode(datagram());
  assert.deepEqual(errors, []);
  assert.deepEqual(records, [RECORD_VALUES]);
});

// [what, changed octets, changed values]
const TABLE: [string, Record<number, string>, Partial<FlowRecord>][] = [
  ["engine type and id make the domain", { 20: "01 02" }, { observation_domain: 258 }],
  ["engine 0/0 is a domain", { 20: "00 00" }, { observation_domain: 0 }],
  ["AS 0 is not known", { 64: "0000 0000" }, { src_as: null, dst_as: null }],
  ["next hop 0.0.0.0 is not known", { 32: "00000000" }, { next_hop: null }],
  ["address 0.0.0.0 is an address", { 24: "00000000" }, { src_addr: "0.0.0.0" }],
  ["interface 0 is kept", { 36: "0000 0000" }, { in_if: 0, out_if: 0 }],
  ["ports, flags and tos of 0 are kept", { 56: "0000 0000", 61: "00 06 00" }, {
    src_port: 0,
    dst_port: 0,
    tcp_flags: 0,
    ip_tos: 0,
  }],
  ["counters are unsigned", { 40: "ffffffff fffffffe" }, {
    packets: 4_294_967_295,
    bytes: 4_294_967_294,
  }],
  ["prefix lengths of 0 are kept", { 68: "00 00" }, { src_prefix_len: 0, dst_prefix_len: 0 }],
  // ICMP: type × 256 + code stands in the destination port.
  ["ICMP echo request", { 56: "0000 0800", 62: "01" }, {
    protocol: 1,
    protocol_name: "ICMP",
    src_port: 0,
    dst_port: 0x800,
    icmp_type: 8,
    icmp_code: 0,
  }],
  ["ICMP host unreachable", { 56: "0000 0301", 62: "01" }, {
    protocol: 1,
    protocol_name: "ICMP",
    src_port: 0,
    dst_port: 0x301,
    icmp_type: 3,
    icmp_code: 1,
  }],
  ["a protocol without a name", { 62: "fd" }, { protocol: 253, protocol_name: null }],
  // Sampling: two mode bits, fourteen interval bits. The interval scales whatever the mode says.
  ["sampling mode 00, interval 100", { 22: "0064" }, sampled(100)],
  ["sampling mode 01, interval 100", { 22: "4064" }, sampled(100)],
  ["sampling mode 10, interval 1", { 22: "8001" }, sampled(1)],
  ["sampling mode 11, the largest interval", { 22: "ffff" }, sampled(16_383)],
  ["sampling mode 01, interval 0: not known, and no multiplier", { 22: "4000" }, {}],
  ["sampling mode 10, interval 0: not known, and no multiplier", { 22: "8000" }, {}],
  // Time.
  ["a flow that began before uptime wrapped", { 4: "00000d35", 48: "ffffffff 00000a11" }, {
    start_at: iso(EXPORT_MS - 3382),
    end_at: iso(EXPORT_MS - 804),
    duration_ms: 2578,
  }],
  ["first and last after the header's uptime", { 48: "0082c34d 0082c730" }, {
    start_at: iso(EXPORT_MS + 5),
    end_at: iso(EXPORT_MS + 1000),
    duration_ms: 995,
  }],
  ["a flow whose end lies before its start has no duration", { 48: "00829b90 00829b8c" }, {
    start_at: iso(EXPORT_MS - 10_168),
    end_at: iso(EXPORT_MS - 10_172),
    duration_ms: null,
  }],
  ["a flow of one packet lasts 0 ms", { 48: "00829b8c 00829b8c" }, {
    end_at: iso(EXPORT_MS - 10_172),
    duration_ms: 0,
  }],
  ["an exporter without a clock: no times, but a duration", { 8: "00000000" }, {
    start_at: null,
    end_at: null,
  }],
  ["unix_secs 0 and unix_nsecs 0", { 8: "00000000 00000000" }, { start_at: null, end_at: null }],
  ["nanoseconds of a whole second or more are left out", { 12: "3b9aca00" }, {
    start_at: iso(EXPORT_MS - 93 - 10_172),
    end_at: iso(EXPORT_MS - 93 - 10_168),
  }],
  ["nanoseconds just below a second", { 12: "3b9ac9ff" }, {
    start_at: iso(EXPORT_MS - 93 + 999 - 10_172),
    end_at: iso(EXPORT_MS - 93 + 999 - 10_168),
  }],
  ["unix_secs beyond 2038", { 8: "ffffffff" }, {
    start_at: iso(4_294_967_295_093 - 10_172),
    end_at: iso(4_294_967_295_093 - 10_168),
  }],
];

function sampled(rate: number): Partial<FlowRecord> {
  return {
    sampling_rate: rate,
    sampling_source: "announced",
    bytes: 590 * rate,
    packets: 5 * rate,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

for (const [what, changes, values] of TABLE) {
  Deno.test(`decodeV5() reads: ${what}`, () => {
    const { records, errors } = harness().decode(datagram(changes));
    assert.deepEqual(errors, []);
    assert.deepEqual(records, [{ ...RECORD_VALUES, ...values }]);
  });
}

Deno.test("decodeV5() rejects a datagram shorter than its header", () => {
  const whole = datagram();
  for (let length = 0; length < 24; length++) {
    const { records, errors } = harness().decode(whole.subarray(0, length));
    assert.deepEqual(records, []);
    assert.deepEqual(errors.map(({ code, offset, count }) => ({ code, offset, count })), [
      { code: "truncated_header", offset: length, count: 1 },
    ]);
  }
});

Deno.test("decodeV5() gives the whole records of every prefix of a good datagram, and counts the rest", () => {
  const whole = records(30);
  assert.equal(whole.length, 1464);
  const decoder = harness();
  for (let length = 24; length <= whole.length; length++) {
    const held = Math.floor((length - 24) / 48);
    const { records, errors } = decoder.decode(whole.subarray(0, length));
    assert.deepEqual(records.map(({ src_port }) => src_port), [...Array(held).keys()], `${length}`);
    assert.deepEqual(
      errors.map(({ code, offset, count }) => ({ code, offset, count })),
      held === 30
        ? []
        : [{ code: "records_beyond_payload", offset: 24 + held * 48, count: 30 - held }],
    );
  }
});

Deno.test("decodeV5() reads what the header announces and reports octets behind it", () => {
  const cases: [announced: number, held: number, extra: number, rows: number][] = [
    [0, 0, 0, 0],
    [0, 1, 0, 0],
    [2, 5, 0, 2],
    [2, 2, 1, 2],
    [2, 2, 47, 2],
  ];
  for (const [announced, held, extra, rows] of cases) {
    const octets = new Uint8Array(24 + held * 48 + extra);
    octets.set(records(announced, held));
    const { records: got, errors } = harness().decode(octets);
    assert.equal(got.length, rows);
    assert.deepEqual(
      errors.map(({ code, offset, count }) => ({ code, offset, count })),
      octets.length === 24 + announced * 48
        ? []
        : [{ code: "trailing_octets", offset: 24 + announced * 48, count: 1 }],
    );
  }
});

Deno.test("decodeV5() never makes rows of what is not there", () => {
  const { records: got, errors } = harness().decode(records(65_535, 3));
  assert.equal(got.length, 3);
  assert.deepEqual(countByCode(errors), { records_beyond_payload: 65_532 });
});

Deno.test("decodeV5() takes the largest datagram in batches, on the smallest ring too", () => {
  // 65,507 octets of UDP payload over IPv4 hold 1,364 records.
  const whole = records(1364);
  const decoder = harness({ rows: 4096 });
  assert.ok(decoder.rows.maxBatch < 1364);
  const { records: got, errors } = decoder.decode(whole);
  assert.deepEqual(errors, []);
  assert.deepEqual(got.map(({ src_port }) => src_port), [...Array(1364).keys()]);

  const small = harness({ rows: 1024 });
  const { errors: none } = small.decode(whole);
  assert.deepEqual(none, []);
  assert.equal(small.ring.committed, 1364);
  for (let row = small.ring.oldest; row < 1364; row++) {
    assert.equal(small.record(row).src_port, row);
  }
});

Deno.test("decodeV5() reads a datagram that lies anywhere in a buffer", () => {
  const buffer = new Uint8Array(200).fill(0xaa);
  buffer.set(datagram(), 17);
  const decoder = harness();
  // The harness copies; this goes to the codec as the receive loop hands it on.
  const codec = new FixedCodec({
    rows: decoder.rows,
    dictionary: decoder.dictionary,
    exporters: decoder.exporters,
    templates: () => {},
    setsWithoutTemplate: () => {},
    report: (error) => assert.fail(error.code),
  }, NETFLOW5);
  codec.decode(buffer.subarray(17, 89), { address: "192.0.2.1", port: 1 }, 1_704_067_200_000);
  assert.deepEqual(decoder.record(0), RECORD_VALUES);
});

Deno.test("decodeV5() writes the exporter unmapped, and none where it is not known", () => {
  const decoder = harness();
  const mapped = { address: "::ffff:198.51.100.9", port: 1 };
  assert.equal(decoder.decode(datagram(), { source: mapped }).records[0].exporter, "198.51.100.9");
  const v6 = { address: "2001:db8::5", port: 1 };
  assert.equal(decoder.decode(datagram(), { source: v6 }).records[0].exporter, "2001:db8::5");
  const none = { address: "", port: 0 };
  const { records } = decoder.decode(datagram(), { source: none });
  assert.equal(records.length, 1);
  assert.equal(records[0].exporter, null);
});

Deno.test("decodeV5() leaves nothing of an older row behind", () => {
  const decoder = harness({ rows: 1024 });
  for (let i = 0; i < 1100; i++) {
    decoder.decode(datagram({ 22: "0064", 56: "0000 0301", 62: "01" }));
  }
  const { records } = decoder.decode(datagram({ 8: "00000000", 32: "00000000", 64: "00000000" }));
  assert.deepEqual(records, [{
    ...RECORD_VALUES,
    next_hop: null,
    src_as: null,
    dst_as: null,
    start_at: null,
    end_at: null,
  }]);
});

Deno.test("decodeV5() clamps the time of arrival within a ring", () => {
  const decoder = harness();
  const at = 1_704_067_200_000;
  const times = [at, at - 5000, at + 1].map((time) =>
    decoder.decode(datagram(), { at: time }).records[0].received_at
  );
  assert.deepEqual(times, [at, at, at + 1].map((time) => formatTime(time)));
});

Deno.test("decodeV5() accounts for flows lost, by engine", () => {
  const decoder = harness();
  const engine = (octets: Uint8Array, id: number) => {
    octets[21] = id;
    return octets;
  };
  decoder.decode(engine(withSequence(records(30), 0), 1));
  decoder.decode(engine(withSequence(records(30), 900_000), 2));
  decoder.decode(engine(withSequence(records(30), 30), 1));
  decoder.decode(engine(withSequence(records(30), 900_090), 2)); // 60 flows lost
  decoder.decode(engine(withSequence(records(1), 61), 1)); // 1 flow lost
  const summaries = decoder.exporters.summaries();
  assert.deepEqual(
    summaries.map((
      { observation_domain, sequence_lost, sequence_unit, datagrams, flow_records },
    ) => [
      observation_domain,
      sequence_lost,
      sequence_unit,
      datagrams,
      flow_records,
    ]),
    [[0x801, 1, "flows", 3, 61], [0x802, 60, "flows", 2, 60]],
  );
});

Deno.test("a truncated datagram is no loss of sequence: its flows were announced", () => {
  const decoder = harness();
  decoder.decode(withSequence(records(30, 10), 0));
  decoder.decode(withSequence(records(30), 30));
  assert.equal(decoder.exporters.summaries()[0].sequence_lost, 0);
});

Deno.test("the sampling rate of an exporter is the last one that it announced", () => {
  const decoder = harness();
  decoder.decode(datagram({ 22: "4064" }));
  let [summary] = decoder.exporters.summaries();
  assert.deepEqual([summary.sampling_rate, summary.sampling_source], [100, "announced"]);
  decoder.decode(datagram({ 22: "0000" }));
  [summary] = decoder.exporters.summaries();
  assert.deepEqual([summary.sampling_rate, summary.sampling_source], [null, "assumed"]);
});
