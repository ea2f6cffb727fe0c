import assert from "node:assert/strict";
import { GAP_CLASSES_MS, ReceiveGaps } from "./receive_gaps.ts";

/** Gaps counted, by the lower bound of their class, among datagrams received at these times. */
function counted(...times: number[]): Record<number, number> {
  const cells = new Float64Array(GAP_CLASSES_MS.length);
  const gaps = new ReceiveGaps(cells);
  for (const ms of times) gaps.received(ms);
  return Object.fromEntries(
    GAP_CLASSES_MS.map((ms, place) => [ms, cells[place]]).filter(([, count]) => count > 0),
  );
}

const many = (ms: number, count = 40) => new Array(count).fill(ms);

const CASES: [string, number[], Record<number, number>][] = [
  ["nothing before the first datagram", many(1000), {}],
  ["datagrams that come steadily", [...many(0), ...many(1), ...many(2)], {}],
  ["a gap with datagrams waiting behind it", [0, ...many(5)], { 4: 1 }],
  ["those that waited spread over two ticks", [0, ...many(5, 20), ...many(6, 20)], { 4: 1 }],
  ["a pause of the network", [0, 100, 101, 102, 103], {}],
  ["a pause, then datagrams that come quickly, but one by one", [
    0,
    ...Array.from({ length: 100 }, (_, i) => 50 + Math.floor(i / 10)),
  ], {}],
  ["one after another", [0, ...many(2), ...many(10), ...many(1010)], { 2: 1, 8: 1, 512: 1 }],
  ["a clock that was set back", [1000, ...many(0)], {}],
];
for (const [what, times, expected] of CASES) {
  Deno.test(`gaps: ${what}`, () => assert.deepEqual(counted(...times), expected));
}
