import assert from "node:assert/strict";
import { checkLearnt } from "./learnt.ts";
import { LIMITS } from "./limits.ts";

const TEMPLATE = {
  kind: "template",
  format: "ipfix",
  address: "2001:db8::1",
  domain: 4_294_967_295,
  port: 50_000,
  id: 256,
  scopeFields: 1,
  fields: [[-9, 1, 4], [29_305, 32_767, 65_535]],
};
const FACT = {
  kind: "interface",
  format: "netflow9",
  address: "192.0.2.1",
  domain: 0,
  port: -1,
  id: 3,
  value: "Gi0/3",
};
const RATE = { ...FACT, kind: "sampler", id: -1, value: 100 };

for (
  const entry of [TEMPLATE, FACT, RATE, { ...RATE, kind: "egress_rate" }, { ...FACT, kind: "vrf" }]
) {
  Deno.test(`checkLearnt() lets ${entry.kind} through, and nothing beside it`, () => {
    assert.deepEqual(checkLearnt({ ...entry, __proto__: null, more: 1 }), entry);
  });
}

const many = Array.from({ length: LIMITS.templateFields + 1 }, () => [0, 1, 4]);
for (
  const [title, entry] of [
    ["null", null],
    ["text", "template"],
    ["an unknown kind", { ...FACT, kind: "toString" }],
    ["an unknown format", { ...FACT, format: "netflow8" }],
    ["a name for an address", { ...FACT, address: "router" }],
    ["a domain below 0", { ...FACT, domain: -1 }],
    ["a domain beyond 32 bits", { ...FACT, domain: 2 ** 32 }],
    ["a fact with a port", { ...FACT, port: 5 }],
    ["a template without one", { ...TEMPLATE, port: -1 }],
    ["a template id below 256", { ...TEMPLATE, id: 255 }],
    ["a template of no fields", { ...TEMPLATE, fields: [] }],
    ["a template of empty records", { ...TEMPLATE, fields: [[0, 1, 0]] }],
    ["too many fields", { ...TEMPLATE, fields: many }],
    ["a field that is none", { ...TEMPLATE, fields: [[0, 1]] }],
    ["a field of a negative length", { ...TEMPLATE, fields: [[0, 1, -4], [0, 2, 4]] }],
    ["a field of half an octet", { ...TEMPLATE, fields: [[0, 1, 0.5]] }],
    ["more scope fields than fields", { ...TEMPLATE, scopeFields: 3 }],
    ["a rate of 0", { ...RATE, value: 0 }],
    ["a rate that cannot be one", { ...RATE, value: 1e8 }],
    ["a rate that is no number", { ...RATE, value: NaN }],
    ["a rate as text", { ...RATE, value: "100" }],
    ["a name that is none", { ...FACT, value: "" }],
    ["a name with control characters", { ...FACT, value: "a\u0007b" }],
    ["a name without end", { ...FACT, value: "x".repeat(129) }],
    ["a number for a name", { ...FACT, value: 5 }],
    ["an id that is not exact", { ...FACT, id: 2 ** 53 }],
  ] as const
) {
  Deno.test(`checkLearnt() refuses ${title}`, () => assert.equal(checkLearnt(entry), null));
}
