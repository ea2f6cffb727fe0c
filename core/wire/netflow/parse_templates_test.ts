import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import { LIMITS } from "../limits.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import {
  IPFIX_TEMPLATES,
  NETFLOW9_TEMPLATES,
  parseTemplates,
  type TemplateDialect,
  V9_SCOPE_PEN,
} from "./parse_templates.ts";

// Octets written from RFC 3954 §5.2 and §6.1, RFC 7011 §3.4.1 and §3.4.2.

type Found = { id: number; scope: number; fields: number[][] } | string;

function parse(
  octets: Uint8Array,
  { dialect, options = false, from = 0, to = octets.length }: {
    dialect: TemplateDialect;
    options?: boolean;
    from?: number;
    to?: number;
  },
): Found[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return [...parseTemplates(view, { from, to }, { dialect, options })].map((found) =>
    "code" in found ? `${found.code}@${found.offset}` : {
      id: found.id,
      scope: found.scopeFields,
      fields: found.fields.map(({ pen, id, length }) =>
        pen === 0 ? [id, length] : [id, length, pen]
      ),
    }
  );
}

const V9 = { dialect: NETFLOW9_TEMPLATES };
const V9_OPTIONS = { dialect: NETFLOW9_TEMPLATES, options: true };
const IPFIX = { dialect: IPFIX_TEMPLATES };
const IPFIX_OPTIONS = { dialect: IPFIX_TEMPLATES, options: true };

const CASES: [
  what: string,
  how: { dialect: TemplateDialect; options?: boolean },
  octets: string,
  found: Found[],
][] = [
  ["two templates of one set", V9, "0100 0002 0008 0004 000c 0004  0101 0001 0001 0008", [
    { id: 256, scope: 0, fields: [[8, 4], [12, 4]] },
    { id: 257, scope: 0, fields: [[1, 8]] },
  ]],
  [
    "an element above 32767 of v9: no enterprise number follows",
    V9,
    "0100 0002 9c45 0001 0004 0001",
    [
      { id: 256, scope: 0, fields: [[40_005, 1], [4, 1]] },
    ],
  ],
  [
    "the enterprise bit of IPFIX, stripped, and its number",
    IPFIX,
    "0100 0003 8001 0004 00007279  0008 0004  ffff ffff ffffffff",
    [{
      id: 256,
      scope: 0,
      fields: [[1, 4, 29_305], [8, 4], [0x7fff, VARIABLE_LENGTH, 0xffffffff]],
    }],
  ],
  [
    "enterprise numbers in v9, where the set's length fits them alone",
    V9,
    "0100 0003 8001 0004 00002b9c  0008 0004  8003 0001 00000009  0101 0001 0001 0004",
    [
      { id: 256, scope: 0, fields: [[1, 4, 11_164], [8, 4], [3, 1, 9]] },
      { id: 257, scope: 0, fields: [[1, 4]] },
    ],
  ],
  [
    "an enterprise number behind the last field of v9: it is no padding",
    V9,
    "0100 0001 8001 0004 00000009",
    [{ id: 256, scope: 0, fields: [[1, 4, 9]] }],
  ],
  [
    "high ids in v9 whose set ends with zeros: padding, not an enterprise number",
    V9,
    "0100 0001 9c45 0001 00000000",
    [{ id: 256, scope: 0, fields: [[40_005, 1]] }],
  ],
  [
    "high ids in a v9 set that fits neither reading: as the RFC has it",
    V9,
    "0100 0002 9c45 0001 0004 0001 0007 0001",
    [{ id: 256, scope: 0, fields: [[40_005, 1], [4, 1]] }, "bad_template@12"],
  ],
  [
    "enterprise numbers in v9 options, counted in their octets",
    V9_OPTIONS,
    "0100 0004 000c 0001 0004  8002 0004 00002b9c  0022 0004",
    [{ id: 256, scope: 1, fields: [[1, 4, V9_SCOPE_PEN], [2, 4, 11_164], [34, 4]] }],
  ],
  [
    "v9 options whose length is one octet too many (pmacct)",
    V9_OPTIONS,
    "0100 0004 0005 0001 0004 0022 0004",
    [
      { id: 256, scope: 1, fields: [[1, 4, V9_SCOPE_PEN], [34, 4]] },
    ],
  ],
  [
    "v9 scope and option lengths in octets",
    V9_OPTIONS,
    "0100 0004 0008 0001 0004 0022 0004 0023 0001",
    [
      { id: 256, scope: 1, fields: [[1, 4, V9_SCOPE_PEN], [34, 4], [35, 1]] },
    ],
  ],
  ["a v9 scope of length 0 (Juniper SRX)", V9_OPTIONS, "0100 0004 0004 0001 0000 0022 0004", [
    { id: 256, scope: 1, fields: [[1, 0, V9_SCOPE_PEN], [34, 4]] },
  ]],
  ["v9 options without any scope", V9_OPTIONS, "0100 0000 0004 0022 0004", [
    { id: 256, scope: 1, fields: [[34, 4]] },
  ]],
  [
    "IPFIX options: the count holds the scopes, the enterprise bit stands in both",
    IPFIX_OPTIONS,
    "0100 0003 0002  8002 0004 00000009  000a 0004  8003 0001 00000a4c",
    [{ id: 256, scope: 2, fields: [[2, 4, 9], [10, 4], [3, 1, 2636]] }],
  ],
  ["options padded by 1 to 5 octets", IPFIX_OPTIONS, "0100 0001 0001 000a 0004 0000000000", [
    { id: 256, scope: 1, fields: [[10, 4]] },
  ]],
  ["options padded by 6 octets", V9_OPTIONS, "0100 0000 0004 0022 0004 000000000000", [
    { id: 256, scope: 1, fields: [[34, 4]] },
  ]],
  ["templates padded by 3, 4 and 8 octets", V9, "0100 0001 0001 0004 0000000000000000", [
    { id: 256, scope: 0, fields: [[1, 4]] },
  ]],
  ["a withdrawal, then a template", IPFIX, "0100 0000 0101 0001 0001 0004", [
    "template_withdrawal@0",
    { id: 257, scope: 0, fields: [[1, 4]] },
  ]],
  ["a withdrawal of all templates (RFC 7011 §8.1)", IPFIX, "0002 0000", ["template_withdrawal@0"]],
  ["withdrawals of options have 4 octets too", IPFIX_OPTIONS, "0100 0000 0101 0000", [
    "template_withdrawal@0",
    "template_withdrawal@4",
  ]],
  ["a withdrawal of options, then options", IPFIX_OPTIONS, "0003 0000 0101 0001 0001 000a 0004", [
    "template_withdrawal@0",
    { id: 257, scope: 1, fields: [[10, 4]] },
  ]],
  ["a template of no fields: v9 knows no withdrawal", V9, "0100 0000 0101 0001 0001 0004", [
    "bad_template@0",
    { id: 257, scope: 0, fields: [[1, 4]] },
  ]],
  ["an id below 256", V9, "00ff 0001 0001 0004", ["bad_template@0"]],
  ["fields of no octets alone", V9, "0100 0002 0001 0000 0002 0000 0101 0001 0001 0004", [
    "bad_template@0",
    { id: 257, scope: 0, fields: [[1, 4]] },
  ]],
  ["one field of no octets among others is legal in v9", V9, "0100 0002 0001 0000 0002 0004", [
    { id: 256, scope: 0, fields: [[1, 0], [2, 4]] },
  ]],
  ["v9 options of no fields", V9_OPTIONS, "0100 0000 0000 0101 0000 0004 0022 0004", [
    "bad_template@0",
    { id: 257, scope: 1, fields: [[34, 4]] },
  ]],
  [
    "repeated elements and paddings of different lengths",
    IPFIX,
    "0100 0004 0008 0004 00d2 0002 00d2 0003 0008 0004",
    [
      { id: 256, scope: 0, fields: [[8, 4], [210, 2], [210, 3], [8, 4]] },
    ],
  ],
  ["a template that ends behind its set", V9, "0100 0003 0001 0004 0002 0004", ["bad_template@0"]],
  ["one that needs its enterprise number beyond the set", IPFIX, "0100 0001 8001 0004 0000", [
    "bad_template@0",
  ]],
  ["more fields than a set could hold", IPFIX, "0100 ffff 0001 0004", ["bad_template@0"]],
  ["an empty set", V9, "", []],
  ["what is too short for a template", V9, "0100 00", []],
];

for (const [what, how, octets, found] of CASES) {
  Deno.test(`parseTemplates() reads ${what}`, () =>
    assert.deepEqual(parse(hex(octets), how), found));
}

Deno.test("parseTemplates() stays within its set, though the datagram goes on", () => {
  const octets = hex("ffff 0100 0001 0001 0004 0101 0001 0001 0004");
  assert.deepEqual(parse(octets, { ...V9, from: 2, to: 10 }), [
    { id: 256, scope: 0, fields: [[1, 4]] },
  ]);
  assert.deepEqual(parse(octets, { ...V9, from: 2, to: 9 }), ["bad_template@2"]);
});

Deno.test("parseTemplates() takes as many fields as the limit, and refuses more", () => {
  for (
    const [fields, taken] of [[LIMITS.templateFields, true], [LIMITS.templateFields + 1, false]]
  ) {
    const octets = new Uint8Array(4 + Number(fields) * 4);
    octets.set([1, 0]);
    new DataView(octets.buffer).setUint16(2, Number(fields));
    for (let at = 4; at < octets.length; at += 4) octets.set([0, 1, 0, 1], at);
    const [found] = parse(octets, V9);
    assert.equal(
      typeof found === "string" ? found : found.fields.length,
      taken ? fields : "bad_template@0",
    );
  }
});

Deno.test("parseTemplates() ends at every prefix of sets of all kinds", () => {
  for (const [what, how, octets] of CASES) {
    const whole = hex(octets);
    const count = parse(whole, how).length;
    for (let to = 0; to < whole.length; to++) {
      assert.ok(parse(whole.slice(0, to), how).length <= count + 1, what);
    }
  }
});
