import assert from "node:assert/strict";
import { FieldMap } from "./field_map.ts";
import { hex } from "../../../tests/support/hex.ts";
import { u } from "../../../tests/support/netflow_messages.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import { LIMITS } from "../limits.ts";
import { nameFields, readElements } from "./read_elements.ts";
import type { TemplateField } from "./template.ts";

const field = (id: number, length: number, pen = 0): TemplateField => ({ pen, id, length });
/** 256: a port and a protocol; 257: a text and a list; 258: a field of no octets. */
const TEMPLATES: Readonly<Record<number, readonly TemplateField[]>> = {
  256: [field(7, 2), field(4, 1)],
  257: [field(82, VARIABLE_LENGTH), field(292, VARIABLE_LENGTH)],
  258: [field(82, 0)],
};

/** Reads a list of variable length and the protocol behind it. */
function read(element: number, list: string, { templates = TEMPLATES } = {}) {
  const data = hex("ff" + u(hex(list).length, 2) + list + "11");
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const map = new FieldMap();
  const named = nameFields([field(element, VARIABLE_LENGTH), field(4, 1)], {
    numbering: "ipfix",
    map,
  });
  const found = readElements(view, { from: 0, to: data.length }, named, {
    numbering: "ipfix",
    map,
    fieldsOf: (id) => templates[id],
  })!;
  assert.equal(found.end, data.length, "skipped exactly");
  const { protocolIdentifier, ...rest } = found.elements;
  assert.equal(protocolIdentifier, 17);
  return Object.values(rest)[0];
}

// Octets by hand from RFC 6313 §4.5; the interface lists are those of its §8.1.
// deno-fmt-ignore: one row a case reads as the table it is.
const LISTS: readonly [what: string, element: number, octets: string, expected: unknown][] = [
  ["a basicList", 291, "04 000a 0004 00000001 00000004 00000008",
    { semantic: "ordered", element: "ingressInterface", values: [1, 4, 8] }],
  ["a basicList of texts", 291, "03 0052 ffff 03 616263 00 ff0001 64",
    { semantic: "allOf", element: "interfaceName", values: ["abc", "", "d"] }],
  ["a basicList of an enterprise's element", 291, "ff 807b 0002 00008b30 0005",
    { semantic: "undefined", element: "CLIENT_NW_LATENCY_MS", values: [5] }],
  ["a basicList of nothing", 291, "00 000a 0004",
    { semantic: "noneOf", element: "ingressInterface", values: [] }],
  ["a semantic that nobody knows", 291, "63 000a 0001 07",
    { semantic: 99, element: "ingressInterface", values: [7] }],
  ["a subTemplateList", 292, "01 0100 0035 11 01bb 06",
    { semantic: "exactlyOneOf", template: 256, records: [
      { sourceTransportPort: 53, protocolIdentifier: 17 },
      { sourceTransportPort: 443, protocolIdentifier: 6 },
    ] }],
  ["a subTemplateList in one", 292, "02 0101 0161 06 03 0100 0035 11",
    { semantic: "oneOrMoreOf", template: 257, records: [
      { interfaceName: "a", subTemplateList: { semantic: "allOf", template: 256, records: [
        { sourceTransportPort: 53, protocolIdentifier: 17 },
      ] } },
    ] }],
  ["a subTemplateMultiList", 293, "03 0100 0007 0035 11 0100 0004 0101 000a 0161 03 00 0100",
    { semantic: "allOf", lists: [
      { template: 256, records: [{ sourceTransportPort: 53, protocolIdentifier: 17 }] },
      { template: 256, records: [] },
      { template: 257, records: [{ interfaceName: "a", subTemplateList: { semantic: "noneOf", template: 256, records: [] } }] },
    ] }],
];
for (const [what, element, octets, expected] of LISTS) {
  Deno.test(`readList() reads ${what}`, () => assert.deepEqual(read(element, octets), expected));
}

// deno-fmt-ignore: one row a case reads as the table it is.
const BROKEN: readonly [what: string, element: number, octets: string][] = [
  ["a basicList without its length", 291, "04 000a 00"],
  ["a basicList without its enterprise", 291, "04 807b 0002 0000"],
  ["a basicList of values of no octets", 291, "04 000a 0000 01"],
  ["a basicList whose last value is cut off", 291, "04 000a 0004 00000001 0000"],
  ["a subTemplateList without a template", 292, "04 01"],
  ["a subTemplateList of an unknown template", 292, "04 03e7 0035 11"],
  ["a subTemplateList whose last record is cut off", 292, "04 0100 0035 11 00"],
  ["a subTemplateList of records of no octets", 292, "04 0102 00"],
  ["a subTemplateMultiList of a length below 4", 293, "04 0100 0003 0035 11"],
  ["a subTemplateMultiList of a length beyond its end", 293, "04 0100 0008 0035 11"],
  ["a subTemplateMultiList cut off behind an id", 293, "04 0100"],
];
for (const [what, element, octets] of BROKEN) {
  Deno.test(`readList() leaves ${what} in hexadecimal`, () => {
    assert.equal(read(element, octets), `0x${octets.replaceAll(" ", "")}`);
  });
}

Deno.test("readList() reads lists in lists to a depth, and no further", () => {
  let list = "03 0100 0035 11";
  for (let depth = 0; depth < LIMITS.listDepth + 2; depth++) {
    list = `03 0101 0161 ff ${u(hex(list).length, 2)} ${list}`;
  }
  let found = read(292, list) as { records: { subTemplateList: unknown }[] } | string;
  for (let depth = 0; depth < LIMITS.listDepth; depth++) {
    assert.equal(typeof found, "object", `depth ${depth}`);
    found = (found as { records: { subTemplateList: typeof found }[] }).records[0].subTemplateList;
  }
  assert.match(found as string, /^0x03/);
});

Deno.test("readList() survives every prefix and every changed octet of a list", () => {
  const whole = hex("03 0100 0007 0035 11 0100 0004 0101 000a 0161 03 00 0100");
  const text = (octets: Uint8Array) => Array.from(octets, (octet) => u(octet, 1)).join("");
  for (let length = 0; length <= whole.length; length++) read(293, text(whole.slice(0, length)));
  for (let i = 0; i < whole.length; i++) {
    for (const octet of [0, 1, 0x7f, 0xff]) read(293, text(whole.with(i, octet)));
  }
});
