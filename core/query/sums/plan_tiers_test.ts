import assert from "node:assert/strict";
import { planTiers, type TierReaches } from "./plan_tiers.ts";
import type { Span } from "./traffic_sums.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Begin of a day; all times below count from it. */
const AT = 20_000 * DAY;

/** A year of hours, 90 days of minutes and a week of flows, as of day 400, 10:20:30. */
const NOW = 400 * DAY + 10 * HOUR + 20 * MINUTE + 30_000;
const FLOWS = 393 * DAY + 7 * HOUR + 5 * MINUTE + 1;
const KEPT = {
  flowsFromMs: FLOWS,
  summedSinceMs: -Infinity,
  holes: [],
  tooMany: false,
  summedToMs: NOW - 90_000,
  minutes: { fromMs: 310 * DAY + 10 * HOUR + 7 * MINUTE, toMs: NOW - 90_000 },
  hours: { fromMs: 35 * DAY, toMs: 400 * DAY + 10 * HOUR },
};

type Part = [tier: string, fromMs: number, toMs: number];

interface Case {
  readonly name: string;
  readonly window: [fromMs: number, toMs: number];
  readonly bucketMs?: number;
  readonly summed?: boolean;
  readonly kept?: Partial<TierReaches>;
  readonly parts: Part[];
}

const CASES: readonly Case[] = [
  {
    name: "flows that reach back far enough answer alone",
    window: [FLOWS, NOW],
    parts: [["flows", FLOWS, NOW]],
  },
  {
    name: "what sums cannot tell is asked of flows",
    window: [300 * DAY, NOW],
    summed: false,
    parts: [["flows", 300 * DAY, NOW]],
  },
  {
    name: "minutes answer up to the first whole minute that flows cover",
    window: [393 * DAY, NOW],
    parts: [
      ["minutes", 393 * DAY, 393 * DAY + 7 * HOUR + 6 * MINUTE],
      ["flows", 393 * DAY + 7 * HOUR + 6 * MINUTE, NOW],
    ],
  },
  {
    name: "the first part of a minute is left out where flows are gone",
    window: [393 * DAY + 1, NOW],
    parts: [
      ["minutes", 393 * DAY + MINUTE, 393 * DAY + 7 * HOUR + 6 * MINUTE],
      ["flows", 393 * DAY + 7 * HOUR + 6 * MINUTE, NOW],
    ],
  },
  {
    name: "more than a day of minutes is read as hours, but for the ends",
    window: [390 * DAY + 30 * MINUTE, NOW],
    parts: [
      ["minutes", 390 * DAY + 30 * MINUTE, 390 * DAY + HOUR],
      ["hours", 390 * DAY + HOUR, 393 * DAY + 7 * HOUR],
      ["minutes", 393 * DAY + 7 * HOUR, 393 * DAY + 7 * HOUR + 6 * MINUTE],
      ["flows", 393 * DAY + 7 * HOUR + 6 * MINUTE, NOW],
    ],
  },
  {
    name: "hours answer for the time before minutes",
    window: [310 * DAY, 310 * DAY + 12 * HOUR],
    parts: [["hours", 310 * DAY, 310 * DAY + 12 * HOUR]],
  },
  {
    name: "a series by five minutes is answered by minutes, however many",
    window: [390 * DAY, NOW],
    bucketMs: 5 * MINUTE,
    parts: [
      ["minutes", 390 * DAY, 393 * DAY + 7 * HOUR + 6 * MINUTE],
      ["flows", 393 * DAY + 7 * HOUR + 6 * MINUTE, NOW],
    ],
  },
  {
    name: "a series by half minutes is answered by flows alone",
    window: [390 * DAY, NOW],
    bucketMs: MINUTE / 2,
    parts: [["flows", 390 * DAY, NOW]],
  },
  {
    name: "a window of which flows have nothing is cut to whole minutes",
    window: [350 * DAY + 1, 350 * DAY + HOUR + 1],
    parts: [["minutes", 350 * DAY + MINUTE, 350 * DAY + HOUR]],
  },
  {
    name: "less than a minute of which flows have nothing is answered by nothing",
    window: [350 * DAY + 1, 350 * DAY + 2],
    parts: [["flows", 350 * DAY + 1, 350 * DAY + 2]],
  },
  {
    name: "sums begin where the oldest do",
    window: [30 * DAY, 36 * DAY],
    parts: [["hours", 35 * DAY, 36 * DAY]],
  },
  {
    name: "too many flows are read at the ends alone, up to what is summed",
    window: [399 * DAY + 1, NOW],
    kept: { tooMany: true, minutes: { fromMs: 310 * DAY, toMs: NOW }, hours: null },
    parts: [
      ["flows", 399 * DAY + 1, 399 * DAY + MINUTE],
      ["minutes", 399 * DAY + MINUTE, 400 * DAY + 10 * HOUR + 19 * MINUTE],
      ["flows", 400 * DAY + 10 * HOUR + 19 * MINUTE, NOW],
    ],
  },
  {
    name: "the hour in which flows begin is summed where it has no minutes any more",
    window: [390 * DAY, NOW],
    kept: { minutes: { fromMs: 393 * DAY + 7 * HOUR + 6 * MINUTE, toMs: NOW } },
    parts: [["hours", 390 * DAY, 393 * DAY + 8 * HOUR], ["flows", 393 * DAY + 8 * HOUR, NOW]],
  },
  {
    name: "hours that are not summed yet are read as minutes",
    window: [380 * DAY, 390 * DAY],
    kept: { hours: { fromMs: 35 * DAY, toMs: 389 * DAY } },
    parts: [["hours", 380 * DAY, 389 * DAY], ["minutes", 389 * DAY, 390 * DAY]],
  },
  {
    name: "behind the last hour there was no traffic where no minute waits",
    window: [380 * DAY, 390 * DAY],
    kept: {
      flowsFromMs: Infinity,
      summedToMs: Infinity,
      minutes: { fromMs: 310 * DAY, toMs: 385 * DAY },
      hours: { fromMs: 35 * DAY, toMs: 385 * DAY },
    },
    parts: [["hours", 380 * DAY, 390 * DAY]],
  },
  {
    name: "flows that no sum holds yet are read, or said to be gone",
    window: [393 * DAY, NOW],
    kept: { summedToMs: 393 * DAY + 3 * HOUR },
    parts: [
      ["minutes", 393 * DAY, 393 * DAY + 3 * HOUR],
      ["flows", 393 * DAY + 3 * HOUR, NOW],
    ],
  },
  {
    name: "minutes answer where flows were never written",
    window: [395 * DAY + 1, 396 * DAY],
    kept: {
      holes: [
        { fromMs: 395 * DAY + 10 * MINUTE + 1, toMs: 395 * DAY + 12 * MINUTE + 1 },
        // Of two collectors; the last minute touches, in which what came at its begin counts.
        { fromMs: 395 * DAY + 10 * MINUTE + 2, toMs: 395 * DAY + 10 * MINUTE + 3 },
        { fromMs: 395 * DAY + 13 * MINUTE, toMs: 395 * DAY + 14 * MINUTE },
      ],
    },
    parts: [
      ["flows", 395 * DAY + 1, 395 * DAY + 10 * MINUTE],
      ["minutes", 395 * DAY + 10 * MINUTE, 395 * DAY + 15 * MINUTE],
      ["flows", 395 * DAY + 15 * MINUTE, 396 * DAY],
    ],
  },
  {
    name: "hours answer for flows that were never written where no minutes are",
    window: [395 * DAY, 396 * DAY],
    kept: { minutes: null, holes: [{ fromMs: 395 * DAY + HOUR + 1, toMs: 395 * DAY + HOUR + 2 }] },
    parts: [
      ["flows", 395 * DAY, 395 * DAY + HOUR],
      ["hours", 395 * DAY + HOUR, 395 * DAY + 2 * HOUR],
      ["flows", 395 * DAY + 2 * HOUR, 396 * DAY],
    ],
  },
  {
    name: "flows answer what they have at the ends of a window cut across a minute",
    window: [395 * DAY + 1, 395 * DAY + 3 * MINUTE + 1],
    kept: { holes: [{ fromMs: 395 * DAY, toMs: 395 * DAY + 5 * MINUTE }] },
    parts: [
      ["flows", 395 * DAY + 1, 395 * DAY + MINUTE],
      ["minutes", 395 * DAY + MINUTE, 395 * DAY + 3 * MINUTE],
      ["flows", 395 * DAY + 3 * MINUTE, 395 * DAY + 3 * MINUTE + 1],
    ],
  },
  {
    name: "holes before the flows and behind what is summed are none",
    window: [393 * DAY, NOW],
    kept: {
      holes: [
        { fromMs: 393 * DAY + HOUR, toMs: 393 * DAY + 2 * HOUR },
        { fromMs: NOW - 80_000, toMs: NOW - 70_000 },
      ],
    },
    parts: [
      ["minutes", 393 * DAY, 393 * DAY + 7 * HOUR + 6 * MINUTE],
      ["flows", 393 * DAY + 7 * HOUR + 6 * MINUTE, NOW],
    ],
  },
  {
    name: "very many holes are joined by the hour",
    window: [395 * DAY, 395 * DAY + 4 * HOUR],
    kept: {
      holes: Array.from({ length: 40 }, (_, i) => {
        const fromMs = 395 * DAY + HOUR + 2 * i * MINUTE;
        return { fromMs, toMs: fromMs + 1 };
      }),
    },
    parts: [
      ["flows", 395 * DAY, 395 * DAY + HOUR],
      ["minutes", 395 * DAY + HOUR, 395 * DAY + 3 * HOUR],
      ["flows", 395 * DAY + 3 * HOUR, 395 * DAY + 4 * HOUR],
    ],
  },
  {
    name: "where nothing is summed flows are all there is",
    window: [300 * DAY, NOW],
    kept: { minutes: null, hours: null },
    parts: [["flows", 300 * DAY, NOW]],
  },
];

function moved<T extends Span | null>(reach: T) {
  return reach && { fromMs: AT + reach.fromMs, toMs: AT + reach.toMs };
}

for (const { name, window: [from, to], bucketMs = 0, summed = true, kept, parts } of CASES) {
  Deno.test(`tiers: ${name}`, () => {
    const reaches = { ...KEPT, ...kept };
    const planned = planTiers({ fromMs: AT + from, toMs: AT + to }, { bucketMs, summed }, {
      ...reaches,
      flowsFromMs: AT + reaches.flowsFromMs,
      summedToMs: AT + reaches.summedToMs,
      holes: reaches.holes.map((hole) => moved(hole)!),
      minutes: moved(reaches.minutes),
      hours: moved(reaches.hours),
    });
    assert.deepEqual(
      planned.map(({ tier, fromMs, toMs }) => [tier, fromMs - AT, toMs - AT]),
      parts,
    );
  });
}
