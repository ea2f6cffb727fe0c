import assert from "node:assert/strict";
import { announcedRate, samplerId } from "./announced_rate.ts";

// Elements as IANA's registry and RFC 5477 §8.2 define them.

const CASES: [what: string, numbers: [number, number][], rate: number | string][] = [
  ["nothing of sampling", [[36, 60], [37, 15]], "none"],
  ["an algorithm alone", [[35, 2]], "none"],
  ["34 of 0 beside 50", [[34, 0], [50, 64]], 64],
  ["50 of 0 beside 34", [[34, 100], [50, 0]], 100],
  ["305 of 0 beside 34", [[305, 0], [306, 9], [34, 100]], 100],
  ["time: 307 and 308", [[304, 2], [307, 10], [308, 990]], 100],
  ["time without a space", [[304, 2], [307, 10]], "none"],
  ["random n out of N", [[304, 3], [309, 5], [310, 1000]], 200],
  ["309 without 310", [[309, 5]], "none"],
  ["a probability", [[304, 4], [311, 0.001]], 1000],
  ["a probability of 1", [[311, 1]], 1],
  ["a probability of 0", [[311, 0]], 0],
  ["a probability above 1", [[311, 1.5]], "implausible"],
  ["a negative probability", [[311, -0.5]], "implausible"],
  ["a probability that is no number", [[311, NaN]], "implausible"],
  ["a probability that nothing would pass", [[311, 1e-9]], "implausible"],
  ["hash-based selection of a rate", [[304, 8], [305, 1], [306, 9]], 10],
  ["an algorithm that nobody defined", [[304, 10], [305, 1], [306, 9]], "implausible"],
  ["FortiGate", [[34, 69], [35, 131]], "implausible"],
  ["the largest rate", [[34, 10_000_000]], 10_000_000],
  ["one above it", [[34, 10_000_001]], "implausible"],
];
for (const [what, numbers, rate] of CASES) {
  Deno.test(`announcedRate() reads ${what}`, () => {
    const read = announcedRate(new Map(numbers));
    if (typeof rate === "number" && typeof read === "number") {
      assert.ok(Math.abs(read - rate) < 1e-9, `${read}`);
    } else assert.equal(read, rate);
  });
}

Deno.test("samplerId() prefers the selector of IPFIX, and knows that there is none", () => {
  assert.equal(samplerId(new Map([[48, 7]])), 7);
  assert.equal(samplerId(new Map([[48, 7], [302, 0]])), 0);
  assert.equal(samplerId(new Map([[34, 7]])), -1);
});
