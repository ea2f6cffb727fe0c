import assert from "node:assert/strict";
import { hex } from "../../../../tests/support/hex.ts";
import { readJuniperProperty } from "./juniper_property.ts";

// Octets of nf-akvorado-junipercpiddrop, read by hand: 6 bits of type, the rest is the value.
const CASES: [string, string, number][] = [
  ["04000000", "juniper.forwardingClassDropPriority", 0],
  ["08c3", "juniper.forwardingExceptionCode", 195],
  ["0c0fffff", "juniper.forwardingNexthopId", 0xfffff],
  ["10000000", "juniper.egressInterfaceIndex", 0],
  ["140001c2", "juniper.underlyingIngressInterfaceIndex", 450],
  ["180001b5", "juniper.ingressInterfaceIndex", 437],
  ["fc000001", "juniper.property63", 1],
  ["00", "juniper.property0", 0],
];
for (const [octets, name, value] of CASES) {
  Deno.test(`readJuniperProperty() reads ${octets}`, () => {
    assert.deepEqual(readJuniperProperty(hex(octets)), { name, value });
  });
}

Deno.test("readJuniperProperty() leaves alone what is none", () => {
  assert.equal(readJuniperProperty(hex("")), undefined);
  assert.equal(readJuniperProperty(hex("0000000000")), undefined);
});
