import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { separate, together } from "./merging.ts";
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

Deno.test("quantiles of many values, of all groups and of all but some, are those in order", () => {
  const random = seededRandom(5);
  const log = new SampleLog(1 << 26);
  const count = 200_000;
  const groups = 1000;
  log.reserve(count);
  for (let i = 0; i < count; i++) {
    log.groups[i] = Math.floor(groups * random() ** 2);
    log.values[i] = randomValue(random);
  }
  log.count = count;
  const all = Array.from(log.values.subarray(0, count));
  const of = Array.from(log.groups.subarray(0, count));
  const merge = (wanted: (group: number) => boolean) => ({
    of: Int32Array.from({ length: groups }, (_, group) => wanted(group) ? 0 : -1),
    count: 1,
    overflow: 0,
  });
  for (
    const wanted of [
      () => true,
      (g: number) => g % 100 !== 3,
      (g: number) => g % 9 === 0,
      // Enough to be counted, and less work than all but these.
      (g: number) => g % 5 < 2,
      () => false,
    ]
  ) {
    const own = all.filter((_, i) => wanted(of[i]));
    for (const quantile of [0, 0.5, 0.95, 1]) {
      strictEqual(log.quantiles(merge(wanted), quantile)[0], naive(own, quantile));
    }
  }
  const each = log.quantiles(separate(groups), 0.95);
  for (const group of [0, 1, 500, 999]) {
    strictEqual(each[group], naive(all.filter((_, i) => of[i] === group), 0.95));
  }
});

Deno.test("a log that is used again tells nothing of what it held", () => {
  const log = new SampleLog(1 << 20);
  log.values.set([5, 6, 7]);
  log.groups.set([0, 1, 1]);
  log.count = 3;
  deepStrictEqual([...log.quantiles(separate(2), 1)], [5, 7]);
  log.clear();
  log.values.set([1, 2]);
  log.groups.set([2, 0]);
  log.count = 2;
  deepStrictEqual([...log.quantiles(separate(3), 1)], [2, NaN, 1]);
});

Deno.test("a log that is cleared has no values, and its memory", () => {
  const log = new SampleLog(1 << 20);
  log.reserve(10_000);
  log.count = 10_000;
  const { byteLength } = log;
  log.clear();
  strictEqual(log.quantiles(together(1), 0.5)[0], NaN);
  strictEqual(log.byteLength, byteLength);
});
