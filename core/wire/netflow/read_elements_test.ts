import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import { FieldMap } from "./field_map.ts";
import { type FieldNumbering, nameFields, nameLayout, readElements } from "./read_elements.ts";
import type { TemplateField } from "./template.ts";
import { V5_FIELDS } from "./v5_fields.ts";

const map = new FieldMap();
const field = (id: number, length: number, pen = 0): TemplateField => ({ pen, id, length });

function read(
  octets: string,
  fields: readonly TemplateField[],
  numbering: FieldNumbering = "ipfix",
) {
  const data = hex(octets);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return readElements(view, { from: 0, to: data.length }, nameFields(fields, { numbering, map }));
}

// deno-fmt-ignore: one row a case reads as the table it is.
const CASES: readonly [what: string, octets: string, fields: TemplateField[], elements: unknown, end: number][] = [
  ["fields of fixed length", "c0000201 01bb 06 ff", [field(8, 4), field(11, 2), field(4, 1)],
    { sourceIPv4Address: "192.0.2.1", destinationTransportPort: 443, protocolIdentifier: 6 }, 7],
  ["variable length of one octet", "03 616263 06", [field(82, VARIABLE_LENGTH), field(4, 1)],
    { interfaceName: "abc", protocolIdentifier: 6 }, 5],
  ["variable length of three octets", "ff 0003 616263 06", [field(82, VARIABLE_LENGTH), field(4, 1)],
    { interfaceName: "abc", protocolIdentifier: 6 }, 7],
  ["reduced size", "0186a0", [field(1, 3)], { octetDeltaCount: 100_000 }, 3],
  ["repeated elements as a list", "00000001 00000002 00000003", [field(1, 4), field(1, 4), field(1, 4)],
    { octetDeltaCount: [1, 2, 3] }, 12],
  ["an enterprise that nobody knows", "0102", [field(7, 2, 4_000_000_001)],
    { "enterprise.4000000001.7": "0x0102" }, 2],
  ["Juniper's common properties by what each says of itself", "08c3 180001b5", [field(137, 2, 2636), field(137, 4, 2636)],
    { "juniper.forwardingExceptionCode": 195, "juniper.ingressInterfaceIndex": 437 }, 6],
  ["the reverse direction", "05", [field(2, 1, 29_305)], { reversePacketDeltaCount: 5 }, 1],
  ["a field of no octets", "06", [field(82, 0), field(4, 1)],
    { interfaceName: "", protocolIdentifier: 6 }, 1],
];

for (const [what, octets, fields, elements, end] of CASES) {
  Deno.test(`readElements() reads ${what}`, () => {
    assert.deepEqual(read(octets, fields), { elements, end });
  });
}

Deno.test("readElements() names the headers in a section of a packet", () => {
  // 802.1Q, then an IPv4 header of protocol 89.
  const frame = "0200000000aa0200000000bb810000070800" +
    "4500001400000000405900000a0000010a000002";
  const headers = {
    dst_mac: "02:00:00:00:00:aa",
    src_mac: "02:00:00:00:00:bb",
    ether_type: "0x0800",
    vlan: 7,
    ip_version: 4,
    src_addr: "10.0.0.1",
    dst_addr: "10.0.0.2",
    protocol: 89,
    ip_tos: 0,
    ttl: 64,
    ip_length: 20,
  };
  const section = field(315, 38);
  const only = (octets: string, fields: TemplateField[]) =>
    read(octets, fields)?.elements.dataLinkFrameSection;
  assert.deepEqual(only(frame, [section]), headers);
  const { src_addr: _, ...rest } = only(`${frame}0012`, [section, field(410, 2)]) as typeof headers;
  assert.deepEqual(Object.keys(rest), ["dst_mac", "src_mac", "ether_type", "vlan"]);
  // What cannot be read stays as it is.
  const hexadecimal = `0x${frame}`;
  assert.equal(only(`${frame}0001`, [section, field(409, 2)]), hexadecimal);
  assert.equal(only(`${frame}0009`, [section, field(408, 2)]), hexadecimal);
  assert.deepEqual(only(frame + frame, [section, section]), [hexadecimal, hexadecimal]);
  assert.equal(only("0102", [field(315, 2)]), "0x0102");
});

// deno-fmt-ignore: one row a case reads as the table it is.
const BROKEN: readonly [what: string, octets: string, fields: TemplateField[]][] = [
  ["a field", "c00002", [field(8, 4)]],
  ["a length", "", [field(82, VARIABLE_LENGTH)]],
  ["a length of three octets", "ff 00", [field(82, VARIABLE_LENGTH)]],
  ["a text", "05 616263", [field(82, VARIABLE_LENGTH)]],
];

for (const [what, octets, fields] of BROKEN) {
  Deno.test(`readElements() gives nothing where the record ends within ${what}`, () => {
    assert.equal(read(octets, fields), null);
  });
}

Deno.test("readElements() names NetFlow v9 fields by its own numbering", () => {
  const named = nameFields([field(22, 4), field(33_002, 2), field(50_000, 1)], {
    numbering: "netflow9",
    map,
  });
  assert.deepEqual(named.map(({ name }) => name), [
    "flowStartSysUpTime",
    "fwExtEvent",
    "element.50000",
  ]);
});

Deno.test("nameLayout() names version 5 as its specification does", () => {
  const named = nameLayout(V5_FIELDS);
  assert.deepEqual(named.map(({ name }) => name), V5_FIELDS.map(({ name }) => name));
  assert.deepEqual(named.slice(0, 4).map(({ type }) => type), [
    "ipv4Address",
    "ipv4Address",
    "ipv4Address",
    "unsigned64",
  ]);
});
