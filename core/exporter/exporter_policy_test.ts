import assert from "node:assert/strict";
import { parseNetwork } from "../flow/network.ts";
import { ExporterPolicy } from "./exporter_policy.ts";

function policy(allow: readonly string[], rates: Readonly<Record<string, number>> = {}) {
  return new ExporterPolicy({
    allow: allow.map((word) => parseNetwork(word)!),
    samplingRates: Object.entries(rates)
      .map(([word, rate]) => ({ network: parseNetwork(word)!, rate })),
  });
}

for (
  const [allow, address, allowed] of [
    [[], "203.0.113.7", true],
    [[], "no address", true],
    [["192.0.2.1"], "192.0.2.1", true],
    [["192.0.2.1"], "192.0.2.2", false],
    [["192.0.2.1"], "::ffff:192.0.2.1", true],
    [["::ffff:192.0.2.1"], "192.0.2.1", true],
    [["10.0.0.0/8", "2001:db8::/32"], "10.255.255.255", true],
    [["10.0.0.0/8", "2001:db8::/32"], "11.0.0.0", false],
    [["10.0.0.0/8", "2001:db8::/32"], "::ffff:11.0.0.0", false],
    [["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", true],
    [["10.0.0.0/8", "2001:db8::/32"], "2001:db9::1", false],
    [["fe80::/10"], "fe80::1%eth0", true],
    [["::/0"], "192.0.2.1", false],
    [["0.0.0.0/0"], "2001:db8::1", false],
    [["0.0.0.0/0", "::/0"], "192.0.2.1", true],
    [["0.0.0.0/0"], "", false],
  ] as const
) {
  Deno.test(`allows: ${allow.join(" ") || "everyone"}, and ${address || "nobody"} comes`, () => {
    const it = policy(allow);
    assert.equal(it.allows(address), allowed);
    assert.equal(it.allows(address), allowed, "the second time, from the cache");
  });
}

Deno.test("the longest prefix gives the sampling rate", () => {
  const it = policy([], { "0.0.0.0/0": 2, "10.1.0.0/16": 100, "10.1.2.3": 1000, "::/0": 7 });
  const rates = ["10.1.2.3", "::ffff:10.1.2.3", "10.1.2.4", "10.2.0.1", "2001:db8::1", "?"]
    .map((address) => it.samplingRate(address));
  assert.deepEqual(rates, [1000, 1000, 100, 2, 7, 0]);
  assert.equal(policy(["10.0.0.0/8"]).samplingRate("10.0.0.1"), 0);
});

Deno.test("forged sources without end get right answers", () => {
  const it = policy(["10.0.0.0/8"], { "10.0.0.0/9": 5 });
  for (let i = 0; i < 20_000; i++) {
    const [high, low] = [i >> 8, i & 255];
    assert.equal(it.allows(`10.1.${high}.${low}`), true);
    assert.equal(it.allows(`11.1.${high}.${low}`), false);
  }
  assert.equal(it.samplingRate("10.1.0.0"), 5);
});
