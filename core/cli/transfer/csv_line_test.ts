import assert from "node:assert/strict";
import { csvCell, csvLine } from "./csv_line.ts";

const CELLS: readonly (readonly [string | number | null, string])[] = [
  [null, ""],
  [0, "0"],
  [-1.5, "-1.5"],
  ["eth0", "eth0"],
  ["::1", "::1"],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+2", "'=1+2"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1,B1)", `"'@SUM(A1,B1)"`],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ["\t=1", "'\t=1"],
  ["＝1", "'＝1"],
  ["1=1", "1=1"],
];

for (const [cell, text] of CELLS) {
  Deno.test(`csvCell() writes ${JSON.stringify(cell)} as ${JSON.stringify(text)}`, () => {
    assert.equal(csvCell(cell), text);
  });
}

Deno.test("csvLine() puts commas between cells, also where nothing is known", () => {
  assert.equal(csvLine([null, 1, null, "a b", null]), ",1,,a b,");
});
