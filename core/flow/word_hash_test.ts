import assert from "node:assert/strict";
import { hashCode, secretSeed, settle, stir } from "./word_hash.ts";

/** Words that differ in some bits alone: what networks, ports and crafted addresses look like. */
const KEYS: readonly [name: string, words: (n: number) => readonly number[]][] = [
  ["the upper octets of three words", (n) => [n << 24, (n >> 8) << 24, 0x20010db8]],
  ["the upper octets of two words", (n) => [(n & 255) << 24, (n >> 8) << 24]],
  ["the lowest bits", (n) => [0x0a000000 + n, 1]],
  ["the middle of a word", (n) => [n << 8, 7]],
  ["the same difference in two words", (n) => [n << 16, n << 16]],
];

/** Seeds are by chance, and a few in a thousand are a little worse: the middle one of three counts. */
const DRAWS = 3;

for (const [name, words] of KEYS) {
  Deno.test(`hashes of keys that differ in ${name} differ, in their lowest bits too`, () => {
    const filled: number[][] = [[], []];
    for (let draw = 0; draw < DRAWS; draw++) {
      const [start, seed] = [secretSeed(), secretSeed()];
      const written = new Function(
        "a",
        "b",
        "c",
        [
          ...hashCode("hash", ["a", "b", "c"]),
          "return hash;",
        ].join("\n"),
      );
      const forms = [
        ([a, b, c = 0]: readonly number[]) =>
          settle(stir(stir(stir(start, a, seed), b, seed), c, seed)),
        ([a, b, c = 0]: readonly number[]) => written(a, b, c),
      ];
      for (const [form, hashOf] of forms.entries()) {
        const hashes = Array.from({ length: 65_536 }, (_, n) => hashOf(words(n)));
        // By chance 65,536 keys share 32 bits about once in two runs, and fill 63 % of 2^16 slots.
        assert.ok(new Set(hashes).size > 65_500, `${new Set(hashes).size} hashes`);
        filled[form].push(new Set(hashes.map((hash) => hash & 0xffff)).size);
      }
    }
    for (const slots of filled) {
      const middle = slots.sort((a, b) => a - b)[DRAWS >> 1];
      assert.ok(middle > 0.6 * 65_536, `${slots} slots`);
    }
  });
}
