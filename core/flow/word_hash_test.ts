import assert from "node:assert/strict";
import { hashCode, secretSeed, settle, stir } from "./word_hash.ts";

/**
 * Words that differ in some bits alone: what networks, ports and crafted addresses look like. Of
 * differences that are chosen against the form of the hash some pairs may happen to be one.
 */
// deno-fmt-ignore: one row a case reads as the table it is.
const KEYS: readonly [name: string, words: (n: number) => readonly number[], distinct?: number][] = [
  ["the upper octets of three words", (n) => [n << 24, (n >> 8) << 24, 0x20010db8]],
  ["the upper octets of two words", (n) => [(n & 255) << 24, (n >> 8) << 24]],
  ["the lowest bits", (n) => [0x0a000000 + n, 1]],
  ["the middle of a word", (n) => [n << 8, 7]],
  ["the same difference in two words", (n) => [n << 16, n << 16]],
  ["what a shift makes of the upper bits", (n) => [(n & 255) << 24, shifted((n >> 8) << 24)], 60_000],
  ["what a shift makes of them, twice", (n) => [n << 24, shifted(n << 24), shifted((n >> 8) << 24)], 60_000],
];

function shifted(word: number): number {
  return word ^ (word >>> 15);
}

/** Seeds are by chance, and a few in a thousand are a little worse: the middle one of three counts. */
const DRAWS = 3;

for (const [name, words, distinct = 65_500] of KEYS) {
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
        assert.ok(new Set(hashes).size > distinct, `${new Set(hashes).size} hashes`);
        filled[form].push(new Set(hashes.map((hash) => hash & 0xffff)).size);
      }
    }
    for (const slots of filled) {
      const middle = slots.sort((a, b) => a - b)[DRAWS >> 1];
      assert.ok(middle > 0.6 * 65_536, `${slots} slots`);
    }
  });
}
