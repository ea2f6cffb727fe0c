import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { isInNetwork, networkWords, parseNetwork } from "../flow/network.ts";
import { Random } from "../../tests/support/random.ts";
import { PrefixTable } from "./prefix_table.ts";

function words(text: string): Uint32Array {
  const out = new Uint32Array(4);
  assert.ok(parseAddress(text, out), text);
  return out;
}

const NETWORKS = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.1.0.0/16",
  "10.1.2.3",
  "::/0",
  "2001:db8::/32",
  "2001:db8::1",
] as const;

const CASES: readonly [address: string, network: (typeof NETWORKS)[number]][] = [
  ["192.0.2.1", "0.0.0.0/0"],
  ["10.255.0.1", "10.0.0.0/8"],
  ["10.1.2.4", "10.1.0.0/16"],
  ["10.1.2.3", "10.1.2.3"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["::1", "::/0"],
  ["2001:db8:ffff::", "2001:db8::/32"],
  ["2001:db8::1", "2001:db8::1"],
];
for (const [address, network] of CASES) {
  Deno.test(`PrefixTable finds ${network} for ${address}`, () => {
    const table = new PrefixTable(NETWORKS.map((text, i) => [text, i]));
    assert.equal(table.find(words(address)), NETWORKS.indexOf(network));
  });
}

Deno.test("PrefixTable knows nothing where no network holds the address", () => {
  assert.equal(new PrefixTable([]).find(words("10.0.0.1")), -1);
  assert.equal(new PrefixTable([["::/0", 0]]).find(words("10.0.0.1")), -1);
  assert.equal(new PrefixTable([["0.0.0.0/0", 0]]).find(words("::1")), -1);
  assert.throws(() => new PrefixTable([["10.0.0.0/33", 0]]), /10\.0\.0\.0\/33 is no network/);
});

Deno.test("PrefixTable agrees with looking at every network", () => {
  const random = new Random(1);
  const address = () =>
    random.below(2) === 0
      ? `10.${random.below(3)}.${random.below(3)}.${random.below(256)}`
      : `2001:db8:${random.below(3)}::${random.below(3)}`;
  const networks = new Map<string, number>();
  for (let n = 0; n < 200; n++) {
    const text = address();
    const length = random.below(text.includes(":") ? 129 : 33);
    const { address: first, prefixLength } = parseNetwork(`${text}/${length}`)!;
    networks.set(`${first}/${prefixLength}`, n);
  }
  const table = new PrefixTable(networks);
  const all = [...networks].map(([network, value]) => {
    const parsed = parseNetwork(network)!;
    return { value, length: parsed.prefixLength, words: networkWords(parsed) };
  }).sort((a, b) => b.length - a.length);
  for (let n = 0; n < 2000; n++) {
    const text = address();
    const host = words(text);
    const best = all.find((network) => isInNetwork(host, network.words));
    assert.equal(table.find(host), best?.value ?? -1, text);
  }
});
