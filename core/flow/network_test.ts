import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { formatNetwork, isInNetwork, networkWords, parseNetwork } from "./network.ts";

for (
  const [word, canonical] of [
    ["10.0.0.1", "10.0.0.1"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10.1.2.3/0", "0.0.0.0/0"],
    ["10.1.2.3/32", "10.1.2.3"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
    ["::/0", "::/0"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::ffff:10.1.2.3/96", "0.0.0.0/0"],
    ["::ffff:10.1.2.3/95", "::fffe:0:0/95"],
    ["fe80::1%eth0", "fe80::1"],
  ] as const
) {
  Deno.test(`parseNetwork() reads ${word} as ${canonical}`, () => {
    const network = parseNetwork(word)!;
    strictEqual(formatNetwork(network), canonical);
    deepStrictEqual(parseNetwork(canonical), network);
  });
}

for (
  const word of ["", "/8", "10", "10/8", "10.0.0.0/33", "10.0.0.0/", "::/129", "::/8/8", "::/-1"]
) {
  Deno.test(`parseNetwork() refuses ${JSON.stringify(word)}`, () => {
    strictEqual(parseNetwork(word), null);
  });
}

Deno.test("networkWords() gives value and mask over the four words", () => {
  deepStrictEqual(networkWords({ address: "10.0.0.0", prefixLength: 8 }), {
    value: Uint32Array.of(0, 0, 0xffff, 0x0a00_0000),
    mask: Uint32Array.of(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xff00_0000),
    ipv4: true,
  });
  deepStrictEqual(networkWords({ address: "2001:db8::", prefixLength: 33 }), {
    value: Uint32Array.of(0x2001_0db8, 0, 0, 0),
    mask: Uint32Array.of(0xffff_ffff, 0x8000_0000, 0, 0),
    ipv4: false,
  });
  throws(() => networkWords({ address: "router1", prefixLength: 32 }), TypeError);
});

for (
  const [word, address, inside] of [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "::ffff:10.0.0.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "10.0.0.1", false],
    ["2001:db8:8000::/33", "2001:db8:ffff::1", true],
    ["2001:db8:8000::/33", "2001:db8:7fff::1", false],
  ] as const
) {
  Deno.test(`isInNetwork(): ${address} is ${inside ? "" : "not "}in ${word}`, () => {
    const words = new Uint32Array(4);
    strictEqual(parseAddress(address, words), true);
    strictEqual(isInNetwork(words, networkWords(parseNetwork(word)!)), inside);
  });
}
