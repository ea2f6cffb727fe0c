import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { CodecHarness, countByCode, SOURCE } from "../../../tests/support/codec_harness.ts";
import {
  EXPORT_SECONDS,
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { LIMITS } from "../limits.ts";

/** Source port, octets and packets: 2, 4 and 4 octets. */
const SMALL = template(256, [[7, 2], [1, 4], [2, 4]]);
const small = (port: number, bytes = 1000, packets = 10) =>
  u(port, 2) + u(bytes, 4) + u(packets, 4);
const V9_SMALL = set(0, SMALL);
const IPFIX_SMALL = set(2, SMALL);

function harness(options?: { rows?: number }): CodecHarness {
  return new CodecHarness(netflowUdp, options);
}

const ports = (records: readonly FlowRecord[]) => records.map(({ src_port }) => src_port);

/** Decodes datagrams in order; what they gave together. */
function decodeAll(datagrams: readonly Uint8Array[], it = harness()) {
  const decoded = datagrams.map((datagram) => it.decode(datagram));
  return {
    it,
    records: decoded.flatMap(({ records }) => records),
    codes: countByCode(decoded.flatMap(({ errors }) => errors)),
  };
}

const summary = (it: CodecHarness, address = SOURCE.address) =>
  it.exporters.summaries().find((exporter) => exporter.address === address)!;

Deno.test("a v9 record of every family of fields, from its place", () => {
  const fields = [
    [8, 4],
    [12, 4],
    [15, 4],
    [10, 2],
    [14, 4],
    [2, 4],
    [1, 8],
    [22, 4],
    [21, 4],
    [7, 2],
    [11, 2],
    [6, 1],
    [4, 1],
    [5, 1],
    [16, 4],
    [17, 2],
    [9, 1],
    [13, 1],
    [61, 1],
    [58, 2],
    [70, 3],
    [56, 6],
    [80, 6],
    [89, 1],
    [18, 4],
  ] as const;
  const record =
    "0a000001 c0000201 c6336401 0009 0000fffe 00000005 000000000000024e 0001863c 00018678" +
    "1f90 b918 1b 06 b8 fffffffe fde8 18 20 01 0064 493e01 0050560a0bff 0050560a0b01 42 c6336402";
  const { records, codes } = decodeAll([
    v9([set(0, template(256, fields)), set(256, record.replaceAll(" ", ""))], { domain: 77 }),
  ]);
  assert.deepEqual(codes, {});
  assert.equal(records.length, 1);
  const known = Object.fromEntries(
    Object.entries(records[0]).filter(([, value]) => value !== null),
  );
  assert.deepEqual(known, {
    capability: "netflow_udp",
    export_format: "netflow9",
    exporter: "192.0.2.1",
    observation_domain: 77,
    received_at: "2024-01-01T00:00:00.000Z",
    // Uptime 100,000: the flow began 100 ms before the header was stamped, and ended 40 before.
    start_at: "2023-12-31T23:59:59.900Z",
    end_at: "2023-12-31T23:59:59.960Z",
    duration_ms: 60,
    src_addr: "10.0.0.1",
    dst_addr: "192.0.2.1",
    src_port: 8080,
    dst_port: 47_384,
    protocol: 6,
    protocol_name: "TCP",
    tcp_flags: 0x1b,
    ip_tos: 0xb8,
    bytes: 590,
    packets: 5,
    sampling_source: "assumed",
    in_if: 9,
    out_if: 65_534,
    direction: "egress",
    next_hop: "198.51.100.1",
    bgp_next_hop: "198.51.100.2",
    src_as: 4_294_967_294,
    dst_as: 65_000,
    src_prefix_len: 24,
    dst_prefix_len: 32,
    vlan: 100,
    mpls_label: 300_000,
    src_mac: "00:50:56:0a:0b:ff",
    dst_mac: "00:50:56:0a:0b:01",
    forwarding_status: 66,
  });
});

// TRAPS 1: the header's count is not believed. The builder counts sets, not records.
for (const count of ["0000", "0001", "ffff"]) {
  Deno.test(`TRAPS 1: a v9 header that announces ${count} records decodes what is there`, () => {
    const datagram = v9([V9_SMALL, set(256, small(1) + small(2))]);
    datagram.set([parseInt(count.slice(0, 2), 16), parseInt(count.slice(2), 16)], 2);
    const { records, codes } = decodeAll([datagram]);
    assert.deepEqual(ports(records), [1, 2]);
    assert.deepEqual(codes, {});
  });
}

for (const length of [0, 1, 2, 3]) {
  Deno.test(`TRAPS 3: a set of length ${length} ends the datagram, not what came before`, () => {
    const { records, codes } = decodeAll([
      v9([V9_SMALL, set(256, small(1)), set(256, small(2), { length }), set(256, small(3))]),
    ]);
    assert.deepEqual(ports(records), [1]);
    assert.deepEqual(codes, { bad_set: 1 });
  });
}

Deno.test("TRAPS 3: a set beyond the datagram: its whole records stay", () => {
  for (const message of [v9, ipfix]) {
    const templates = message === v9 ? V9_SMALL : IPFIX_SMALL;
    const { records, codes } = decodeAll([
      message([templates, set(256, small(1) + small(2) + "0003", { length: 34 })]),
    ]);
    assert.deepEqual(ports(records), [1, 2]);
    assert.deepEqual(codes, { bad_set: 1 });
  }
});

Deno.test("TRAPS 3: sets need not be aligned to 4 octets", () => {
  const { records, codes } = decodeAll([
    v9([V9_SMALL, set(256, small(1)), set(256, small(2) + small(3) + "00"), set(256, small(4))]),
  ]);
  assert.deepEqual(ports(records), [1, 2, 3, 4]);
  assert.deepEqual(codes, {});
});

Deno.test("TRAPS 3: a large datagram filled up with zeros (Palo Alto)", () => {
  const { records, codes } = decodeAll([
    v9([V9_SMALL, set(256, small(1)), "00".repeat(1000)]),
    v9([set(256, small(2) + "0000"), "00".repeat(3)]),
  ]);
  assert.deepEqual(ports(records), [1, 2]);
  assert.deepEqual(codes, {});
});

Deno.test("TRAPS 4: padding up to one octet less than a record is none", () => {
  for (let padding = 0; padding < 10; padding++) {
    const { records } = decodeAll([v9([V9_SMALL, set(256, small(1) + "00".repeat(padding))])]);
    assert.deepEqual(ports(records), [1], `${padding} octets`);
  }
});

Deno.test("TRAPS 5: an empty variable-length record is one octet a field, and ends", () => {
  const { records, codes } = decodeAll([
    ipfix([set(2, template(256, [[236, 65_535], [82, 65_535]])), set(256, "0000 0161 0162")]),
  ]);
  assert.deepEqual(records.map(({ vrf, in_if_name }) => [vrf, in_if_name]), [[null, null], [
    "a",
    "b",
  ]]);
  assert.deepEqual(codes, {});
});

Deno.test("TRAPS 5: a v9 field of no octets in a record that has some", () => {
  const { records, codes } = decodeAll([
    v9([set(0, template(256, [[7, 2], [1, 0], [2, 4]])), set(256, "0007 00000005")]),
  ]);
  assert.deepEqual(records.map(({ src_port, bytes, packets }) => [src_port, bytes, packets]), [
    [7, null, 5],
  ]);
  assert.deepEqual(codes, {});
});

Deno.test("TRAPS 5: a template of empty records is refused, its data waits and never loops", () => {
  const { it, records, codes } = decodeAll([
    v9([set(0, template(256, [[1, 0]])), set(256, "00000000")]),
  ]);
  assert.deepEqual(records, []);
  assert.deepEqual(codes, { bad_template: 1 });
  assert.equal(it.setsWithoutTemplate, 1);
});

Deno.test("TRAPS 6: a withdrawal over UDP withdraws nothing", () => {
  const { it, records, codes } = decodeAll([
    ipfix([IPFIX_SMALL]),
    ipfix([set(2, "01000000"), set(2, "00020000"), set(3, "00030000")]),
    ipfix([set(256, small(1))]),
  ]);
  assert.deepEqual(ports(records), [1]);
  assert.deepEqual(codes, { template_withdrawal: 3 });
  assert.equal(it.templates, 1);
});

Deno.test("TRAPS 7: templates of another address or domain are not used", () => {
  const it = harness();
  it.decode(v9([V9_SMALL], { domain: 1 }));
  const data = [set(256, small(1))];
  assert.deepEqual(it.decode(v9(data, { domain: 2 })).records, []);
  const other = { source: { ...SOURCE, address: "192.0.2.2" } };
  assert.deepEqual(it.decode(v9(data, { domain: 1 }), other).records, []);
  assert.equal(it.setsWithoutTemplate, 2);
  assert.deepEqual(ports(it.decode(v9(data, { domain: 1 })).records), [1]);
});

Deno.test("TRAPS 7: each port's own template counts for it (RFC 7011 §8.4)", () => {
  const it = harness();
  const b = { source: { ...SOURCE, port: 2 } };
  it.decode(v9([V9_SMALL]));
  it.decode(v9([set(0, template(256, [[11, 2], [1, 4], [2, 4]]))]), b);
  const data = v9([set(256, small(9))]);
  assert.deepEqual(it.decode(data).records.map(({ src_port, dst_port }) => [src_port, dst_port]), [[
    9,
    null,
  ]]);
  assert.deepEqual(
    it.decode(data, b).records.map(({ src_port, dst_port }) => [src_port, dst_port]),
    [[null, 9]],
  );
});

Deno.test("TRAPS 7: data from a port without templates uses those of the exporter's other port", () => {
  const it = harness();
  it.decode(v9([V9_SMALL]));
  const b = { source: { ...SOURCE, port: 2 } };
  assert.deepEqual(ports(it.decode(v9([set(256, small(1))]), b).records), [1]);
  assert.equal(it.setsWithoutTemplate, 0);
  // Octets that do not fit its records: it is another template.
  assert.deepEqual(it.decode(v9([set(256, small(1) + "00000000")]), b).records, []);
  assert.equal(it.setsWithoutTemplate, 1);
});

Deno.test("TRAPS 7: where the other ports do not agree, data waits for its own template", () => {
  const it = harness();
  it.decode(v9([V9_SMALL]));
  it.decode(v9([set(0, template(256, [[11, 2], [1, 4], [2, 4]]))]), {
    source: { ...SOURCE, port: 2 },
  });
  const c = { source: { ...SOURCE, port: 3 } };
  assert.deepEqual(it.decode(v9([set(256, small(1))]), c).records, []);
  assert.deepEqual(ports(it.decode(v9([V9_SMALL]), c).records), [1]);
});

Deno.test("TRAPS 8: data before its template waits, in order, and is decoded when it comes", () => {
  const it = harness();
  assert.deepEqual(it.decode(v9([set(256, small(1)), set(256, small(2))])).records, []);
  assert.deepEqual(it.decode(v9([set(256, small(3)), set(257, small(9))])).records, []);
  assert.equal(it.setsWithoutTemplate, 4);
  const { records, errors } = it.decode(v9([set(256, small(4)), V9_SMALL]));
  assert.deepEqual(ports(records), [1, 2, 3, 4]);
  assert.deepEqual(errors, []);
  assert.equal(it.setsWithoutTemplate, 1, "template 257 has not come");
});

Deno.test("TRAPS 8: what waited keeps the times of its own datagram", () => {
  const fields = template(256, [[22, 4]]);
  const it = harness();
  it.decode(v9([set(256, u(99_000, 4))], { uptimeMs: 100_000 }));
  // Restarted since, ten minutes later.
  const { records } = it.decode(
    v9([set(0, fields), set(256, u(3000, 4))], { uptimeMs: 4000, seconds: EXPORT_SECONDS + 600 }),
  );
  assert.deepEqual(records.map(({ start_at }) => start_at), [
    "2023-12-31T23:59:59.000Z",
    "2024-01-01T00:09:59.000Z",
  ]);
});

Deno.test("TRAPS 8: sets wait within bounds, and what finds no room is counted", () => {
  const it = harness();
  const codes = [];
  for (let i = 0; i < LIMITS.waitingSets + 3; i++) {
    codes.push(...it.decode(v9([set(256, small(i + 1))])).errors);
  }
  assert.deepEqual(countByCode(codes), { template_never_came: 3 });
  assert.equal(it.setsWithoutTemplate, LIMITS.waitingSets + 3);
  const { records } = it.decode(v9([V9_SMALL]));
  assert.equal(records.length, LIMITS.waitingSets);
  assert.equal(it.setsWithoutTemplate, 3, "what was dropped stays counted");
});

Deno.test("TRAPS 8: a set that waited for too long is not decoded by a template of another time", () => {
  const it = harness();
  const at = 1_704_067_200_000;
  it.decode(v9([set(256, small(1))]), { at });
  it.decode(v9([set(256, small(2))]), { at: at + 1000 });
  const { records, errors } = it.decode(v9([V9_SMALL]), { at: at + LIMITS.waitingMs + 1 });
  assert.deepEqual(ports(records), [2]);
  assert.deepEqual(countByCode(errors), { template_never_came: 1 });
});

Deno.test("TRAPS 8: a template changes under its id", () => {
  const { it, records } = decodeAll([
    v9([V9_SMALL, set(256, small(1))]),
    v9([set(0, template(256, [[11, 2], [7, 2]]))]),
    v9([set(256, "0050 0002")]),
    v9([V9_SMALL, set(256, small(3))]),
  ]);
  assert.deepEqual(records.map(({ src_port, dst_port, bytes }) => [src_port, dst_port, bytes]), [
    [1, null, 1000],
    [2, 80, null],
    [3, null, 1000],
  ]);
  assert.equal(it.templates, 1, "a template that changes is no new one");
});

Deno.test("TRAPS 8: an id changes from data to options and back", () => {
  const { records } = decodeAll([
    ipfix([IPFIX_SMALL, set(256, small(1))]),
    ipfix([set(3, ipfixOptions(256, [[149, 4]], [[34, 4]])), set(256, "00000000 00000064")]),
    ipfix([IPFIX_SMALL, set(256, small(2))]),
  ]);
  assert.deepEqual(records.map(({ src_port, bytes }) => [src_port, bytes]), [[1, 1000], [
    2,
    100_000,
  ]]);
});

const SAMPLED_BY_100 = {
  template: set(1, v9Options(300, [[1, 4]], [[34, 4], [35, 1]])),
  data: set(300, "00000000 00000064 01".replaceAll(" ", "")),
};
const ORDERS: [string, string[]][] = [
  ["template, options, data", [V9_SMALL, SAMPLED_BY_100.template, SAMPLED_BY_100.data, "D"]],
  ["data first", ["D", SAMPLED_BY_100.data, SAMPLED_BY_100.template, V9_SMALL]],
  ["data in between", [SAMPLED_BY_100.data, V9_SMALL, "D", SAMPLED_BY_100.template]],
];
for (const [what, sets] of ORDERS) {
  Deno.test(`TRAPS 9: templates and options before data in a datagram: ${what}`, () => {
    const { records, codes } = decodeAll([v9(sets.map((s) => s === "D" ? set(256, small(1)) : s))]);
    assert.deepEqual(codes, {});
    assert.deepEqual(
      records.map(({ bytes, sampling_rate, sampling_source }) => [
        bytes,
        sampling_rate,
        sampling_source,
      ]),
      [[100_000, 100, "announced"]],
    );
  });
}

Deno.test("TRAPS 9: options that waited are learnt before the data that waited", () => {
  const it = harness();
  it.decode(v9([set(256, small(1)), SAMPLED_BY_100.data]));
  const { records } = it.decode(v9([V9_SMALL, SAMPLED_BY_100.template]));
  assert.deepEqual(records.map(({ bytes }) => bytes), [100_000]);
  assert.equal(it.setsWithoutTemplate, 0);
});

Deno.test("TRAPS 10: repeated elements: the first counts, paddings are skipped", () => {
  const { records } = decodeAll([
    ipfix([
      set(2, template(256, [[8, 4], [210, 1], [12, 4], [210, 3], [8, 4], [12, 4], [7, 2]])),
      set(256, "c0000201 ff c0000202 ffffff 0a000001 0a000002 0050"),
    ]),
  ]);
  assert.deepEqual(
    records.map(({ src_addr, dst_addr, src_port }) => [src_addr, dst_addr, src_port]),
    [
      ["192.0.2.1", "192.0.2.2", 80],
    ],
  );
});

Deno.test("TRAPS 12: variable-length strings in v9 (H3C), and ids above 32767 without a number", () => {
  const { records } = decodeAll([
    v9([
      set(0, template(256, [[82, 65_535], [40_005, 1], [7, 2]])),
      set(256, "04 65746830 00 0050"),
    ]),
  ]);
  assert.deepEqual(records.map(({ in_if_name, src_port }) => [in_if_name, src_port]), [[
    "eth0",
    80,
  ]]);
});

Deno.test("TRAPS 12: an enterprise's element is not IANA's of the same number", () => {
  const { records } = decodeAll([
    ipfix([
      set(2, template(256, [[7, 2, 9], [1, 4, 12_356], [7, 2]])),
      set(256, "ffff ffffffff 0050"),
    ]),
  ]);
  assert.deepEqual(records.map(({ src_port, bytes }) => [src_port, bytes]), [[80, null]]);
});

Deno.test("TRAPS 12: v9 with enterprise numbers, as its set's length tells", () => {
  const { records } = decodeAll([
    v9([
      set(0, template(256, [[7, 2, 9], [1, 4, 11_164], [7, 2], [2, 4]])),
      set(256, "ffff ffffffff 0050 00000003"),
    ]),
  ]);
  assert.deepEqual(records.map(({ src_port, bytes, packets }) => [src_port, bytes, packets]), [
    [80, null, 3],
  ]);
});

Deno.test("TRAPS 13: a counter, an AS and an ifIndex in every width (RFC 7011 §6.2)", () => {
  for (let width = 1; width <= 8; width++) {
    const fields = [[1, width], [16, width], [10, width], [89, Math.min(width, 4)]] as const;
    const body = u(200, width).repeat(3) + u(66, Math.min(width, 4));
    for (
      const datagram of [
        v9([set(0, template(256, fields)), set(256, body)]),
        ipfix([set(2, template(256, fields)), set(256, body)]),
      ]
    ) {
      const { records } = decodeAll([datagram]);
      assert.deepEqual(
        records.map(({ bytes, src_as, in_if, forwarding_status }) => [
          bytes,
          src_as,
          in_if,
          forwarding_status,
        ]),
        [[200, 200, 200, 66]],
        `${width}`,
      );
    }
  }
});

Deno.test("TRAPS 13: tcpControlBits of 1 and 2 octets, sampler ids of 1, 2 and 4", () => {
  for (const width of [1, 2, 4]) {
    const { records } = decodeAll([
      v9([
        set(1, v9Options(300, [[1, 4]], [[48, width], [50, 4]])),
        set(300, u(0, 4) + u(3, width) + u(10, 4) + u(0, 4) + u(4, width) + u(20, 4)),
        set(0, template(256, [[6, Math.min(width, 2)], [48, width], [2, 4]])),
        set(256, u(0x12, Math.min(width, 2)) + u(3, width) + u(1, 4)),
      ]),
    ]);
    assert.deepEqual(records.map(({ tcp_flags, packets }) => [tcp_flags, packets]), [[0x12, 10]]);
  }
});

Deno.test("TRAPS 31: a record that names its exporter is that exporter's, not the socket's", () => {
  const v6 = "20010db8".padEnd(31, "0") + "1";
  const cases: [fields: readonly (readonly [number, number])[], body: string, exporter: string][] =
    [
      [[[130, 4], [2, 4]], "c6336407" + u(3, 4), "198.51.100.7"],
      [[[131, 16], [2, 4]], v6 + u(3, 4), "2001:db8::1"],
      [[[130, 4], [131, 16], [2, 4]], "00000000" + v6 + u(3, 4), "2001:db8::1"],
      // The version of the flow is not that of its exporter.
      [
        [[60, 1], [130, 4], [131, 16], [2, 4]],
        "06c6336407" + "00".repeat(16) + u(3, 4),
        "198.51.100.7",
      ],
      [[[130, 4], [131, 16], [2, 4]], "00".repeat(20) + u(3, 4), SOURCE.address],
      [[[2, 4]], u(3, 4), SOURCE.address],
    ];
  for (const [fields, body, exporter] of cases) {
    const { it, records } = decodeAll([ipfix([set(2, template(256, fields)), set(256, body)])]);
    assert.deepEqual(records.map((one) => one.exporter), [exporter]);
    // Templates, sequence and what options teach stay with the socket.
    assert.deepEqual(it.exporters.summaries().map(({ address }) => address), [SOURCE.address]);
  }
});

Deno.test("TRAPS 31: an exporter's name of itself in options is not taken for its records", () => {
  const { records } = decodeAll([
    ipfix([
      set(3, ipfixOptions(300, [[144, 4]], [[130, 4]])),
      set(300, u(1, 4) + "c6336407"),
      set(2, template(256, [[2, 4]])),
      set(256, u(3, 4)),
    ]),
  ]);
  assert.deepEqual(records.map(({ exporter }) => exporter), [SOURCE.address]);
});

Deno.test("templates of sessions that are pushed out are counted, and so is what waited there", () => {
  const it = harness();
  const codes = [];
  for (let i = 0; i <= LIMITS.probationScopes; i++) {
    const source = { address: `198.51.100.${i & 255}`, port: 1000 + i };
    codes.push(
      ...it.decode(v9([V9_SMALL, set(999, small(1)), set(998, small(2))]), { source }).errors,
    );
  }
  assert.deepEqual(countByCode(codes), { template_evicted: 1, template_never_came: 2 });
});

Deno.test("options data of too many exporters that export nothing is forgotten and counted", () => {
  const it = harness();
  const codes = [];
  for (let i = 0; i < LIMITS.probationExporters + 3; i++) {
    const source = { ...SOURCE, port: 7 };
    const message = v9([SAMPLED_BY_100.template, SAMPLED_BY_100.data], { domain: i });
    codes.push(...it.decode(message, { source }).errors);
  }
  const { learnt_facts_full } = countByCode(codes);
  assert.equal(learnt_facts_full, 3);
});

Deno.test("names beyond an exporter's limit are refused and counted", () => {
  const it = harness();
  const names = LIMITS.learntNames + 100;
  const perDatagram = 8000;
  it.decode(v9([set(1, v9Options(300, [[2, 4]], [[82, 2]]))]));
  const codes = [];
  for (let from = 0; from < names; from += perDatagram) {
    const count = Math.min(perDatagram, names - from);
    const body = Array.from({ length: count }, (_, i) => u(from + i + 1, 4) + "6131").join("");
    codes.push(...it.decode(v9([set(300, body)])).errors);
  }
  // Of those that are known the table that all protocols share takes a part.
  const unshared = LIMITS.learntNames - LIMITS.interfaceNames;
  assert.deepEqual(countByCode(codes), { learnt_facts_full: 100 + unshared });
});

Deno.test("TRAPS 14: a list of RFC 6313 is skipped exactly", () => {
  const { records } = decodeAll([
    ipfix([
      set(2, template(256, [[7, 2], [291, 65_535], [11, 2]])),
      set(256, "0001 07 ff000800010203 0002" + "0003 ff0005 ff00080001 0004"),
    ]),
  ]);
  assert.deepEqual(records.map(({ src_port, dst_port }) => [src_port, dst_port]), [[1, 2], [3, 4]]);
});

// TRAPS 16.
Deno.test("TRAPS 16: v9 counts datagrams, whatever they hold", () => {
  const { it } = decodeAll([
    v9([V9_SMALL], { sequence: 10 }),
    v9([set(256, small(1) + small(2) + small(3))], { sequence: 11 }),
    v9([set(256, small(4))], { sequence: 14 }),
    v9([set(256, small(5))], { sequence: 13 }),
  ]);
  const { sequence_lost, sequence_unit, datagrams, flow_records } = summary(it);
  assert.deepEqual({ sequence_lost, sequence_unit, datagrams, flow_records }, {
    sequence_lost: 1,
    sequence_unit: "datagrams",
    datagrams: 4,
    flow_records: 5,
  });
});

Deno.test("TRAPS 16: IPFIX counts data records, options among them, templates not", () => {
  const options = set(3, ipfixOptions(300, [[149, 4]], [[34, 4]]));
  const { it } = decodeAll([
    ipfix([IPFIX_SMALL, options], { sequence: 100 }),
    ipfix([set(256, small(1) + small(2)), set(300, "00000000 00000001")], { sequence: 100 }),
    ipfix([set(256, small(3))], { sequence: 103 }),
    ipfix([set(256, small(4))], { sequence: 109 }),
  ]);
  assert.deepEqual([summary(it).sequence_lost, summary(it).sequence_unit], [5, "records"]);
});

Deno.test("TRAPS 16: a biflow is one data record, though it gives two rows", () => {
  const fields = template(256, [[231, 4], [232, 4]]);
  const { it, records } = decodeAll([
    ipfix([set(2, fields), set(256, "00000001 00000002")], { sequence: 0 }),
    ipfix([set(256, "00000001 00000002")], { sequence: 1 }),
  ]);
  assert.equal(records.length, 4);
  assert.equal(summary(it).sequence_lost, 0);
});

Deno.test("TRAPS 16: after a set that nobody could count, the sequence is taken as it comes", () => {
  const { it } = decodeAll([
    ipfix([IPFIX_SMALL, set(256, small(1))], { sequence: 0 }),
    ipfix([set(999, small(2) + small(3))], { sequence: 1 }),
    ipfix([set(256, small(4))], { sequence: 3 }),
    ipfix([set(256, small(5))], { sequence: 5 }),
  ]);
  assert.equal(summary(it).sequence_lost, 1);
});

Deno.test("TRAPS 16: records in what was cut off the datagram are lost", () => {
  const cut = ipfix([set(256, small(2) + small(3))], { sequence: 1 }).slice(0, -5);
  const { it, records } = decodeAll([
    ipfix([IPFIX_SMALL, set(256, small(1))], { sequence: 0 }),
    cut,
    ipfix([set(256, small(4))], { sequence: 3 }),
  ]);
  assert.deepEqual(ports(records), [1, 2, 4]);
  assert.equal(summary(it).sequence_lost, 1);
});

Deno.test("TRAPS 15: a restart is no loss", () => {
  const { it } = decodeAll([
    v9([V9_SMALL], { sequence: 5000, uptimeMs: 3_600_000 }),
    v9([V9_SMALL], { sequence: 1, uptimeMs: 1000, seconds: EXPORT_SECONDS + 60 }),
  ]);
  const { sequence_lost, restarts } = summary(it);
  assert.deepEqual([sequence_lost, restarts], [0, 1]);
});

Deno.test("domains of one exporter have sequences of their own", () => {
  const { it } = decodeAll(
    [1, 2, 3].flatMap((sequence) =>
      [0, 1].map((domain) => v9([V9_SMALL], { domain, sequence: sequence + domain * 1000 }))
    ),
  );
  assert.deepEqual(it.exporters.summaries().map(({ sequence_lost }) => sequence_lost), [0, 0]);
});

Deno.test("an exporter that announced nothing has not the rate of another", () => {
  const it = harness();
  it.decode(v9([V9_SMALL, SAMPLED_BY_100.template, SAMPLED_BY_100.data, set(256, small(1))]));
  it.decode(v9([V9_SMALL]), { source: { address: "192.0.2.9", port: 1 } });
  const rate = ({ sampling_rate, sampling_source }: ReturnType<typeof summary>) => [
    sampling_rate,
    sampling_source,
  ];
  assert.deepEqual(rate(summary(it)), [100, "announced"]);
  assert.deepEqual(rate(summary(it, "192.0.2.9")), [null, "assumed"]);
});

Deno.test("IPFIX: octets behind the message's length are not of it; a length below the header is refused", () => {
  const whole = [IPFIX_SMALL, set(256, small(1))];
  const length = 16 + (IPFIX_SMALL.length + whole[1].length) / 2;
  const { records } = decodeAll([ipfix([...whole, set(256, small(2))], { length })]);
  assert.deepEqual(ports(records), [1]);
  for (const short of [0, 15]) {
    const refused = decodeAll([ipfix(whole, { length: short })]);
    assert.deepEqual([refused.records, refused.codes], [[], { truncated_header: 1 }]);
  }
});

Deno.test("a header cut at any octet is refused", () => {
  for (const message of [v9([]), ipfix([])]) {
    for (let length = 2; length < message.length; length++) {
      assert.deepEqual(decodeAll([message.slice(0, length)]).codes, { truncated_header: 1 });
    }
    assert.deepEqual(decodeAll([message]).codes, {});
  }
});

Deno.test("a set of more records than fit a batch is decoded whole", () => {
  const count = 3000;
  const body = Array.from({ length: count }, (_, i) => small(i)).join("");
  const { records } = decodeAll([v9([V9_SMALL, set(256, body)])], harness({ rows: 1 << 14 }));
  assert.deepEqual(ports(records), Array.from({ length: count }, (_, i) => i));
});

Deno.test("templates beyond the limit of a session are refused and counted", () => {
  const all = Array.from(
    { length: LIMITS.templatesPerScope + 2 },
    (_, i) => template(256 + i, [[7, 2]]),
  );
  const { it, codes } = decodeAll([v9([set(0, all.join(""))])]);
  assert.deepEqual(codes, { too_many_templates: 2 });
  assert.equal(it.templates, LIMITS.templatesPerScope);
});

// Events: TRAPS 24.
const ASA = template(256, [[8, 4], [12, 4], [233, 1], [231, 4], [232, 4]]);
const asa = (event: number, out: number, back: number) =>
  `c0000201c6336402${u(event, 1)}${u(out, 4)}${u(back, 4)}`;
const EVENTS: [number, (string | null)[], number[]][] = [
  [0, [null, null], [81, 763]],
  [1, ["flow_created", "flow_created"], [81, 763]],
  [2, ["flow_deleted", "flow_deleted"], [81, 763]],
  [3, ["flow_denied", "flow_denied"], [81, 763]],
  [5, [null, null], [81, 763]],
];
for (const [event, names, bytes] of EVENTS) {
  Deno.test(`TRAPS 24: firewall event ${event} is ${names[0] ?? "traffic"}`, () => {
    for (const element of ["00e90001", "9c450001"]) {
      const { records } = decodeAll([
        v9([set(0, ASA.replace("00e90001", element)), set(256, asa(event, 81, 763))]),
      ]);
      assert.deepEqual(records.map((r) => r.event), names);
      assert.deepEqual(records.map((r) => r.bytes), bytes);
    }
  });
}

Deno.test("TRAPS 24: a create event without counters is one row", () => {
  const { records } = decodeAll([v9([set(0, ASA), set(256, asa(1, 0, 0))])]);
  assert.deepEqual(records.map(({ event, src_addr, dst_addr }) => [event, src_addr, dst_addr]), [
    ["flow_created", "192.0.2.1", "198.51.100.2"],
  ]);
});

Deno.test("TRAPS 24: NAT events are events (RFC 8158 §5.4)", () => {
  const fields = template(256, [[8, 4], [225, 4], [7, 2], [227, 2], [230, 1]]);
  const record = (event: number) => `0a000001c00002010035c001${u(event, 1)}`;
  const { records } = decodeAll([
    ipfix([set(2, fields), set(256, record(4) + record(5) + record(200))]),
  ]);
  assert.deepEqual(records.map(({ event }) => event), [
    "nat44_session_create",
    "nat44_session_delete",
    "nat_event_200",
  ]);
  assert.deepEqual([records[0].nat_src_addr, records[0].nat_src_port], ["192.0.2.1", 0xc001]);
});

Deno.test("TRAPS 25: RFC 5103: the reverse elements are a row of their own, unless empty", () => {
  const fields = template(256, [[8, 4], [12, 4], [1, 4], [2, 4], [1, 4, 29_305], [2, 4, 29_305]]);
  const record = (back: number) =>
    `c0000201c6336402${u(100, 4)}${u(2, 4)}${u(back, 4)}${u(back, 4)}`;
  const { records } = decodeAll([ipfix([set(2, fields), set(256, record(7) + record(0))])]);
  assert.deepEqual(records.map(({ src_addr, bytes, packets }) => [src_addr, bytes, packets]), [
    ["192.0.2.1", 100, 2],
    ["198.51.100.2", 7, 7],
    ["192.0.2.1", 100, 2],
  ]);
});

Deno.test("TRAPS 25: RFC 5103: what is told of the reverse direction alone is of its row", () => {
  const R = 29_305;
  const fields = template(256, [
    ...[[10, 4], [14, 4], [1, 4], [152, 8], [153, 8], [58, 2]] as [number, number][],
    ...[[1, 4, R], [152, 8, R], [153, 8, R], [58, 2, R], [89, 1, R], [352, 4, R]] as [
      number,
      number,
      number,
    ][],
  ]);
  const ms = (more: number) => u(EXPORT_SECONDS * 1000 + more, 8);
  const forward = u(3, 4) + u(4, 4) + u(100, 4) + ms(-9000) + ms(-1000) + u(10, 2);
  const reverse = u(50, 4) + ms(-8000) + ms(-2000) + u(20, 2) + u(64, 1) + u(70, 4);
  const { records } = decodeAll([ipfix([set(2, fields), set(256, forward + reverse)])]);
  assert.deepEqual(
    records.map(({ in_if, bytes, duration_ms, vlan, forwarding_status, l2_bytes }) => (
      { in_if, bytes, duration_ms, vlan, forwarding_status, l2_bytes }
    )),
    [
      {
        in_if: 3,
        bytes: 100,
        duration_ms: 8000,
        vlan: 10,
        forwarding_status: null,
        l2_bytes: null,
      },
      { in_if: 4, bytes: 50, duration_ms: 6000, vlan: 20, forwarding_status: 64, l2_bytes: 70 },
    ],
  );
});

Deno.test("TRAPS 30: 180 to 183 are ports, 252 and 253 interfaces, VLAN in 58, 243 or 254", () => {
  const read = (id: number, name: keyof FlowRecord) =>
    decodeAll([ipfix([set(2, template(256, [[id, 4]])), set(256, u(77, 4))])]).records[0][name];
  for (const id of [7, 180, 182]) assert.equal(read(id, "src_port"), 77, `${id}`);
  for (const id of [11, 181, 183]) assert.equal(read(id, "dst_port"), 77, `${id}`);
  for (const id of [10, 252]) assert.equal(read(id, "in_if"), 77, `${id}`);
  for (const id of [14, 253]) assert.equal(read(id, "out_if"), 77, `${id}`);
  for (const id of [58, 243, 254]) assert.equal(read(id, "vlan"), 77, `${id}`);
});
