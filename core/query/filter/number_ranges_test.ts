import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { NumberRange } from "./filter_node.ts";
import { compileRanges, mergeRanges } from "./number_ranges.ts";

Deno.test("mergeRanges() sorts, and joins what overlaps or touches", () => {
  deepStrictEqual(mergeRanges([[80, 90], [1, 3], [85, 86], [4, 5], [90, 100], [7, 7]]), [
    [1, 5],
    [7, 7],
    [80, 100],
  ]);
});

for (let count = 1; count <= 9; count++) {
  Deno.test(`compileRanges() of ${count} ranges tests each number`, () => {
    const ranges = Array.from({ length: count }, (_, i): NumberRange => [i * 10, i * 10 + i])
      .reverse();
    const test = compileRanges(ranges);
    for (let number = 0; number < 110; number++) {
      const wanted = ranges.some(([low, high]) => low <= number && number <= high);
      strictEqual(test(number), wanted, `${number}`);
    }
  });
}
