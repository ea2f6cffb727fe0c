import { strictEqual } from "node:assert/strict";
import { editDistance, nearestWord } from "./nearest_word.ts";

for (
  const [a, b, distance] of [
    ["", "", 0],
    ["", "abc", 3],
    ["port", "port", 0],
    ["prot", "port", 1],
    ["prt", "port", 1],
    ["kitten", "sitting", 3],
  ] as const
) {
  Deno.test(`editDistance() of ${a} and ${b} is ${distance}`, () => {
    strictEqual(editDistance(a, b), distance);
    strictEqual(editDistance(b, a), distance);
  });
}

for (
  const [found, words, nearest] of [
    ["prot", ["port", "proto"], "proto"],
    ["tpc", ["udp", "tcp"], "tcp"],
    ["x", ["if", "as"], null],
    ["elephant", ["port"], null],
    ["", ["if"], null],
    ["p".repeat(33), ["p".repeat(32)], null],
  ] as const
) {
  Deno.test(`nearestWord() to ${found} in ${words} is ${nearest}`, () => {
    strictEqual(nearestWord(found, words), nearest);
  });
}
