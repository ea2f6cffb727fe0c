import assert from "node:assert/strict";
import { Random } from "../../tests/support/random.ts";
import { linearFit } from "./linear_fit.ts";

const XS = Array.from({ length: 60 }, (_, i) => i);

Deno.test("a line is found, whatever it is shifted by", () => {
  const fit = linearFit(XS.map((x) => x + 100), XS.map((x) => 7 - 3 * x))!;
  assert.ok(Math.abs(fit.slope + 3) < 1e-9 && Math.abs(fit.intercept - 307) < 1e-6);
  assert.equal(fit.significant, true);
});

Deno.test("against figures worked out by hand", () => {
  // Slopes between pairs, sorted: -1 -1 1/3 1/2 3/4 1 1 4/3 2 3; eight pairs rise, two fall, which
  // chance gives 23 times in a hundred (Kendall's table for five).
  const fit = linearFit([0, 1, 2, 3, 4], [1, 3, 2, 5, 4])!;
  assert.deepEqual(fit, { slope: 0.875, intercept: 1, significant: false });
});

Deno.test("one spike makes no trend of steady traffic, and hides none", () => {
  const random = new Random(7);
  const steady = XS.map((x) => 100 + random.below(100) / 100 + (x === 52 ? 700 : 0));
  assert.equal(linearFit(XS, steady)!.significant, false);
  const rising = XS.map((x) => 100 + x + random.below(100) / 100 + (x === 3 ? 700 : 0));
  const fit = linearFit(XS, rising)!;
  assert.ok(fit.significant && Math.abs(fit.slope - 1) < 0.02, `${fit.slope}`);
});

Deno.test("too few points, or all at one place, say nothing", () => {
  assert.equal(linearFit([0, 1, 2, 3], [0, 1, 2, 3]), null);
  assert.equal(linearFit([1, 1, 1, 1, 1], [0, 1, 2, 3, 4]), null);
  assert.equal(linearFit([0, 1, 2, 3, 4], [5, 5, 5, 5, 5])!.significant, false);
});

/** How often a slope is called significant in a thousand series without any. */
function falseAlarms(series: (random: Random) => number[]): number {
  const random = new Random(4);
  let count = 0;
  for (let i = 0; i < 1000; i++) if (linearFit(XS, series(random))!.significant) count++;
  return count;
}

/** Near enough to normal: the sum of twelve uniform numbers. */
function noise(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.below(1e6) / 1e6;
  return sum;
}

Deno.test("noise is called a trend in about 5 % of all series", () => {
  const count = falseAlarms((random) => XS.map(() => noise(random)));
  assert.ok(count > 15 && count < 80, `${count} of 1000`);
});

Deno.test("noise that resembles its neighbour is rarely called a trend either", () => {
  const count = falseAlarms((random) => {
    let last = 0;
    return XS.map(() => last = 0.6 * last + noise(random));
  });
  // The plain test errs in a third of them.
  assert.ok(count < 150, `${count} of 1000`);
});
