import assert from "node:assert/strict";
import { SequenceTracker, type SequenceVerdict } from "./sequence.ts";
import { Random } from "../../tests/support/random.ts";

type Step = [
  sequence: number,
  units: number,
  verdict: SequenceVerdict,
  lost: number,
  restarted?: true,
];

const TABLES: Record<string, Step[]> = {
  "in order": [[100, 30, "first", 0], [130, 30, "in_order", 0], [160, 1, "in_order", 0], [
    161,
    0,
    "in_order",
    0,
  ], [161, 5, "in_order", 0]],
  "a first number far from 0 is no loss": [[4_000_000_000, 10, "first", 0], [
    4_000_000_010,
    10,
    "in_order",
    0,
  ]],
  "a gap is lost": [[0, 10, "first", 0], [25, 10, "gap", 15], [35, 10, "in_order", 0]],
  "a late datagram takes its loss back": [
    [0, 10, "first", 0],
    [20, 10, "gap", 10],
    [10, 10, "late", -10],
    [30, 10, "in_order", 0],
  ],
  "late datagrams fill a gap from any side": [
    [0, 10, "first", 0],
    [40, 10, "gap", 30],
    [20, 10, "late", -10],
    [30, 10, "late", -10],
    [10, 10, "late", -10],
    [10, 10, "duplicate", 0],
    [50, 10, "in_order", 0],
  ],
  "a late datagram takes back no more than its gap": [
    [0, 10, "first", 0],
    [15, 10, "gap", 5],
    [12, 10, "late", -3],
    [12, 10, "duplicate", 0],
    [10, 2, "late", -2],
  ],
  "two gaps, filled in the other order": [
    [0, 10, "first", 0],
    [20, 10, "gap", 10],
    [40, 10, "gap", 10],
    [30, 10, "late", -10],
    [10, 10, "late", -10],
  ],
  "a duplicate counts for nothing": [
    [0, 10, "first", 0],
    [10, 10, "in_order", 0],
    [10, 10, "duplicate", 0],
    [0, 10, "duplicate", 0],
    [20, 10, "in_order", 0],
  ],
  "the number wraps at 2^32": [
    [4_294_967_290, 6, "first", 0],
    [0, 10, "in_order", 0],
    [10, 10, "in_order", 0],
  ],
  "a datagram across the wrap": [[4_294_967_290, 30, "first", 0], [24, 30, "in_order", 0]],
  "a gap across the wrap, filled late": [
    [4_294_967_280, 10, "first", 0],
    [4, 10, "gap", 10],
    [4_294_967_290, 10, "late", -10],
    [14, 10, "in_order", 0],
  ],
  "a restart from a high number is believed when it goes on": [
    [1_000_000, 10, "first", 0],
    [0, 10, "stray", 0],
    [10, 10, "stray", 0],
    [20, 10, "restart", 0],
    [30, 10, "in_order", 0],
  ],
  "loss just after a restart is seen when the restart is": [
    [1_000_000, 10, "first", 0],
    [0, 10, "stray", 0],
    [30, 10, "stray", 0],
    [60, 10, "restart", 40],
    [20, 10, "late", -10],
    [70, 10, "in_order", 0],
  ],
  "a stray number moves nothing": [
    [1_000_000, 10, "first", 0],
    [5, 10, "stray", 0],
    [1_000_010, 10, "in_order", 0],
    [4_000_000_000, 10, "stray", 0],
    [1_000_020, 10, "in_order", 0],
  ],
  "stragglers after a restart move nothing": [
    [1_000_000, 10, "first", 0],
    [0, 10, "stray", 0],
    [10, 10, "stray", 0],
    [20, 10, "restart", 0],
    [1_000_010, 10, "stray", 0],
    [30, 10, "in_order", 0],
  ],
  "stragglers after a restart that something else tells move nothing": [
    [5_000, 10, "first", 0],
    [0, 10, "restart", 0, true],
    [5_010, 10, "stray", 0],
    [10, 10, "in_order", 0],
    [5_000, 10, "stray", 0],
    [30, 10, "gap", 10],
  ],
  "a restart within the window: near 0, and in order from there": [
    [2_000, 10, "first", 0],
    [2_020, 10, "gap", 10],
    [0, 10, "duplicate", 0],
    [10, 10, "duplicate", 0],
    [30, 10, "restart", 10],
    [2_030, 10, "stray", 0],
    [40, 10, "in_order", 0],
  ],
  "a restart whose numbers lie in an open gap gives back what it took": [
    [0, 10, "first", 0],
    [2_020, 10, "gap", 2_010],
    [10, 10, "late", -10],
    [20, 10, "late", -10],
    [30, 10, "restart", 20],
    [40, 10, "in_order", 0],
  ],
  "a long loss is believed when the numbers go on, and shrinks by what comes late": [
    [0, 10, "first", 0],
    [1_000_000, 10, "stray", 0],
    [10, 10, "in_order", 0],
    [1_000_010, 10, "stray", 0],
    [1_000_020, 10, "stray", 0],
    [1_000_030, 10, "gap", 999_980],
    [999_990, 10, "late", -10],
    [1_000_040, 10, "in_order", 0],
  ],
  "late by 140 datagrams of 30 is late": [
    [0, 30, "first", 0],
    [4_230, 30, "gap", 4_200],
    ...Array.from({ length: 100 }, (_, i): Step => [4_260 + i * 30, 30, "in_order", 0]),
    [30, 30, "late", -30],
  ],
  "a restart that something else tells, from a low number": [
    [100, 10, "first", 0],
    [0, 10, "restart", 0, true],
    [10, 10, "in_order", 0],
  ],
  "a restart forgets open gaps": [
    [100, 10, "first", 0],
    [150, 10, "gap", 40],
    [0, 10, "restart", 0, true],
    [120, 10, "gap", 110],
    [115, 5, "late", -5],
  ],
  "a big jump is a new numbering": [
    [0, 10, "first", 0],
    [2_000_000_000, 10, "stray", 0],
    [2_000_000_010, 10, "stray", 0],
    [2_000_000_020, 10, "restart", 0],
    [2_000_000_030, 10, "in_order", 0],
  ],
};

for (const [name, steps] of Object.entries(TABLES)) {
  Deno.test(`SequenceTracker: ${name}`, () => {
    const tracker = new SequenceTracker();
    for (const [sequence, units, verdict, lost, restarted] of steps) {
      assert.equal(tracker.observe(sequence, units, restarted) + 0, lost, `lost at ${sequence}`);
      assert.equal(tracker.verdict, verdict, `verdict at ${sequence}`);
      assert.ok(tracker.expected >= 0 && tracker.expected < 2 ** 32, "32 bits");
    }
  });
}

Deno.test("SequenceTracker goes on from where another stopped", () => {
  const before = new SequenceTracker();
  before.observe(500, 30);
  const after = new SequenceTracker(before.expected);
  assert.equal(after.observe(560, 30), 30);
  assert.equal(after.verdict, "gap");
});

Deno.test("reordering and duplication within the window cost nothing in the end", () => {
  const random = new Random(16);
  for (let round = 0; round < 300; round++) {
    const start = random.uint32();
    const sent: { sequence: number; units: number }[] = [];
    let sequence = start;
    for (let i = 0; i < 200; i++) {
      const units = 1 + random.below(30);
      sent.push({ sequence, units });
      sequence = (sequence + units) >>> 0;
    }
    // Some datagrams never arrive; the first and last do, so that the ends are known.
    const dropped = new Set([...sent.keys()].slice(1, -1).filter(() => random.below(20) === 0));
    const lost = [...dropped].reduce((sum, i) => sum + sent[i].units, 0);
    const arriving = sent.filter((_, i) => !dropped.has(i));
    // Neighbours change places; some come twice.
    for (let i = 1; i + 2 < arriving.length; i++) {
      const other = i + random.below(2);
      [arriving[i], arriving[other]] = [arriving[other], arriving[i]];
    }
    const tracker = new SequenceTracker();
    let sum = 0;
    for (const { sequence, units } of arriving) {
      sum += tracker.observe(sequence, units);
      if (random.below(10) === 0) {
        assert.equal(tracker.observe(sequence, units), 0);
        assert.equal(tracker.verdict, "duplicate");
      }
    }
    assert.equal(sum, lost, `round ${round}`);
  }
});
