import assert from "node:assert/strict";
import { ipfixUdp } from "../../../capabilities/ipfix_udp/mod.ts";
import { CodecHarness } from "../../../tests/support/codec_harness.ts";
import { ipfix, set, template, u, v9 } from "../../../tests/support/netflow_messages.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { FieldMap } from "./field_map.ts";

// What the elements of a record become: TRAPS 13, 17 to 19 and 23 to 30, through the codec.

type Fields = readonly (readonly [id: number, length: number, pen?: number])[];
type Row = Partial<FlowRecord>;

/** 2024-01-01T00:00:00Z, the export time of the builders. */
const EXPORT_MS = 1_704_067_200_000;
const VARIABLE = 65_535;

function rows(datagram: Uint8Array): FlowRecord[] {
  return new CodecHarness(ipfixUdp).decode(datagram).records;
}

const ofIpfix = (fields: Fields, octets: string, seconds?: number) =>
  rows(ipfix([set(2, template(256, fields)), set(256, octets)], { seconds }));
const ofV9 = (
  fields: Fields,
  octets: string,
  header: { uptimeMs?: number; seconds?: number } = {},
) => rows(v9([set(0, template(256, fields)), set(256, octets)], header));

function expect(found: readonly FlowRecord[], expected: readonly Row[]): void {
  assert.equal(found.length, expected.length, "rows");
  expected.forEach((row, i) => {
    for (const [name, value] of Object.entries(row)) {
      assert.deepEqual(found[i][name as keyof FlowRecord], value, `${name} of row ${i}`);
    }
  });
}

const at = (ms: number) => new Date(EXPORT_MS + ms).toISOString();

// RFC 7011 §6.2: reduced size at every width, odd ones included.
for (let width = 1; width <= 8; width++) {
  Deno.test(`TRAPS 13: counters, times and interfaces of ${width} octets`, () => {
    const fields: Fields = [[1, width], [10, width], [161, width], [4, 1]];
    const value = u(200, width);
    expect(ofIpfix(fields, value + value + value + "11"), [
      { bytes: 200, in_if: 200, duration_ms: 200, protocol: 17 },
    ]);
  });
}

for (
  const [what, fields, octets, expected] of [
    ["control bits of 1 octet", [[6, 1]], "12", { tcp_flags: 0x12 }],
    ["control bits of 2 octets", [[6, 2]], "0112", { tcp_flags: 0x112 }],
    ["forwarding status of 1 octet", [[89, 1]], "42", { forwarding_status: 66 }],
    ["forwarding status of 4 octets", [[89, 4]], "00000042", { forwarding_status: 66 }],
    ["an AS of 2 octets", [[16, 2]], "fde8", { src_as: 65_000 }],
    ["an AS of 4 octets", [[17, 4]], "fffffffe", { dst_as: 4_294_967_294 }],
    ["an ifIndex of 2 octets", [[14, 2]], "ffff", { out_if: 65_535 }],
    ["a text of one octet's length", [[96, VARIABLE]], "03616263", { application: "abc" }],
    ["a text of three octets' length", [[96, VARIABLE]], "ff0003616263", { application: "abc" }],
  ] as [string, Fields, string, Row][]
) {
  Deno.test(`TRAPS 13: ${what}`, () => expect(ofIpfix(fields, octets), [expected]));
}

const UPTIMES: Fields = [[22, 4], [21, 4]];
const HOURS = 36_000_000;
for (const [id, width] of [[161, 2], [161, 4], [161, 8], [162, 4], [162, 8]] as const) {
  Deno.test(`a duration of all ones in ${id} of ${width} octets is unknown`, () => {
    const fields: Fields = [[152, 8], [id, width]];
    const octets = big(BigInt(EXPORT_MS)) + "ff".repeat(width);
    expect(ofIpfix(fields, octets), [{ start_at: at(0), end_at: null, duration_ms: null }]);
    const known = big(BigInt(EXPORT_MS)) + "ff".repeat(width - 1) + "fe";
    if (width < 8) assert.ok(ofIpfix(fields, known)[0].duration_ms! > 0);
  });
}

const V9_TIMES: [string, first: number, last: number, uptimeMs: number, expected: Row][] = [
  ["stamped after the header", 100_500, 101_000, 100_000, {
    start_at: at(500),
    end_at: at(1000),
    duration_ms: 500,
  }],
  ["across the wrap of 49.7 days", 0xfffffc18, 500, 1000, {
    start_at: at(-2000),
    end_at: at(-500),
    duration_ms: 1500,
  }],
  ["1 ms before the start, just after it (softflowd)", 0xffffffff, 2577, 3381, {
    start_at: at(-3382),
    end_at: at(-804),
    duration_ms: 2578,
  }],
  ["an end of all ones, hours after the start", HOURS - 1000, 0xffffffff, HOURS, {
    start_at: at(-1000),
    end_at: null,
    duration_ms: null,
  }],
  ["two of all ones", 0xffffffff, 0xffffffff, HOURS, {
    start_at: null,
    end_at: null,
    duration_ms: null,
  }],
  ["two of 0, hours after the start", 0, 0, HOURS, {
    start_at: null,
    end_at: null,
    duration_ms: null,
  }],
  ["two of 0, just after the start", 0, 0, 20_000, {
    start_at: at(-20_000),
    end_at: at(-20_000),
    duration_ms: 0,
  }],
  ["a flow of twenty days", 1_000_000, 1_729_000_000, 1_729_000_000, {
    start_at: at(-1_728_000_000),
    end_at: at(0),
    duration_ms: 1_728_000_000,
  }],
];
for (const [what, first, last, uptimeMs, expected] of V9_TIMES) {
  Deno.test(`TRAPS 17: uptimes ${what}`, () => {
    expect(ofV9(UPTIMES, u(first, 4) + u(last, 4), { uptimeMs }), [expected]);
  });
}

// 2024-01-01T00:00:00Z is 0xe93c7f00 seconds after 1900.
const HALF_PAST = { start_at: at(500) };
const big = (value: bigint) => value.toString(16).padStart(16, "0");
const MS = BigInt(EXPORT_MS) + 500n;
const IPFIX_TIMES: [string, Fields, string, Row][] = [
  ["nanoseconds as NTP", [[156, 8]], "e93c7f0080000000", HALF_PAST],
  ["microseconds as NTP", [[154, 8]], "e93c7f0080000000", HALF_PAST],
  ["nanoseconds since 1970 (TNSR)", [[156, 8]], big(MS * 1_000_000n), HALF_PAST],
  ["microseconds since 1970 (Netscaler)", [[154, 8]], big(MS * 1000n), HALF_PAST],
  ["milliseconds since 1970 in nanoseconds", [[156, 8]], big(MS), HALF_PAST],
  ["seconds since 1970 and a fraction", [[156, 8]], "6592008080000000", HALF_PAST],
  ["NTP years off the export time, and no other reading of it", [[156, 8]], "c93c7f0000000000", {
    start_at: at(-0x20000000 * 1000),
  }],
  ["microseconds before the export time", [[158, 4], [159, 4]], u(2_000_000, 4) + u(500_000, 4), {
    start_at: at(-2000),
    end_at: at(-500),
    duration_ms: 1500,
  }],
  [
    "a start of the exporter before its uptimes",
    [[160, 8], ...UPTIMES],
    big(MS) + u(100, 4) + u(900, 4),
    {
      start_at: at(600),
      end_at: at(1400),
      duration_ms: 800,
    },
  ],
  [
    "a start of the exporter behind its uptimes",
    [...UPTIMES, [160, 8]],
    u(100, 4) + u(900, 4) + big(MS),
    {
      start_at: at(600),
      end_at: at(1400),
      duration_ms: 800,
    },
  ],
  ["uptimes without the start of the exporter", UPTIMES, u(100, 4) + u(900, 4), {
    start_at: null,
    end_at: null,
    duration_ms: 800,
  }],
  ...([[322, 4, "65920080"], [323, 8, big(BigInt(EXPORT_MS))], [324, 8, "e93c7f0000000000"], [
    325,
    8,
    "e93c7f0000000000",
  ]] as const).map(([id, width, octets]): [string, Fields, string, Row] => [
    `the time of the observation in ${id}`,
    [[id, width]],
    octets,
    { end_at: at(0), start_at: null },
  ]),
];
for (const [what, fields, octets, expected] of IPFIX_TIMES) {
  Deno.test(`TRAPS 18: ${what}`, () => expect(ofIpfix(fields, octets), [expected]));
}
for (const [start, end, width] of [[150, 151, 4], [152, 153, 8], [154, 155, 8], [156, 157, 8]]) {
  Deno.test(`TRAPS 18: times of 0 in ${start} and ${end} are unknown, not 1970`, () => {
    expect(ofIpfix([[start, width], [end, width]], u(0, width) + u(0, width)), [
      { start_at: null, end_at: null, duration_ms: null },
    ]);
  });
  Deno.test(`TRAPS 18: times of all ones in ${start} and ${end} are no moment to come`, () => {
    expect(ofIpfix([[start, width], [end, width]], "ff".repeat(2 * width)), [
      { start_at: null, end_at: null, duration_ms: null },
    ]);
  });
}

Deno.test("TRAPS 19: an export time that is the uptime is no clock: durations stay", () => {
  // softflowd 0.9.9, up for three days.
  const uptimeMs = 259_200_000;
  const record = u(uptimeMs - 5000, 4) + u(uptimeMs - 1000, 4);
  for (const seconds of [uptimeMs / 1000, 0, 1000]) {
    expect(ofV9(UPTIMES, record, { uptimeMs, seconds }), [
      { start_at: null, end_at: null, duration_ms: 4000 },
    ]);
  }
  // Up for three years: the uptime has wrapped.
  const years = 94_608_000;
  expect(ofV9(UPTIMES, record, { uptimeMs: years * 1000 % 2 ** 32, seconds: years }), [
    { start_at: null, end_at: null, duration_ms: 4000 },
  ]);
});

Deno.test("TRAPS 19: times of a clock that was never set are not shown, their distance is", () => {
  expect(ofIpfix([[152, 8], [153, 8]], u(5000, 8) + u(9000, 8), 10), [
    { start_at: null, end_at: null, duration_ms: 4000 },
  ]);
});

Deno.test("TRAPS 19: without a time of the flow there is none (Palo Alto's threats)", () => {
  expect(ofV9([[8, 4], [1, 4]], "c0000201" + u(9, 4)), [
    { start_at: null, end_at: null, duration_ms: null, bytes: 9 },
  ]);
});

const COUNTERS: [string, Fields, string, Row[]][] = [
  [
    "1 and 2 before 23 and 24",
    [[23, 4], [24, 4], [1, 4], [2, 4]],
    u(9, 4) + u(8, 4) + u(7, 4) + u(6, 4),
    [
      { bytes: 7, packets: 6 },
    ],
  ],
  ["23 and 24 alone", [[23, 4], [24, 4]], u(9, 4) + u(8, 4), [{ bytes: 9, packets: 8 }]],
  ["a complete pair before half of one", [[1, 4], [23, 4], [24, 4]], u(5, 4) + u(9, 4) + u(8, 4), [
    { bytes: 9, packets: 8 },
  ]],
  [
    "initiator and responder are two rows",
    [[8, 4], [231, 4], [298, 4], [232, 4], [299, 4]],
    "c0000201" + u(9, 4) + u(8, 4) + u(7, 4) + u(6, 4),
    [{ bytes: 9, packets: 8, src_addr: "192.0.2.1" }, {
      bytes: 7,
      packets: 6,
      dst_addr: "192.0.2.1",
    }],
  ],
  [
    "both rows are of one view: 1 and 2 give way where 231 and 232 tell the directions",
    [[1, 4], [2, 4], [231, 4], [298, 4], [232, 4], [299, 4]],
    u(16, 4) + u(14, 4) + u(9, 4) + u(8, 4) + u(7, 4) + u(6, 4),
    [{ bytes: 9, packets: 8 }, { bytes: 7, packets: 6 }],
  ],
  [
    "deltas before totals",
    [[1, 4], [2, 4], [85, 4], [86, 4]],
    u(1, 4) + u(1, 4) + u(90, 4) + u(80, 4),
    [
      { bytes: 1, packets: 1 },
    ],
  ],
  ["beyond 2^53 the nearest number", [[1, 8]], "ffffffffffffffff", [{ bytes: 2 ** 64 }]],
];
for (const [what, fields, octets, expected] of COUNTERS) {
  Deno.test(`TRAPS 23: ${what}`, () => expect(ofIpfix(fields, octets), expected));
}

/** Source, destination, ports, protocol, start of the flow, totals. */
const TOTALS: Fields = [[8, 4], [12, 4], [7, 2], [11, 2], [4, 1], [152, 8], [85, 8], [86, 4]];
const total = (bytes: number, packets: number, { port = 80, startMs = EXPORT_MS } = {}) =>
  "c0000201c6336402" + u(port, 2) + "01bb06" + u(startMs, 8) + u(bytes, 8) + u(packets, 4);

Deno.test("TRAPS 23: totals of 85 and 86 are differenced per flow", () => {
  const it = new CodecHarness(ipfixUdp);
  const decode = (...records: string[]) =>
    it.decode(ipfix([set(2, template(256, TOTALS)), set(256, records.join(""))])).records
      .map(({ bytes, packets }) => [bytes, packets]);
  assert.deepEqual(decode(total(1000, 10)), [[1000, 10]]);
  assert.deepEqual(decode(total(1500, 14)), [[500, 4]]);
  assert.deepEqual(decode(total(1500, 14)), [[0, 0]], "nothing new");
  assert.deepEqual(decode(total(700, 7, { port: 81 })), [[700, 7]], "another flow");
  assert.deepEqual(
    decode(total(1600, 15, { startMs: EXPORT_MS + 1 })),
    [[1600, 15]],
    "a later one",
  );
  assert.deepEqual(decode(total(40, 1)), [[40, 1]], "lower than before: begun again");
  assert.deepEqual(decode(total(50, 2), total(60, 3)), [[10, 1], [10, 1]]);
  const other = { address: "192.0.2.77", port: 50_000 };
  const { records } = it.decode(
    ipfix([set(2, template(256, TOTALS)), set(256, total(65, 4))]),
    { source: other },
  );
  assert.deepEqual(records.map(({ bytes }) => bytes), [65], "of another exporter");
});

Deno.test("TRAPS 23: a flow that ended is forgotten (flowEndReason 3), one on the way is not", () => {
  const it = new CodecHarness(ipfixUdp);
  const fields: Fields = [[8, 4], [136, 1], [85, 4], [86, 4]];
  const decode = (reason: number, bytes: number) =>
    it.decode(ipfix([
      set(2, template(256, fields)),
      set(256, "c0000201" + u(reason, 1) + u(bytes, 4) + u(1, 4)),
    ])).records[0].bytes;
  assert.deepEqual([[2, 100], [2, 150], [3, 170], [2, 200]].map(([r, b]) => decode(r, b)), [
    100,
    50,
    20,
    200,
  ]);
});

Deno.test("TRAPS 23: totals of both directions are differenced apart, nothing new is no row", () => {
  const it = new CodecHarness(ipfixUdp);
  const fields: Fields = [[8, 4], [12, 4], [85, 4], [86, 4], [85, 4, 29_305], [86, 4, 29_305]];
  const decode = (...[out, back]: number[]) =>
    it.decode(ipfix([
      set(2, template(256, fields)),
      set(256, "c0000201c6336402" + [out, 1, back, 1].map((n) => u(n, 4)).join("")),
    ])).records.map(({ src_addr, bytes }) => [src_addr, bytes]);
  assert.deepEqual(decode(100, 50), [["192.0.2.1", 100], ["198.51.100.2", 50]]);
  assert.deepEqual(decode(130, 50), [["192.0.2.1", 30]]);
  assert.deepEqual(decode(130, 90), [["192.0.2.1", 0], ["198.51.100.2", 40]]);
});

Deno.test("TRAPS 23: what an event says of totals changes nothing for the traffic", () => {
  const it = new CodecHarness(ipfixUdp);
  const fields: Fields = [[8, 4], [233, 1], [85, 4], [86, 4]];
  const decode = (event: number, bytes: number) =>
    it.decode(ipfix([
      set(2, template(256, fields)),
      set(256, "c0000201" + u(event, 1) + u(bytes, 4) + u(1, 4)),
    ])).records.map(({ event, bytes }) => [event, bytes])[0];
  assert.deepEqual(decode(5, 100), [null, 100]);
  assert.deepEqual(decode(2, 150), ["flow_deleted", 150]);
  assert.deepEqual(decode(5, 180), [null, 80]);
});

const EVENTS: [string, Fields, string, (string | null)[]][] = [
  ["denied by the ingress ACL", [[233, 1], [33_002, 2]], "03" + u(1001, 2), [
    "flow_denied_ingress_acl",
  ]],
  ["denied by the egress ACL", [[40_005, 1], [33_002, 2]], "03" + u(1002, 2), [
    "flow_denied_egress_acl",
  ]],
  ["denied by the device itself", [[233, 1], [33_002, 2]], "03" + u(1003, 2), [
    "flow_denied_service",
  ]],
  ["denied, its first packet no SYN", [[33_002, 2], [233, 1]], u(1004, 2) + "03", [
    "flow_denied_no_syn",
  ]],
  ["torn down, for a reason without a name", [[233, 1], [33_002, 2]], "02" + u(2030, 2), [
    "flow_deleted",
  ]],
  ["an update with the reason of another record", [[233, 1], [33_002, 2]], "05" + u(2030, 2), [
    null,
  ]],
  ["the firewall's before the NAT's", [[230, 1], [233, 1]], "0403", ["flow_denied"]],
  ["the NAT's where the firewall says traffic", [[233, 1], [230, 1]], "0504", [
    "nat44_session_create",
  ]],
  [
    "a session's end with octets that are new is traffic (Palo Alto)",
    [[233, 1], [1, 4]],
    "02" + u(9, 4),
    [null],
  ],
  ["a session's end with nothing new", [[233, 1], [1, 4]], "02" + u(0, 4), ["flow_deleted"]],
  ["what was denied never was traffic", [[233, 1], [1, 4]], "03" + u(9, 4), ["flow_denied"]],
  [
    "a session's end with its totals is none (ASA)",
    [[233, 1], [231, 4], [232, 4]],
    "02" + u(9, 4) + u(8, 4),
    [
      "flow_deleted",
      "flow_deleted",
    ],
  ],
];
for (const [what, fields, octets, events] of EVENTS) {
  Deno.test(`TRAPS 24: ${what}`, () => {
    assert.deepEqual(ofV9(fields, octets).map(({ event }) => event), events);
  });
}

// IANA "NAT Event Type", RFC 8158 §8.
const NAT_EVENTS = [
  "nat_translation_create",
  "nat_translation_delete",
  "nat_addresses_exhausted",
  "nat44_session_create",
  "nat44_session_delete",
  "nat64_session_create",
  "nat64_session_delete",
  "nat44_bib_create",
  "nat44_bib_delete",
  "nat64_bib_create",
  "nat64_bib_delete",
  "nat_ports_exhausted",
  "quota_exceeded",
  "address_binding_create",
  "address_binding_delete",
  "port_block_allocation",
  "port_block_deallocation",
  "threshold_reached",
];
Deno.test("TRAPS 24: every NAT event of the registry has its name", () => {
  const octets = NAT_EVENTS.map((_, i) => u(i + 1, 1)).join("");
  assert.deepEqual(ofIpfix([[230, 1]], octets).map(({ event }) => event), NAT_EVENTS);
});

Deno.test("TRAPS 26: octets of layer 2 are not those of layer 3", () => {
  expect(ofIpfix([[352, 4], [2, 4]], u(1514, 4) + u(1, 4)), [
    { bytes: null, l2_bytes: 1514, packets: 1 },
  ]);
});

const V6 = "20010db8000000000000000000000001";
const NONE = "0".repeat(32);
const ADDRESSES: [string, Fields, string, string][] = [
  ["the IPv6 address is zero", [[8, 4], [27, 16]], "c0000201" + NONE, "192.0.2.1"],
  ["the IPv4 address is zero", [[8, 4], [27, 16]], "00000000" + V6, "2001:db8::1"],
  ["the version decides", [[8, 4], [27, 16], [60, 1]], "c0000201" + V6 + "06", "2001:db8::1"],
  ["::ffff: means IPv4", [[27, 16]], "0".repeat(20) + "ffffc0000201", "192.0.2.1"],
  ["the client of Cisco's performance records", [[12_236, 4, 9]], "c0000201", "192.0.2.1"],
];
for (const [what, fields, octets, address] of ADDRESSES) {
  Deno.test(`TRAPS 27: ${what}`, () => expect(ofIpfix(fields, octets), [{ src_addr: address }]));
}

const ICMP: [string, Fields, string, Row][] = [
  ["the destination port", [[4, 1], [11, 2]], "010301", { icmp_type: 3, icmp_code: 1 }],
  ["32", [[4, 1], [32, 2]], "010301", { icmp_type: 3, icmp_code: 1 }],
  ["139", [[4, 1], [139, 2]], "3a0301", { icmp_type: 3, icmp_code: 1 }],
  ["176 and 177", [[4, 1], [176, 1], [177, 1]], "010301", { icmp_type: 3, icmp_code: 1 }],
  ["178 and 179", [[4, 1], [178, 1], [179, 1]], "3a0301", { icmp_type: 3, icmp_code: 1 }],
];
for (const [what, fields, octets, expected] of ICMP) {
  Deno.test(`TRAPS 28: ICMP type and code in ${what}`, () =>
    expect(ofIpfix(fields, octets), [expected]));
}
Deno.test("TRAPS 28: where the other port has them, the destination port of ICMP is 0", () => {
  const fields: Fields = [[4, 1], [7, 2], [11, 2]];
  expect(ofIpfix(fields, "0103010000"), [{ icmp_type: 3, icmp_code: 1 }]);
  expect(ofIpfix(fields, "3a80000000"), [{ icmp_type: 128, icmp_code: 0 }]);
  // An echo reply is 0 and 0: what is no type in the source port is the identifier.
  expect(ofIpfix(fields, "01beef0000"), [{ icmp_type: 0, icmp_code: 0 }]);
  expect(ofIpfix(fields, "0103010b00"), [{ icmp_type: 11, icmp_code: 0 }]);
});

const DROPS: [string, Fields, string, Row][] = [
  ["status 64 is forwarded, for an unknown reason (ASR 9000)", [[89, 1], [2, 4]], "40" + u(7, 4), {
    forwarding_status: 64,
    dropped_packets: null,
  }],
  ["a dropped flow of no count has all its packets dropped", [[89, 1], [2, 4]], "82" + u(7, 4), {
    forwarding_status: 130,
    packets: 7,
    dropped_packets: 7,
  }],
  ["a count of the device stands", [[89, 1], [2, 4], [133, 4]], "82" + u(7, 4) + u(3, 4), {
    dropped_packets: 3,
  }],
  ["consumed by the device is not dropped", [[89, 1], [2, 4]], "c1" + u(7, 4), {
    dropped_packets: null,
  }],
  ["no interface and no next hop prove no drop", [[14, 4], [15, 4], [2, 4]], u(0, 8) + u(7, 4), {
    out_if: 0,
    next_hop: null,
    dropped_packets: null,
  }],
];
for (const [what, fields, octets, expected] of DROPS) {
  Deno.test(`TRAPS 29: ${what}`, () => expect(ofIpfix(fields, octets), [expected]));
}

Deno.test("TRAPS 30: VLAN in 59 where there is no other, applications by engine and selector", () => {
  expect(ofIpfix([[59, 2]], u(12, 2)), [{ vlan: 12 }]);
  expect(ofIpfix([[58, 2], [59, 2]], u(10, 2) + u(12, 2)), [{ vlan: 10 }]);
  expect(ofIpfix([[95, 4]], "03000050"), [{ application: "http" }]);
  expect(ofIpfix([[95, 4]], "06000050"), [{ application: "6:80" }]);
});

Deno.test("TRAPS 30: a tunnel repeats addresses and ports: the outer ones count", () => {
  const fields: Fields = [[8, 4], [12, 4], [11, 2], [8, 4], [12, 4], [11, 2]];
  expect(ofIpfix(fields, "c0000201c6336402" + "12b5" + "0a0000010a000002" + "0050"), [
    { src_addr: "192.0.2.1", dst_addr: "198.51.100.2", dst_port: 4789 },
  ]);
});

Deno.test("YAF's control bits of the first packet and of the others are or-ed, both ways", () => {
  const fields: Fields = [
    [14, 1, 6871],
    [15, 2, 6871],
    [16_398, 1, 6871],
    [16_399, 1, 6871],
    [86, 4],
    [86, 4, 29_305],
  ];
  expect(ofIpfix(fields, "02" + "0018" + "12" + "11" + u(5, 4) + u(4, 4)), [
    { tcp_flags: 0x1a },
    { tcp_flags: 0x13 },
  ]);
});

Deno.test("uses() finds what v9 numbers of exporters' own stand for", () => {
  const map = new FieldMap();
  assert.deepEqual(map.uses(0, 123 + 57_472), map.uses(35_632, 123));
  assert.deepEqual(map.uses(0, 9313 + 32_768), map.uses(9, 9313));
  assert.notEqual(map.uses(9, 9313), undefined);
  assert.equal(map.uses(0, 123), undefined, "IANA's 123 is not ntop's");
  assert.equal(map.uses(0, 65_535), undefined);
});
