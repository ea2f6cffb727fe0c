import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { FilterError } from "./filter_error.ts";
import { lexFilter } from "./lexer.ts";

for (
  const [text, tokens] of [
    ["", ["end:"]],
    ["  ", ["end:"]],
    ["Bytes>=1M", ["word:bytes", "mark:>=", "word:1m", "end:"]],
    ["a==b!=c", ["word:a", "mark:=", "word:b", "mark:!=", "word:c", "end:"]],
    ["!(a&&b)||c", [
      "word:not",
      "mark:(",
      "word:a",
      "word:and",
      "word:b",
      "mark:)",
      "word:or",
      "word:c",
      "end:",
    ]],
    ["fe80::1%eth0 10.0.0.0/8 80-90", [
      "word:fe80::1%eth0",
      "word:10.0.0.0/8",
      "word:80-90",
      "end:",
    ]],
    [`"A \\" \\\\ '" 'B'`, [`text:A " \\ '`, "text:B", "end:"]],
  ] as const
) {
  Deno.test(`lexFilter() cuts ${JSON.stringify(text)}`, () => {
    deepStrictEqual(lexFilter(text).map(({ kind, value }) => `${kind}:${value}`), tokens);
  });
}

for (
  const [text, position, found] of [
    ["a ;", 2, 'the character ";"'],
    ["a\n\u202e", 2, "the character U+202E"],
    ["\ud800", 0, "the character U+D800"],
    ["a & b", 2, 'the character "&"'],
    ['= "abc', 2, "a text that does not end"],
    ['= "abc\\n"', 2, "a text that does not end"],
  ] as const
) {
  Deno.test(`lexFilter() refuses ${JSON.stringify(text)}`, () => {
    throws(() => lexFilter(text), (error) => {
      strictEqual(error instanceof FilterError && error.position, position);
      strictEqual(error instanceof FilterError && error.found, found);
      return true;
    });
  });
}
