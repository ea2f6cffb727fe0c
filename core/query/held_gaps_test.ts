import assert from "node:assert/strict";
import { heldGaps, type HeldTime } from "./held_gaps.ts";
import { emptyReport } from "./scan_report.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2024, 0, 1, 12);

/** Gaps as minutes after noon; the window is the hour from noon on. */
function gaps(lives: readonly (readonly [number, number])[], heldSince: number | null): string[] {
  const at = (minute: number) => NOON + minute * 60_000;
  const report = {
    ...emptyReport({ fromMs: NOON, toMs: NOON + HOUR, untilNow: true }),
    held_since: heldSince === null ? null : at(heldSince),
  };
  const times = lives.map(([from, to]): HeldTime => ({ fromMs: at(from), toMs: at(to) }));
  return heldGaps(times, report).map((text) =>
    text.replace(/^No flows are held from \S+T(\S+):00.000Z to \S+T(\S+):00.000Z:.*/, "$1-$2")
  );
}

for (
  const [name, lives, since, expected] of [
    ["one that goes on", [[-60, Infinity]], -60, []],
    ["a restart of half a minute", [[-60, 20], [20.5, Infinity]], -60, []],
    ["a restart of ten minutes", [[-60, 20], [30, Infinity]], -60, ["12:20-12:30"]],
    ["two collectors of one process", [[-60, 10], [-60, 40], [41, Infinity]], -60, ["12:40-12:41"]],
    ["a life that ended before the window", [[50, Infinity]], -600, ["12:00-12:50"]],
    ["nothing older than the window", [[10, Infinity]], 10, []],
    ["nobody who collects now", [[-60, 40]], -60, []],
    ["a life within another", [[-60, 50], [0, 5], [50, Infinity]], -60, []],
    ["nothing on disk", [[10, Infinity]], null, []],
  ] as const
) {
  Deno.test(`heldGaps() of ${name}`, () => assert.deepEqual(gaps(lives, since), expected));
}
