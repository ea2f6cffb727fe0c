import assert from "node:assert/strict";
import { timesBetween, upTimes } from "./up_times.ts";

const span = (fromMs: number, toMs: number) => ({ fromMs, toMs });
const END = Infinity;

// deno-fmt-ignore
const UP: readonly [title: string, downs: [from: number, to: number | null][], up: [number, number][]][] = [
  ["never was down", [], [[10, END]]],
  ["was down twice, told in any order", [[40, 50], [20, 30]], [[10, 20], [30, 40], [50, END]]],
  ["is down", [[20, 30], [40, null]], [[10, 20], [30, 40]]],
  ["was down from the start on", [[10, 15]], [[15, END]]],
  ["was down while it was down", [[20, 50], [30, 40]], [[10, 20], [50, END]]],
];

for (const [title, downs, up] of UP) {
  Deno.test(`upTimes: a collector that ${title}`, () => {
    const times = upTimes(10, downs.map(([from, to]) => ({ from, to })));
    assert.deepEqual(times, up.map(([from, to]) => span(from, to)));
  });
}

// deno-fmt-ignore
const BETWEEN: readonly [title: string, times: [number, number][], between: [number, number][]][] = [
  ["nobody was ever there", [], []],
  ["one is there", [[10, END]], []],
  ["one was there twice", [[30, END], [10, 20]], [[20, 30]]],
  ["another was there meanwhile", [[10, 20], [30, END], [5, END]], []],
  ["another was there for some of it", [[10, 20], [50, END], [15, 30], [35, 40]], [[30, 35], [40, 50]]],
  ["times touch", [[10, 20], [20, 30]], []],
  ["all have ended", [[10, 20], [15, 25]], []],
];

for (const [title, times, between] of BETWEEN) {
  Deno.test(`timesBetween: ${title}`, () => {
    const found = timesBetween(times.map(([from, to]) => span(from, to)));
    assert.deepEqual(found, between.map(([from, to]) => span(from, to)));
  });
}
