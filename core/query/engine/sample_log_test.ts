import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { together } from "./merging.ts";
import { SampleLog } from "./sample_log.ts";

/** A value of a kind: whole or not, large or small, of either sign, or nothing. */
function randomValue(random: () => number): number {
  const kind = Math.floor(random() * 6);
  if (kind === 0) return 0;
  if (kind === 1) return Math.floor(random() * 10);
  const size = (random() - 0.5) * (kind === 2 ? 600 : 12);
  return (kind === 3 ? -1 : 1) * 10 ** size;
}

/** The nearest rank, of values in order. */
function naive(values: readonly number[], quantile: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)];
}

for (const groups of [1, 7]) {
  Deno.test(`quantiles of ${groups} merged groups are those of the values in order`, () => {
    const random = seededRandom(groups);
    for (let round = 0; round < 200; round++) {
      const log = new SampleLog(1 << 20);
      const count = Math.floor(random() * 400);
      log.reserve(count);
      for (let i = 0; i < count; i++) {
        log.groups[i] = Math.floor(random() * 20);
        log.values[i] = randomValue(random);
      }
      log.count = count;
      // One in groups + 1 belongs to none.
      const of = Int32Array.from({ length: 20 }, () => Math.floor(random() * (groups + 1)) - 1);
      const quantile = [0, 0.5, 0.95, 0.99, 1, random()][round % 6];
      const found = log.quantiles({ of, count: groups, overflow: -1 }, quantile);
      const wanted = Array.from({ length: groups }, (_, group) => {
        const own = Array.from(log.values.subarray(0, count))
          .filter((_, i) => of[log.groups[i]] === group);
        return naive(own, quantile);
      });
      deepStrictEqual([...found], wanted);
    }
  });
}

Deno.test("a log that is cleared has no values, and its memory", () => {
  const log = new SampleLog(1 << 20);
  log.reserve(10_000);
  log.count = 10_000;
  const { byteLength } = log;
  log.clear();
  strictEqual(log.quantiles(together(1), 0.5)[0], NaN);
  strictEqual(log.byteLength, byteLength);
});
