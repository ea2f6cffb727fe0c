import assert from "node:assert/strict";
import { ListeningTimes } from "./listening_times.ts";

const a = (fromMs: number, toMs: number) => ({ capability: "a", fromMs, toMs });
const CASES: readonly [ReturnType<typeof a>[], fromMs: number, toMs: number, listened: number][] = [
  [[], 10, 30, 20],
  [[], 30, 10, 0],
  [[a(0, 100)], 10, 30, 20],
  [[a(20, Infinity)], 10, 30, 10],
  [[a(0, 12), a(28, Infinity)], 10, 30, 4],
  [[a(28, Infinity), a(0, 12)], 10, 30, 4],
  [[a(0, 20), a(10, 25), a(25, 26)], 10, 30, 16],
  [[a(0, 20), a(5, 8)], 10, 30, 10],
  [[a(40, 50)], 10, 30, 0],
];

for (const [times, fromMs, toMs, listened] of CASES) {
  const title = times.map((one) => `${one.fromMs}–${one.toMs}`).join(", ") || "nothing known";
  Deno.test(`ListeningTimes: ${title}, asked of ${fromMs} to ${toMs}`, () => {
    assert.equal(new ListeningTimes(times).between("a", fromMs, toMs), listened);
  });
}
