import assert from "node:assert/strict";
import { bucketSeconds, rateSeries } from "./rate_series.ts";

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const rows = (bytes: readonly number[], longest = 0) =>
  bytes.map((b, i) => ({ time: at(i), bytes: b, "max(duration_ms)": longest }));

Deno.test("buckets are of an easy length, sixty at most", () => {
  for (
    const [seconds, wanted] of [[1, 1], [60, 1], [900, 15], [3600, 60], [86_400, 1800], [
      7e6,
      172_800,
    ]]
  ) {
    assert.equal(bucketSeconds({ fromMs: 0, toMs: seconds * 1000, untilNow: true }), wanted);
  }
});

Deno.test("rates are over what was collected of each bucket", () => {
  const { buckets, peak, p95 } = rateSeries({
    rows: rows([60, 600, 1200, 1, 30]),
    bucketSeconds: 60,
    covered: { from: 30_000, to: 4 * 60_000 + 10_000, beganLate: false },
  }, { nowMs: Infinity });
  assert.deepEqual(
    buckets.map((b) => [b.bits_per_second, b.whole]),
    [[16, true], [80, true], [160, true], [8 / 60, true], [24, false]],
  );
  assert.deepEqual([peak, p95], [160, 160]);
});

Deno.test("the average is over what was collected of the window", () => {
  const { average } = rateSeries({
    rows: rows([60, 600, 1200, 1, 30]),
    bucketSeconds: 60,
    covered: { from: 30_000, to: 4 * 60_000 + 10_000, beganLate: false },
  }, { nowMs: Infinity });
  assert.equal(average, 1891 * 8 / 220);
});

Deno.test("what passed in the bucket in which collection began is not known", () => {
  // A flow that was told of later covers the time before; short ones of that time are not known.
  const { buckets, average, peak, p95 } = rateSeries({
    rows: rows([300, 300, 300, 600]),
    bucketSeconds: 60,
    covered: { from: 90_000, to: 4 * 60_000, beganLate: true },
  }, { nowMs: Infinity });
  assert.deepEqual(
    buckets.map((b) => [b.bits_per_second, b.whole]),
    [[null, false], [null, false], [40, true], [80, true]],
  );
  assert.deepEqual([average, peak, p95], [60, 80, 80]);
  const none = rateSeries({
    rows: rows([600]),
    bucketSeconds: 60,
    covered: { from: 10_000, to: 50_000, beganLate: true },
  }, { nowMs: Infinity });
  assert.deepEqual([none.average, none.peak, none.buckets[0].bits_per_second], [null, null, null]);
});

Deno.test("there is no peak where most passed in buckets of which little is known", () => {
  // All of it in the last ten seconds, of a bucket of which no more is there yet.
  const { average, peak, peak_at, p95 } = rateSeries({
    rows: rows([0, 0, 0, 0, 1910]),
    bucketSeconds: 60,
    covered: { from: 0, to: 4 * 60_000 + 10_000, beganLate: false },
  }, { nowMs: Infinity });
  assert.equal(average, 1910 * 8 / 250);
  assert.deepEqual([peak, peak_at, p95], [null, null, null]);
});

Deno.test("there is no rate where most passed in the bucket in which collection began", () => {
  // 20 MB by 37 s past, then a little: at most what the little comes to would be far from it.
  const told = [20_000_000, ...Array<number>(4).fill(30_000)];
  const series = (bytes: readonly number[]) =>
    rateSeries({
      rows: rows(bytes),
      bucketSeconds: 60,
      covered: { from: 20_000, to: 5 * 60_000, beganLate: true },
    }, { nowMs: Infinity });
  const { average, peak, peak_at, p95, slope, fitted_end, buckets } = series(told);
  assert.deepEqual([average, peak, peak_at, p95, slope, fitted_end], Array(6).fill(null));
  assert.deepEqual(buckets.map((b) => b.bits_per_second), [null, 4000, 4000, 4000, 4000]);
  // Half of it is enough.
  assert.equal(series([120_000, ...told.slice(1)]).average, 4000);
  assert.equal(series([120_001, ...told.slice(1)]).average, null);
  assert.equal(series([0, 0, 0, 0, 0]).average, 0);
});

Deno.test("buckets that the longest flow may yet add to are not settled", () => {
  const covered = { from: 0, to: 20 * 60_000, beganLate: false };
  const told = rows(Array<number>(20).fill(600), 3 * 60_000);
  const settled = (nowMs: number) =>
    rateSeries({ rows: told, bucketSeconds: 60, covered }, { nowMs }).buckets
      .filter((bucket) => bucket.settled).length;
  assert.equal(settled(covered.to), 17);
  assert.equal(settled(covered.to + 60_000), 18);
  assert.equal(settled(covered.to + 3 * 60_000), 20, "all has been told of meanwhile");
});

Deno.test("rounding, and a rise of less than a hundredth, are no trend", () => {
  const covered = { from: 0, to: 60 * 60_000, beganLate: false };
  const slope = (rate: (minute: number) => number) =>
    rateSeries({
      rows: rows(Array.from({ length: 60 }, (_, minute) => rate(minute))),
      bucketSeconds: 60,
      covered,
    }, { nowMs: Infinity }).slope;
  assert.equal(slope((minute) => 300e6 * (1 + minute * 1e-15)), null);
  assert.equal(slope((minute) => 300e6 * (1 + minute * 0.0001)), null);
  assert.ok(slope((minute) => 300e6 * (1 + minute * 0.0005))! > 0);
});

Deno.test("what was not collected has no rate", () => {
  const series = rateSeries({ rows: rows([5, 5]), bucketSeconds: 60, covered: null }, { nowMs: 0 });
  assert.deepEqual([series.peak, series.p95, series.slope], [null, null, null]);
  assert.deepEqual(series.buckets.map((b) => b.bits_per_second), [null, null]);
});

Deno.test("no line is fitted through buckets that long flows may yet add to", () => {
  // Rising, but that flows of five minutes have not been told of yet.
  const told = Array.from({ length: 30 }, (_, i) => i < 25 ? 600 + 60 * i : 0);
  const covered = { from: 0, to: 30 * 60_000, beganLate: false };
  const settled = rateSeries({ rows: rows(told, 5 * 60_000), bucketSeconds: 60, covered }, {
    nowMs: covered.to,
  });
  assert.ok(Math.abs(settled.slope! - 60 * 8 / 60 / 60) < 1e-9);
  assert.equal(
    rateSeries({ rows: rows(told), bucketSeconds: 60, covered }, { nowMs: covered.to }).slope,
    null,
  );
  // One broken duration does not hide everything.
  const rising = Array.from({ length: 30 }, (_, i) => 600 * i);
  const broken = rateSeries({ rows: rows(rising, 1e9), bucketSeconds: 60, covered }, {
    nowMs: covered.to,
  });
  assert.ok(Math.abs(broken.slope! - 600 * 8 / 60 / 60) < 1e-9);
  assert.ok(Math.abs(broken.fitted_end! - 29.5 * 80) < 1e-6);
});

Deno.test("downtime is no time without traffic", () => {
  // 80 bits a second, but that from 2:00 to 4:30 nothing ran; what passed in 4:00 may reach back.
  const told = [600, 600, null, null, 300, 600, 600, 600];
  const minutes = told.map((bytes, i) => ({ time: at(i), bytes, "max(duration_ms)": 30_000 }));
  const covered = { from: 0, to: 8 * 60_000, beganLate: false };
  const gaps = [{ fromMs: 2 * 60_000, toMs: 4.5 * 60_000 }];
  const series = (scan: Parameters<typeof rateSeries>[0]["scan"]) =>
    rateSeries({ rows: minutes, bucketSeconds: 60, covered, gaps, scan }, { nowMs: Infinity });
  const { buckets, average, peak, slope } = series({ tiers: [] });
  assert.deepEqual(
    buckets.map((b) => [b.bytes, b.bits_per_second, b.whole]),
    told.map((bytes, i) => i < 2 || i > 4 ? [bytes, 80, true] : [bytes, null, false]),
  );
  // All that was told, over all the time that was collected.
  assert.deepEqual([average, peak, slope], [80, 80, null]);
  // What reaches back may be a little more than what was cut off: that takes no peak away.
  const more = rateSeries({
    rows: minutes.with(4, { ...minutes[4], bytes: 400 }),
    bucketSeconds: 60,
    covered,
    gaps,
  }, { nowMs: Infinity });
  assert.deepEqual([more.average, more.peak], [3400 * 8 / 330, 80]);
  // Sums are by arrival: they do not reach back.
  const of = [{ tier: "minutes" as const, from: 0, to: 8 * 60_000, rows: 1 }];
  assert.equal(series({ tiers: of }).buckets[4].bits_per_second, 80);
});
