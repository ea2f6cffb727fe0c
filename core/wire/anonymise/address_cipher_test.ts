import assert from "node:assert/strict";
import { addressBytes, formatAddressBytes } from "../../flow/address.ts";
import { AddressCipher } from "./address_cipher.ts";

// deno-fmt-ignore: the key of the sample that comes with Crypto-PAn 1.0.
const SAMPLE_KEY = Uint8Array.of(
  21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
  216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
);

/** From the sample trace of Crypto-PAn 1.0 and what its authors' program makes of it. */
const SAMPLES: readonly [string, string][] = [
  ["128.11.68.132", "135.242.180.132"],
  ["129.118.74.4", "134.136.186.123"],
  ["130.132.252.244", "133.68.164.234"],
  ["141.223.7.43", "141.167.8.160"],
  ["141.233.145.108", "141.129.237.235"],
  ["152.163.225.39", "151.140.114.167"],
  ["156.29.3.236", "147.225.12.42"],
];

function replaced(cipher: AddressCipher, address: string): string {
  const octets = addressBytes(address);
  cipher.replace(octets);
  return formatAddressBytes(octets);
}

Deno.test("AddressCipher replaces IPv4 as Crypto-PAn does", () => {
  const cipher = new AddressCipher(SAMPLE_KEY);
  assert.deepEqual(SAMPLES.map(([from]) => [from, replaced(cipher, from)]), SAMPLES);
});

/** Leading bits that two addresses have in common. */
function common(a: Uint8Array, b: Uint8Array): number {
  const bits = (octets: Uint8Array) =>
    [...octets].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const [first, second] = [bits(a), bits(b)];
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  return at;
}

for (const length of [4, 6, 16]) {
  Deno.test(`AddressCipher keeps the prefixes of all pairs of ${length} octets`, () => {
    const cipher = AddressCipher.of("a key of the test");
    let seed = 7;
    const random = () => (seed = seed * 48_271 % 0x7fff_ffff) & 255;
    const base = Uint8Array.from({ length }, random);
    const before = Array.from({ length: 120 }, () => {
      const octets = base.slice();
      const from = random() % length;
      octets[from] ^= 1 << (random() % 8);
      for (let i = from + 1; i < length; i++) octets[i] = random();
      return octets;
    });
    const after = before.map((octets) => {
      const copy = octets.slice();
      cipher.replace(copy);
      return copy;
    });
    for (let i = 0; i < before.length; i++) {
      for (let j = 0; j < i; j++) {
        assert.equal(common(after[i], after[j]), common(before[i], before[j]));
      }
    }
    assert.ok(after.every((octets, i) => `${octets}` !== `${before[i]}`));
  });
}

Deno.test("AddressCipher: zeros stay, IPv4 in IPv6 is IPv4, other lengths become zeros", () => {
  const cipher = AddressCipher.of("a key of the test");
  assert.equal(replaced(cipher, "0.0.0.0"), "0.0.0.0");
  assert.equal(replaced(cipher, "::"), "::");
  const mapped = Uint8Array.of(...Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 1);
  cipher.replace(mapped);
  assert.equal(formatAddressBytes(mapped), replaced(cipher, "192.0.2.1"));
  const odd = Uint8Array.of(1, 2, 3);
  cipher.replace(odd);
  assert.deepEqual([...odd], [0, 0, 0]);
});

Deno.test("AddressCipher replaces alike under one key, and otherwise under another", () => {
  const of = (secret: string | undefined) => replaced(AddressCipher.of(secret), "192.0.2.77");
  assert.equal(of("one key"), of("one key"));
  assert.notEqual(of("one key"), of("another key"));
  assert.notEqual(of(undefined), of(undefined));
});

Deno.test("AddressCipher replaces text by as many letters and keeps what fills it up", () => {
  const cipher = AddressCipher.of("a key of the test");
  const replace = (text: string) => {
    const octets = new TextEncoder().encode(text);
    cipher.replaceText(octets);
    return new TextDecoder().decode(octets);
  };
  assert.match(replace("GigabitEthernet0/1\0\0"), /^[a-z]{18}\0\0$/);
  assert.equal(replace("Gi0/1"), replace("Gi0/1\0").slice(0, 5));
  assert.notEqual(replace("GigabitEthernet0/1"), replace("GigabitEthernet0/2"));
  assert.match(replace("x".repeat(100)), /^[a-z]{100}$/);
  assert.equal(replace(""), "");
});
