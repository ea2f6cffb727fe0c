import assert from "node:assert/strict";
import { type CollectorLife, heldGaps, missingMs } from "./held_gaps.ts";

/** Lives of collectors from and to a minute; the window is minutes 0 to 60, and what it lacks is told. */
function gaps(lives: readonly (readonly [string | null, number, number])[]): string[] {
  const all = lives.map(([collector, fromMs, toMs]): CollectorLife => ({
    collector,
    fromMs,
    toMs,
  }));
  const toMs = lives.some(([, from]) => from > 1000) ? 60_000 : 60;
  const { notCollected, downtime } = heldGaps(all, { fromMs: 0, toMs });
  return [
    ...notCollected.map(({ fromMs, toMs }) => `${fromMs}-${toMs}`),
    ...downtime.map(({ collector, from, to }) => `${collector} ${from}-${to}`),
  ];
}

for (
  const [name, lives, expected] of [
    ["one that goes on", [["a", -60, Infinity]], []],
    ["a short restart", [["a", -60, 20], ["a", 20.25, Infinity]], ["20-20.25"]],
    ["two of one process", [["a", -60, 10], ["b", -60, 40], ["b", 41, Infinity]], ["40-41"]],
    ["a window before all that runs", [["a", 50, Infinity]], ["0-50"]],
    ["a window within a downtime", [["a", 70, Infinity]], ["0-70"]],
    ["a window that ends in one", [["a", -5, 30], ["a", 90, 95]], ["30-90"]],
    ["nobody who collects now", [["a", -60, 40]], []],
    ["a life within another", [["a", -60, 50], ["b", 0, 5], ["a", 50, Infinity]], []],
    ["one that was away while another was there", [["a", -9, 20], ["b", -9, 99], ["a", 30, 99]], [
      "a 20-30",
    ]],
    ["one that came up a little after the others", [
      ["a", -9, 20],
      ["b", -9, 20.001],
      ["a", 30, 99],
      ["b", 30.15, 99],
    ], ["20.001-30"]],
    ["one of which less was written, and that came up later", [
      ["a", -9999, 20_000],
      ["b", -9999, 12_000],
      ["a", 30_000, 99_000],
      ["b", 35_000, 99_000],
    ], ["20000-30000", "b 12000-20000", "b 30000-35000"]],
    ["one that began late", [["a", -9, 99], ["b", 30, 99]], []],
    ["one that has gone for good", [["a", -9, 99], ["b", -9, 30]], []],
    ["imports", [[null, -9, 10], ["a", 30, 99], [null, 50, 60]], ["10-30"]],
  ] as const
) {
  Deno.test(`heldGaps() of ${name}`, () => assert.deepEqual(gaps(lives), expected));
}

Deno.test("missingMs() is the part of a time that lies in gaps", () => {
  const all = [{ fromMs: 0, toMs: 10 }, { fromMs: 20, toMs: 30 }];
  assert.deepEqual(
    [[0, 30], [5, 25], [10, 20], [40, 50]].map(([fromMs, toMs]) =>
      missingMs(all, { fromMs, toMs })
    ),
    [20, 10, 0, 0],
  );
});
