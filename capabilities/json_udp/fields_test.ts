import assert from "node:assert/strict";
import type { FlowRecord } from "../../core/flow/schema.ts";
import { CodecHarness, countByCode, type Decoded } from "../../tests/support/codec_harness.ts";
import { jsonUdp } from "./mod.ts";

const PAIR = { src_addr: "192.0.2.10", dst_addr: "198.51.100.20" };

function decode(object: unknown): Decoded {
  return new CodecHarness(jsonUdp).decode(
    typeof object === "string" ? object : JSON.stringify(object),
  );
}

/** Decodes one object and compares the values named. */
function expect(object: Record<string, unknown>, values: Partial<FlowRecord>): void {
  const { records, errors } = decode(object);
  assert.deepEqual(errors, [], JSON.stringify(object));
  assert.equal(records.length, 1);
  for (const [name, value] of Object.entries(values)) {
    assert.deepEqual(
      records[0][name as keyof FlowRecord],
      value,
      `${name} of ${JSON.stringify(object)}`,
    );
  }
}

// --- spellings ---

Deno.test("the short spellings of the contract", () => {
  for (const [src, dst] of [["src_addr", "dst_addr"], ["src", "dst"], ["src_ip", "dst_ip"]]) {
    expect({ [src]: "192.0.2.1", [dst]: "2001:DB8::0001" }, {
      src_addr: "192.0.2.1",
      dst_addr: "2001:db8::1",
    });
  }
  expect({ ...PAIR, proto: 17 }, { protocol: 17, protocol_name: "UDP" });
  expect({ ...PAIR, proto: "TCP" }, { protocol: 6, protocol_name: "TCP" });
  expect({ ...PAIR, ts: 1_700_000_000 }, { end_at: "2023-11-14T22:13:20.000Z" });
});

const ECS_VALUES: Partial<FlowRecord> = {
  src_addr: "192.0.2.1",
  dst_addr: "2001:db8::2",
  src_port: 40_000,
  dst_port: 443,
  bytes: 1234,
  packets: 5,
  protocol: 6,
  direction: "ingress",
  application: "tls",
  vlan: 12,
  in_if: 7,
  in_if_name: "eth7",
  out_if: 8,
  out_if_name: "eth8",
  src_mac: "00:00:5e:00:53:23",
  src_as: 64_500,
  dst_as: 64_501,
  nat_src_addr: "203.0.113.5",
  nat_src_port: 1024,
  start_at: "2024-01-01T00:00:01.000Z",
  end_at: "2024-01-01T00:00:03.500Z",
  duration_ms: 2500,
  exporter: "198.51.100.254",
};

Deno.test("the Elastic Common Schema, nested", () => {
  expect({
    "@timestamp": "2024-01-01T00:00:09Z",
    event: {
      kind: "event",
      category: ["network"],
      action: "netflow_flow",
      start: "2024-01-01T00:00:01.000Z",
      end: "2024-01-01T00:00:03.500Z",
      duration: 2_500_000_000,
    },
    source: {
      ip: "192.0.2.1",
      port: 40_000,
      mac: "00-00-5E-00-53-23",
      as: { number: 64_500, organization: { name: "Example" } },
      nat: { ip: "203.0.113.5", port: 1024 },
      geo: { country_iso_code: "DE" },
    },
    destination: { ip: "2001:db8::2", port: 443, as: { number: 64_501 } },
    network: {
      bytes: 1234,
      packets: 5,
      iana_number: "6",
      transport: "tcp",
      direction: "inbound",
      application: "tls",
      vlan: { id: "12" },
      community_id: "1:abc=",
    },
    observer: {
      ip: "198.51.100.254",
      ingress: { interface: { id: "7", name: "eth7" } },
      egress: { interface: { id: "8", name: "eth8" } },
    },
  }, { ...ECS_VALUES, end_at: "2024-01-01T00:00:09.000Z" });
});

Deno.test("the Elastic Common Schema, dotted", () => {
  expect({
    "event.start": "2024-01-01T00:00:01.000Z",
    "event.end": "2024-01-01T00:00:03.500Z",
    "event.duration": 2_500_000_000,
    "source.ip": "192.0.2.1",
    "source.port": 40_000,
    "source.mac": "00-00-5E-00-53-23",
    "source.as.number": 64_500,
    "source.nat.ip": "203.0.113.5",
    "source.nat.port": 1024,
    "destination.ip": "2001:db8::2",
    "destination.port": 443,
    "destination.as.number": 64_501,
    "network.bytes": 1234,
    "network.packets": 5,
    "network.transport": "tcp",
    "network.direction": "ingress",
    "network.application": "tls",
    "network.vlan.id": "12",
    "observer.ip": "198.51.100.254",
    "observer.ingress.interface.id": "7",
    "observer.ingress.interface.name": "eth7",
    "observer.egress.interface.id": "8",
    "observer.egress.interface.name": "eth8",
  }, ECS_VALUES);
});

Deno.test("the Elastic Common Schema, half nested and half dotted", () => {
  expect({
    source: { ip: "192.0.2.1", "as.number": 64_500, "nat.port": 9 },
    "destination.as": { number: 64_501 },
    destination: { ip: "192.0.2.2" },
    "observer.ingress": { "interface.id": 3 },
  }, { src_as: 64_500, dst_as: 64_501, nat_src_port: 9, dst_addr: "192.0.2.2", in_if: 3 });
});

Deno.test("a direction that ECS knows and a flow has not is no error", () => {
  for (const direction of ["internal", "external", "unknown"]) {
    expect({ ...PAIR, network: { direction } }, { direction: null });
  }
});

// goflow2 v2 writes these (its README and its renderers: an address or protocol without a name is
// "", a prefix is written with its address, MACs always).
const GOFLOW2 = {
  type: "SFLOW_5",
  time_received_ns: 1681583295157626000,
  sequence_num: 2999,
  sampling_rate: 100,
  sampler_address: "192.168.0.1",
  time_flow_start_ns: 1681583295157626000,
  time_flow_end_ns: 1681583296157626000,
  bytes: 1500,
  packets: 2,
  src_addr: "fd01::1",
  dst_addr: "fd01::2",
  etype: "IPv6",
  proto: "TCP",
  src_port: 443,
  dst_port: 50001,
  in_if: 4,
  out_if: 0,
  flow_direction: 1,
  src_mac: "00:1b:21:0a:ff:fe",
  vlan_id: 20,
  next_hop: "",
  bgp_next_hop: "::",
  src_as: 0,
  dst_as: 65001,
  src_net: "fd01::/48",
  dst_net: "fd01::/56",
  observation_domain_id: 9,
};

Deno.test("goflow2's JSON: its counters are as exported, and scaled once", () => {
  expect(GOFLOW2, {
    exporter: "192.168.0.1",
    observation_domain: 9,
    start_at: "2023-04-15T18:28:15.157Z",
    end_at: "2023-04-15T18:28:16.157Z",
    duration_ms: 1000,
    bytes: 150_000,
    packets: 200,
    sampling_rate: 100,
    sampling_source: "in_record",
    src_addr: "fd01::1",
    protocol: 6,
    direction: "egress",
    in_if: 4,
    out_if: 0,
    src_mac: "00:1b:21:0a:ff:fe",
    vlan: 20,
    next_hop: null,
    bgp_next_hop: null,
    src_as: null,
    dst_as: 65001,
    src_prefix_len: 48,
    dst_prefix_len: 56,
  });
});

Deno.test("goflow2 with a rate of 0, an unnamed protocol and a prefix length alone", () => {
  expect({ ...GOFLOW2, sampling_rate: 0, proto: "", dst_net: 24 }, {
    bytes: 1500,
    packets: 2,
    sampling_rate: null,
    sampling_source: "assumed",
    protocol: null,
    src_prefix_len: 48,
    dst_prefix_len: 24,
  });
});

Deno.test("flow-agent's own JSON is scaled already: never again", () => {
  expect({ ...PAIR, bytes: 150_000, packets: 200, l2_bytes: 9, sampling_rate: 100 }, {
    bytes: 150_000,
    packets: 200,
    l2_bytes: 9,
    sampling_rate: 100,
    sampling_source: "in_record",
  });
  expect({ ...PAIR, bytes: 150_000, sampling_rate: 100, sampling_source: "announced" }, {
    bytes: 150_000,
    sampling_source: "announced",
  });
});

Deno.test("of two spellings the first that can be read counts", () => {
  expect({ src: "10.0.0.1", src_addr: "10.0.0.2", dst: "10.0.0.3" }, { src_addr: "10.0.0.1" });
  expect({ ...PAIR, protocol: 6, protocol_name: "UDP", proto: 1 }, { protocol: 6 });
  expect({ ...PAIR, bytes: null, "network.bytes": 5 }, { bytes: 5 });
  const { records, errors } = decode({ src: "nonsense", ...PAIR });
  assert.equal(records[0].src_addr, PAIR.src_addr);
  assert.deepEqual(countByCode(errors), { bad_value: 1 });
});

Deno.test("names that mean nothing are passed over", () => {
  expect({ ...PAIR, Bytes: 1, "bytes ": 2, flow: { bytes: 3 }, labels: ["x"], "": 1 }, {
    bytes: null,
  });
});

// --- values ---

Deno.test("protocols by number, by text and by name", () => {
  const cases: [unknown, number, string | null][] = [
    [6, 6, "TCP"],
    ["6", 6, "TCP"],
    ["tcp", 6, "TCP"],
    ["Udp", 17, "UDP"],
    ["ICMP", 1, "ICMP"],
    ["ipv6-icmp", 58, "IPv6-ICMP"],
    ["ICMPv6", 58, "IPv6-ICMP"],
    ["sctp", 132, "SCTP"],
    [0, 0, "HOPOPT"],
    [255, 255, null],
  ];
  for (const [given, protocol, protocol_name] of cases) {
    expect({ ...PAIR, protocol: given }, { protocol, protocol_name });
    expect({ ...PAIR, proto: given }, { protocol, protocol_name });
  }
});

Deno.test("times in every form are UTC, whatever the zone of the machine", () => {
  const zone = Deno.env.get("TZ");
  try {
    for (const machine of ["Asia/Kolkata", "America/New_York", "UTC"]) {
      Deno.env.set("TZ", machine);
      for (const [given, expected] of TIMES) {
        expect({ ...PAIR, end_at: given }, { end_at: expected });
        expect({ ...PAIR, ts: given }, { end_at: expected });
        expect({ ...PAIR, start_at: given }, { start_at: expected });
      }
    }
  } finally {
    if (zone === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", zone);
  }
});

const TIMES: [unknown, string][] = [
  ["2024-02-29T12:34:56Z", "2024-02-29T12:34:56.000Z"],
  ["2024-02-29T12:34:56.789Z", "2024-02-29T12:34:56.789Z"],
  ["2024-02-29T12:34:56.789123456Z", "2024-02-29T12:34:56.789Z"],
  ["2024-02-29T12:34:56", "2024-02-29T12:34:56.000Z"],
  ["2024-02-29 12:34:56.5", "2024-02-29T12:34:56.500Z"],
  ["2024-02-29T12:34Z", "2024-02-29T12:34:00.000Z"],
  ["2024-02-29T12:34:56+05:30", "2024-02-29T07:04:56.000Z"],
  ["2024-02-29T12:34:56-0330", "2024-02-29T16:04:56.000Z"],
  ["2024-02-29 12:34:56.25+0100", "2024-02-29T11:34:56.250Z"],
  ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
  [0, "1970-01-01T00:00:00.000Z"],
  [1_700_000_000, "2023-11-14T22:13:20.000Z"],
  [1_700_000_000.25, "2023-11-14T22:13:20.250Z"],
  ["1700000000", "2023-11-14T22:13:20.000Z"],
  [1_700_000_000_123, "2023-11-14T22:13:20.123Z"],
  ["1700000000123", "2023-11-14T22:13:20.123Z"],
];

Deno.test("of start, end and duration any two give the third", () => {
  const start_at = "2024-01-01T00:00:00.000Z";
  const end_at = "2024-01-01T00:00:02.500Z";
  const all = { start_at, end_at, duration_ms: 2500 };
  expect({ ...PAIR, start_at, end_at }, all);
  expect({ ...PAIR, start_at, duration_ms: 2500 }, all);
  expect({ ...PAIR, end_at, duration_ms: 2500 }, all);
  expect({ ...PAIR, start_at: end_at, end_at: start_at }, { duration_ms: null });
  expect({ ...PAIR, duration_ms: 7 }, { duration_ms: 7, start_at: null, end_at: null });
});

Deno.test("what means unknown is null and never 0", () => {
  expect({
    ...PAIR,
    src_as: 0,
    dst_as: 0,
    next_hop: "0.0.0.0",
    bgp_next_hop: "::",
    sampling_rate: 0,
    application: "",
    vrf: "",
    exporter: "",
    latency_ms: null,
    bytes: null,
    direction: null,
  }, {
    src_as: null,
    dst_as: null,
    next_hop: null,
    bgp_next_hop: null,
    sampling_rate: null,
    application: null,
    vrf: null,
    latency_ms: null,
    bytes: null,
    packets: null,
    direction: null,
    retransmits: null,
  });
});

Deno.test("what is 0 and known stays 0", () => {
  expect({
    ...PAIR,
    src_port: 0,
    bytes: 0,
    packets: 0,
    in_if: 0,
    tcp_flags: 0,
    src_prefix_len: 0,
    retransmits: 0,
    latency_ms: 0.25,
  }, {
    src_port: 0,
    bytes: 0,
    packets: 0,
    in_if: 0,
    tcp_flags: 0,
    src_prefix_len: 0,
    retransmits: 0,
    latency_ms: 0.25,
  });
});

Deno.test("addresses are unmapped and written as RFC 5952 wants them", () => {
  expect({ src: "::ffff:192.0.2.1", dst: "2001:DB8:0:0:1:0:0:1", next_hop: "::FFFF:a00:1" }, {
    src_addr: "192.0.2.1",
    dst_addr: "2001:db8::1:0:0:1",
    next_hop: "10.0.0.1",
  });
  expect({ src: "0.0.0.0", dst: "::" }, { src_addr: "0.0.0.0", dst_addr: "::" });
});

Deno.test("MAC addresses in every usual spelling", () => {
  for (const mac of ["00:1B:21:0a:FF:fe", "00-1b-21-0a-ff-fe", "001b.210a.fffe", "001B210AFFFE"]) {
    expect({ ...PAIR, src_mac: mac, dst_mac: mac }, {
      src_mac: "00:1b:21:0a:ff:fe",
      dst_mac: "00:1b:21:0a:ff:fe",
    });
  }
});

Deno.test("large numbers", () => {
  expect({ ...PAIR, bytes: 2 ** 53 - 1 }, { bytes: 9_007_199_254_740_991 });
  // Beyond 2^53 the nearest Float64; a 64-bit counter may come as text.
  expect({ ...PAIR, bytes: "18446744073709551615" }, { bytes: 2 ** 64 });
  expect({ ...PAIR, packets: 2 ** 60 }, { packets: 2 ** 60 });
  expect({ ...PAIR, observation_domain: 0xffffffff, mpls_label: 1_048_575 }, {
    observation_domain: 4_294_967_295,
    mpls_label: 1_048_575,
  });
});

// JSON text of one value, as the wire may hold it.
const BAD: [string, string[]][] = [
  ["bytes", [
    "-1",
    "1e400",
    "-1e400",
    '"NaN"',
    '"Infinity"',
    '"1e3"',
    '"0x10"',
    '" 5"',
    '"-1"',
    "true",
    "[1]",
    "{}",
  ]],
  ["bytes", ["1e30", '"99999999999999999999999999"']],
  ["latency_ms", ["-0.1", '"fast"', "1e400", "1e300"]],
  ["src_port", ["65536", "-1", "1.5", '"http"', "1e9", "false"]],
  ["protocol", ["256", "-1", "6.5", '"nonsense"', "[]", "true"]],
  ["tcp_flags", ["65536", '"SYN"']],
  ["ip_tos", ["256"]],
  ["vlan", ["65536"]],
  ["src_net", ['"192.0.2.0/129"', '"192.0.2.0/"', '"invalid Prefix"', "129", "-1"]],
  ["observation_domain", ["4294967296"]],
  ["sampling_rate", ["-1", "0.5", "1e400", '"often"', "1e30"]],
  ["sampling_source", ['"guessed"', "1", '"__proto__"']],
  ["direction", ['"sideways"', "2", '"constructor"']],
  ["exporter", ['"localhost"', "5", '"1.2.3.256"', '"01.2.3.4"']],
  ["next_hop", ['"10.0.0"', "0", '":::"']],
  ["src_mac", ['"00:11:22:33:44"', '"00:11:22:33:44:gg"', "1"]],
  ["end_at", [
    '"yesterday"',
    '"2024-13-01T00:00:00Z"',
    '"2024-01-01T25:00:00Z"',
    "-5",
    "1e400",
    "1e17",
    '"2024-01-01"',
    "true",
  ]],
  ["application", ["5", "true", "[]", "{}"]],
];

for (const [name, values] of BAD) {
  Deno.test(`a bad ${name} is counted and the record kept: ${values.join(" ")}`, () => {
    for (const value of values) {
      const { records, errors } = decode(
        `{"src_addr":"192.0.2.1","${name}":${value},"dst_addr":"192.0.2.2","dst_port":53}`,
      );
      assert.deepEqual(countByCode(errors), { bad_value: 1 }, value);
      assert.equal(records.length, 1, value);
      assert.equal(records[0].dst_port, 53);
      const unset: Partial<FlowRecord> = { exporter: "192.0.2.1", sampling_source: "assumed" };
      const column = (name === "src_net" ? "src_prefix_len" : name) as keyof FlowRecord;
      assert.equal(records[0][column], unset[column] ?? null, value);
      assert.ok(errors[0].found.startsWith(`${name}: `));
    }
  });
}

Deno.test("the largest values that are taken still scale to a number", () => {
  const { records } = decode({
    ...GOFLOW2,
    bytes: "18446744073709551615",
    sampling_rate: 4294967295,
  });
  assert.ok(Number.isFinite(records[0].bytes));
});
