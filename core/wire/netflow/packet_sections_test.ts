import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { CodecHarness } from "../../../tests/support/codec_harness.ts";
import { CRAFTED_PACKETS } from "../../../tests/support/crafted_packets.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
} from "../../../tests/support/netflow_messages.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";

const octetsOf = (name: string) => CRAFTED_PACKETS.find((packet) => packet.name === name)!.octets;
/** A frame of 58 octets with a VLAN tag: IPv4 of 40 octets, TCP. */
const FRAME = octetsOf("802.1Q");
const PACKET = octetsOf("IP from its header on, version 4");
const variable = (octets: string) => u(octets.length / 2, 1) + octets;

type Field = readonly [id: number, length: number];

/** The one record of a message with one template and one record. */
function recordOf(
  fields: readonly Field[],
  octets: string,
  { format = "ipfix" }: { format?: "ipfix" | "netflow9" } = {},
): FlowRecord {
  const sets = [set(format === "ipfix" ? 2 : 0, template(256, fields)), set(256, octets)];
  const { records, errors } = new CodecHarness(netflowUdp)
    .decode(format === "ipfix" ? ipfix(sets) : v9(sets));
  assert.deepEqual(errors, []);
  assert.equal(records.length, 1);
  return records[0];
}

const TUPLE = {
  src_addr: "192.0.2.1",
  dst_addr: "198.51.100.2",
  src_port: 443,
  dst_port: 49_153,
  protocol: 6,
  tcp_flags: 0x18,
  ip_tos: 0x28,
  bytes: 40,
  packets: 1,
};
const NOTHING = {
  src_addr: null,
  dst_addr: null,
  src_port: null,
  protocol: null,
  bytes: null,
  packets: 1,
};

// deno-fmt-ignore: one row a case reads as the table it is.
const CASES: readonly [what: string, fields: Field[], octets: string, expected: Partial<FlowRecord>, "netflow9"?][] = [
  ["a frame of fixed length", [[315, 58]], FRAME, { ...TUPLE, vlan: 100, src_mac: "02:00:00:00:00:bb", dst_mac: "02:00:00:00:00:aa", l2_bytes: null }],
  ["a frame of variable length and its size", [[312, 2], [315, VARIABLE_LENGTH]], u(1518, 2) + variable(FRAME), { ...TUPLE, vlan: 100, l2_bytes: 1518 }],
  ["a frame that is said to be Ethernet", [[408, 2], [315, VARIABLE_LENGTH]], "0001" + variable(FRAME), { ...TUPLE, vlan: 100 }],
  ["a frame of 802.11", [[408, 2], [315, VARIABLE_LENGTH]], "0002" + variable(octetsOf("802.11 with four addresses")), { ...TUPLE, src_mac: "02:00:00:00:00:bb" }],
  ["a frame of another link", [[408, 2], [315, VARIABLE_LENGTH], [10, 4]], "0003" + variable(FRAME) + u(9, 4), { ...NOTHING, in_if: 9 }],
  ["an IP packet", [[313, VARIABLE_LENGTH]], variable(PACKET), { ...TUPLE, src_mac: null }],
  ["an MPLS stack", [[316, VARIABLE_LENGTH]], variable(octetsOf("MPLS from the stack on")), { ...TUPLE, mpls_label: 20 }],
  ["an MPLS stack, and what lies below it", [[316, VARIABLE_LENGTH], [317, VARIABLE_LENGTH]], variable("00014140") + variable(PACKET), { ...TUPLE, mpls_label: 20 }],
  ["a section from the middle of a packet", [[409, 2], [315, VARIABLE_LENGTH]], "0004" + variable(FRAME), NOTHING],
  ["a section from the beginning, as it says", [[315, VARIABLE_LENGTH], [409, 2]], variable(FRAME) + "0000", TUPLE],
  ["padding behind the exported octets", [[410, 2], [315, 58]], u(38, 2) + FRAME, { ...TUPLE, src_port: null, dst_port: null, tcp_flags: null }],
  ["a section that nobody can read", [[315, VARIABLE_LENGTH], [10, 4]], variable("0102030405") + u(9, 4), { ...NOTHING, in_if: 9, src_mac: null }],
  ["a section of no octets", [[315, VARIABLE_LENGTH], [10, 4]], "00" + u(9, 4), { ...NOTHING, in_if: 9 }],
  ["what the record says itself", [[315, VARIABLE_LENGTH], [8, 4], [7, 2], [58, 2]], variable(FRAME) + "0a000001" + "0007" + "0009", { ...TUPLE, src_addr: "10.0.0.1", src_port: 7, vlan: 9 }],
  ["counters of the record", [[315, VARIABLE_LENGTH], [312, 2], [1, 4], [2, 4]], variable(FRAME) + u(60, 2) + u(9000, 4) + u(9, 4), { ...TUPLE, bytes: 9000, packets: 9, l2_bytes: null }],
  ["octets of the record without packets", [[315, VARIABLE_LENGTH], [1, 4]], variable(FRAME) + u(9000, 4), { ...TUPLE, bytes: 9000, packets: null }],
  ["a rate in the record", [[34, 4], [312, 2], [315, VARIABLE_LENGTH]], u(100, 4) + u(1518, 2) + variable(FRAME), { ...TUPLE, bytes: 4000, packets: 100, l2_bytes: 151_800, sampling_rate: 100 }],
  ["the moment of a packet", [[324, 8], [315, VARIABLE_LENGTH]], "e93c7f0080000000" + variable(FRAME), { ...TUPLE, start_at: "2024-01-01T00:00:00.500Z", end_at: "2024-01-01T00:00:00.500Z", duration_ms: 0 }],
  ["the moment of a packet in seconds", [[322, 4], [313, VARIABLE_LENGTH]], u(0x65920080, 4) + variable(PACKET), { ...TUPLE, start_at: "2024-01-01T00:00:00.000Z", end_at: "2024-01-01T00:00:00.000Z" }],
  ["the layer 2 section of NetFlow v9", [[102, 2], [103, 2], [104, 64]], "0000" + u(58, 2) + FRAME + "00".repeat(6), { ...TUPLE, vlan: 100, l2_bytes: null }, "netflow9"],
];

for (const [what, fields, octets, expected, format] of CASES) {
  Deno.test(`packet sections: ${what}`, () => {
    const record = recordOf(fields, octets, { format });
    const found = Object.fromEntries(
      Object.keys(expected).map((name) => [name, record[name as keyof FlowRecord]]),
    );
    assert.deepEqual(found, expected);
  });
}

Deno.test("packet sections: a selector's rate counts for its packets (RFC 5476 §6.5.2)", () => {
  const it = new CodecHarness(netflowUdp);
  const selector = ipfixOptions(300, [[302, 2]], [[304, 2], [305, 4], [306, 4]]);
  it.decode(ipfix([
    set(3, selector),
    set(300, "0007" + "0001" + u(1, 4) + u(999, 4)),
    set(2, template(256, [[302, 2], [315, VARIABLE_LENGTH]])),
  ]));
  const { records: [record] } = it.decode(ipfix([set(256, "0007" + variable(FRAME))]));
  assert.deepEqual([record.bytes, record.packets, record.sampling_rate], [40_000, 1000, 1000]);
});

Deno.test("packet sections: each record has its own packet", () => {
  const sections = ["IPv4 and TCP", "ARP", "IPv6 and UDP", "ICMP"].map(octetsOf);
  const { records } = new CodecHarness(netflowUdp).decode(ipfix([
    set(2, template(256, [[315, VARIABLE_LENGTH]])),
    set(256, sections.map(variable).join("")),
  ]));
  const found = records.map((record) => [record.protocol, record.src_port, record.icmp_type]);
  assert.deepEqual(found, [[6, 443, null], [null, null, null], [17, 49_153, null], [1, null, 3]]);
});
