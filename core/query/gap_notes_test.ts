import assert from "node:assert/strict";
import { gapNotes, type Gaps, joinedGaps } from "./gap_notes.ts";

const NONE: Gaps = {
  not_collected: [],
  downtime: [],
  live: [],
  earlier_until: null,
  windows: [{ fromMs: 0, toMs: 60 }],
};
const at = (ms: number) => new Date(ms).toISOString();
const gap = (fromMs: number, toMs: number) => ({ fromMs, toMs });
const down = (collector: string, from: number, to: number | null) => ({ collector, from, to });
const WHY =
  "no collector ran then, flow-agent was ended before it had written what it received, or " +
  "wrote it to a history.db that is gone.";

for (
  const [what, gaps, notes] of [
    ["nothing", {}, []],
    ["several restarts is told in one sentence", { not_collected: [gap(1, 5), gap(9, 20)] }, [
      `Nothing is held from ${at(1)} to ${at(5)}, from ${at(9)} to ${at(20)}: ${WHY}`,
    ]],
    ["many restarts names the last", {
      not_collected: Array.from({ length: 7 }, (_, n) => gap(2 * n, 2 * n + 1)),
    }, [
      `Nothing is held ${
        [2, 3, 4, 5, 6].map((n) => `from ${at(2 * n)} to ${at(2 * n + 1)}`).join(", ")
      } and 2 times before that: ${WHY}`,
    ]],
    ["a restart behind the window is told apart", { not_collected: [gap(1, 5), gap(60, 70)] }, [
      `Nothing is held from ${at(1)} to ${at(5)}: ${WHY}`,
      `Nothing is held from ${at(60)} to ${
        at(70)
      }, behind the window: flows that were under way in ` +
      "it and were told of then are missing.",
    ]],
    ["another window is told apart", {
      not_collected: [gap(10, 20), gap(40, 50)],
      windows: [gap(30, 60), gap(0, 30)],
    }, [
      `Nothing is held from ${at(40)} to ${at(50)}: ${WHY}`,
      `Of what the window is compared with nothing is held from ${at(10)} to ${at(20)}: ${WHY}`,
    ]],
    ["single collectors is a sentence for each", {
      downtime: [down("a", 1, 2), down("b", 3, 4), down("a", 5, 6)],
    }, [
      `a took in nothing that is held from ${at(1)} to ${at(2)}, from ${at(5)} to ${
        at(6)
      }: it did ` +
      "not listen then, or what it received was not written.",
      `b took in nothing that is held from ${at(3)} to ${
        at(4)
      }: it did not listen then, or what it ` +
      "received was not written.",
    ]],
    ["collectors in another window is told apart", {
      live: [down("a", 1, 2), down("a", 31, null)],
      windows: [gap(30, 60), gap(0, 30)],
    }, [
      `a did not listen from ${at(31)} and does not yet.`,
      `Of what the window is compared with: a did not listen from ${at(1)} until ${at(2)}.`,
    ]],
    ["collectors of this process is known", { live: [down("a", 1, 2), down("a", 5, null)] }, [
      `a did not listen from ${at(1)} until ${at(2)}, from ${at(5)} and does not yet.`,
    ]],
    ["more collectors than are told of says how many those are", {
      downtime: Array.from({ length: 22 }, (_, n) => down(`a${n}`, 1, 2)),
      live: Array.from({ length: 21 }, (_, n) => down(`b${n}`, 1, 2)),
    }, [
      ...Array.from(
        { length: 20 },
        (_, n) =>
          `a${n + 2} took in nothing that is held from ${at(1)} to ${at(2)}: it did not listen ` +
          "then, or what it received was not written.",
      ),
      "2 further collectors took in nothing that is held for a part of the time.",
      ...Array.from(
        { length: 20 },
        (_, n) => `b${n + 1} did not listen from ${at(1)} until ${at(2)}.`,
      ),
      "1 further collector did not listen for a part of the time.",
    ]],
    ["what was forgotten", { earlier_until: 7 }, [
      "What was lost on the way, could not be decoded or told no sampling rate before " +
      `${at(7)} is not known any more: flow-agent was started again since.`,
    ]],
  ] as const
) {
  Deno.test(`gapNotes() of ${what}`, () => assert.deepEqual(gapNotes({ ...NONE, ...gaps }), notes));
}

Deno.test("joinedGaps() has what two windows share once", () => {
  const one = {
    not_collected: [gap(50, 80)],
    downtime: [down("a", 50, 90)],
    windows: [gap(50, 100)],
  };
  const other = {
    not_collected: [gap(10, 20), gap(30, 50)],
    downtime: [down("a", 30, 50), down("b", 1, 2)],
    earlier_until: 20,
    windows: [gap(0, 50)],
  };
  const live = [down("c", 40, null)];
  assert.deepEqual(
    joinedGaps([{ ...NONE, ...one, live, earlier_until: 30 }, { ...NONE, ...other, live }]),
    {
      not_collected: [gap(10, 20), gap(30, 80)],
      downtime: [down("a", 30, 90), down("b", 1, 2)],
      live,
      earlier_until: 30,
      windows: [gap(50, 100), gap(0, 50)],
    },
  );
});
