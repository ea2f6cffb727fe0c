import assert from "node:assert/strict";
import {
  EXPORT_FORMATS,
  findField,
  FLOW_FIELDS,
  PRESENCE_WORDS,
  presenceBit,
  SAMPLING_SOURCES,
  STORED_FIELDS,
} from "./schema.ts";

// The public surface (CONTRACT: FlowRecord as JSON), in its order. It does not change by accident.
// deno-fmt-ignore: names read best as the list they are.
const FLOW_RECORD = [
  "capability", "export_format", "exporter", "observation_domain", "received_at",
  "start_at", "end_at", "duration_ms", "src_addr", "dst_addr", "src_port", "dst_port", "protocol", "protocol_name", "tcp_flags",
  "ip_tos", "bytes", "packets", "l2_bytes", "dropped_packets", "sampling_rate", "sampling_source",
  "in_if", "out_if", "in_if_name", "out_if_name", "direction",
  "next_hop", "bgp_next_hop", "src_as", "dst_as", "src_prefix_len", "dst_prefix_len", "vlan", "vrf", "mpls_label", "src_mac", "dst_mac",
  "icmp_type", "icmp_code", "latency_ms", "latency_source", "retransmits", "forwarding_status", "event", "nat_src_addr",
  "nat_dst_addr", "nat_src_port", "nat_dst_port", "application",
];

Deno.test("the schema's names are those of the public FlowRecord, in order", () => {
  assert.deepEqual(FLOW_FIELDS.map(({ name }) => name), FLOW_RECORD);
});

Deno.test("enums keep their storage order: a stored byte means the same for ever", () => {
  assert.deepEqual([...EXPORT_FORMATS], [
    "json",
    "netflow1",
    "netflow5",
    "netflow7",
    "netflow9",
    "ipfix",
    "sflow5",
  ]);
  assert.deepEqual([...SAMPLING_SOURCES], ["announced", "in_record", "configured", "assumed"]);
  assert.deepEqual(findField("direction")?.values, ["ingress", "egress"]);
  assert.deepEqual(findField("export_format")?.values, EXPORT_FORMATS);
  assert.deepEqual(findField("sampling_source")?.values, SAMPLING_SOURCES);
});

Deno.test("every stored field has a presence bit of its own, and computed ones have none", () => {
  assert.deepEqual(
    FLOW_RECORD.filter((name) => !STORED_FIELDS.some((field) => field.name === name)),
    ["capability", "protocol_name"],
  );
  const bits = STORED_FIELDS.map(({ name }) => presenceBit(name));
  assert.deepEqual(bits, bits.map((_, i) => i));
  assert.equal(bits.length, 48);
  assert.equal(PRESENCE_WORDS, 2);
});

Deno.test("every field says its unit where it has one, what it is and what null means", () => {
  const units = new Map([
    ["duration_ms", "ms"],
    ["latency_ms", "ms"],
    ["bytes", "octets"],
    ["l2_bytes", "octets"],
    ["packets", "packets"],
    ["dropped_packets", "packets"],
  ]);
  for (const field of FLOW_FIELDS) {
    assert.ok(field.description.length > 0 && field.absence.length > 0, field.name);
    const unit = units.get(field.name);
    if (unit !== undefined) assert.equal(field.unit, unit, field.name);
  }
});

// IANA "IPFIX Information Elements" and RFC 3954 §8.
Deno.test("element numbers are those of the IANA registry and of RFC 3954", () => {
  // deno-fmt-ignore: [field, IPFIX element, NetFlow v9 type]
  const expected: [string, number, number | undefined][] = [
    ["exporter", 130, undefined], ["observation_domain", 149, undefined], ["start_at", 152, 22], ["end_at", 153, 21],
    ["duration_ms", 161, undefined], ["src_addr", 8, 8], ["dst_addr", 12, 12], ["src_port", 7, 7], ["dst_port", 11, 11],
    ["protocol", 4, 4], ["tcp_flags", 6, 6], ["ip_tos", 5, 5], ["bytes", 1, 1], ["packets", 2, 2], ["l2_bytes", 352, undefined],
    ["dropped_packets", 133, undefined], ["in_if", 10, 10], ["out_if", 14, 14], ["direction", 61, 61], ["next_hop", 15, 15],
    ["bgp_next_hop", 18, 18], ["src_as", 16, 16], ["dst_as", 17, 17], ["src_prefix_len", 9, 9], ["dst_prefix_len", 13, 13],
    ["vlan", 58, 58], ["vrf", 236, undefined], ["mpls_label", 70, 70], ["src_mac", 56, 56], ["dst_mac", 80, 80],
    ["icmp_type", 176, undefined], ["icmp_code", 177, undefined], ["forwarding_status", 89, 89], ["event", 230, undefined],
    ["nat_src_addr", 225, undefined], ["nat_dst_addr", 226, undefined], ["nat_src_port", 227, undefined],
    ["nat_dst_port", 228, undefined], ["application", 96, undefined],
  ];
  for (const [name, ipfix, netflow9] of expected) {
    const field = findField(name);
    assert.deepEqual([field?.ipfix, field?.netflow9], [ipfix, netflow9], name);
  }
});

Deno.test("findField() knows schema names and nothing that every object inherits", () => {
  assert.equal(findField("bytes")?.storage, "f64");
  for (const name of ["", "Bytes", "__proto__", "constructor", "toString"]) {
    assert.equal(findField(name), undefined, name);
  }
});
