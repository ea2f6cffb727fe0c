import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Random } from "../../tests/support/random.ts";
import { reckonedFrom, ReckonedTime } from "./reckoned_time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

function begun(clock: FakeClock, keepMs = WEEK_MS): ReckonedTime {
  return new ReckonedTime(reckonedFrom(clock.now()), { clock, keepMs });
}

/** The next process, after a time in which none ran. */
function restarted(
  time: ReckonedTime,
  clock: FakeClock,
  { offMs, keepMs = WEEK_MS }: { offMs: number; keepMs?: number },
): ReckonedTime {
  clock.step(offMs);
  return new ReckonedTime(time.reckoning, { clock, keepMs });
}

/** Lets time pass as it is watched; by how much the clock is ahead of what is reckoned then. */
function watch(time: ReckonedTime, clock: FakeClock, hours: number): number {
  let reckoned = time.look();
  for (let hour = 0; hour < hours; hour++) {
    clock.advance(HOUR_MS);
    reckoned = time.look();
  }
  return clock.now() - reckoned;
}

Deno.test("time is the clock's while it goes on, is slewed, or is set a little", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  for (const ms of [0, 1, -1, HOUR_MS, -HOUR_MS, DAY_MS]) {
    clock.step(ms);
    assert.equal(watch(time, clock, 5), 0, `${ms}`);
  }
});

Deno.test("a leap of the clock counts when it has stood for a day, and not before", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  clock.step(400 * DAY_MS);
  assert.equal(watch(time, clock, 23), 400 * DAY_MS);
  assert.equal(watch(time, clock, 1), 0);
});

Deno.test("a leap that is taken back never counted, whenever another comes", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  for (let fault = 0; fault < 5; fault++) {
    clock.step(400 * DAY_MS);
    assert.equal(watch(time, clock, 20), 400 * DAY_MS);
    clock.step(-400 * DAY_MS);
    assert.equal(watch(time, clock, 1), 0);
  }
});

Deno.test("a leap does not count the sooner for a restart", () => {
  const clock = new FakeClock();
  let time = begun(clock);
  clock.step(400 * DAY_MS);
  assert.equal(watch(time, clock, 10), 400 * DAY_MS);
  time = restarted(time, clock, { offMs: 0 });
  assert.equal(watch(time, clock, 13), 400 * DAY_MS);
  assert.equal(watch(time, clock, 1), 0);
});

Deno.test("a clock that is set back counts at once; that it was ahead is forgotten after a day", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  clock.step(-400 * DAY_MS);
  assert.equal(watch(time, clock, 30), 0);
  // It was ahead when this began: what leaps now does so from where it was set to.
  clock.step(400 * DAY_MS);
  assert.equal(watch(time, clock, 10), 400 * DAY_MS);
});

Deno.test("time over which nothing ran counts: at once, or after a day", () => {
  const clock = new FakeClock();
  let time = begun(clock);
  time = restarted(time, clock, { offMs: 16 * HOUR_MS });
  assert.equal(watch(time, clock, 0), 0);
  time = restarted(time, clock, { offMs: 30 * DAY_MS });
  assert.equal(watch(time, clock, 0), 30 * DAY_MS);
  assert.equal(watch(time, clock, 24), 0);
});

/**
 * Machines that are on and off in turns, hours. `most`: by how many days ages are counted later at most,
 * which is the time off of a day of running, where all of it is more than a leap: 4 h a week are on for
 * 24 h in six weeks, and off for 6 × 164 h.
 */
const TURNS: {
  readonly name: string;
  readonly keepDays: number;
  readonly turns: readonly { readonly on: number; readonly off: number }[];
  readonly most: number;
}[] = [
  {
    name: "but for a minute a day",
    keepDays: 7,
    turns: [{ on: 24, off: 1 / 60 }],
    most: 0,
  },
  { name: "8 h a day", keepDays: 7, turns: [{ on: 8, off: 16 }], most: 0 },
  { name: "8 h a day", keepDays: 2, turns: [{ on: 8, off: 16 }], most: 2 },
  { name: "8 h a day", keepDays: 1, turns: [{ on: 8, off: 16 }], most: 2 },
  { name: "10 h a day", keepDays: 1, turns: [{ on: 10, off: 14 }], most: 1.8 },
  {
    name: "8 h a day, no weekends",
    keepDays: 7,
    turns: [...Array(4).fill({ on: 8, off: 16 }), { on: 8, off: 64 }],
    most: 4,
  },
  { name: "4 h a week", keepDays: 7, turns: [{ on: 4, off: 164 }], most: 41 },
  { name: "40 h a week", keepDays: 7, turns: [{ on: 40, off: 128 }], most: 5.3 },
  { name: "1 h of 36", keepDays: 7, turns: [{ on: 1, off: 35 }], most: 35 },
];

for (const { name, keepDays, turns, most } of TURNS) {
  Deno.test(`a machine on ${name}, ${keepDays} days kept: ages count ${most} days later at most`, () => {
    const clock = new FakeClock();
    const keepMs = keepDays * DAY_MS;
    let time = begun(clock, keepMs);
    /** When it was off: for how long, and how long it had run before, milliseconds. */
    const offs: { ms: number; ranMs: number }[] = [];
    let ran = 0;
    let later = 0;
    for (let turn = 0; turn < 400; turn++) {
      const { on, off } = turns[turn % turns.length];
      for (let hour = 0; hour <= on; hour++) {
        const lag = watch(time, clock, hour === 0 ? 0 : 1);
        ran += hour === 0 ? 0 : HOUR_MS;
        later = Math.max(later, lag);
        // What flow-agent was off for counts when it has run for a day since, and an hour for what is joined.
        const waiting = offs.filter(({ ranMs }) => ran - ranMs < 25 * HOUR_MS);
        assert(
          lag <= waiting.reduce((sum, { ms }) => sum + ms, 0),
          `turn ${turn}: ${lag / DAY_MS}`,
        );
        assert(time.reckoning.leaps.length <= 25);
      }
      offs.push({ ms: off * HOUR_MS, ranMs: ran });
      time = restarted(time, clock, { offMs: off * HOUR_MS, keepMs });
    }
    assert.equal(Number((later / DAY_MS).toFixed(1)), most);
  });
}

/** A fault that sets the clock 400 days ahead and is taken back: hours that are run with it, hours off. */
const FAULTS: readonly {
  readonly name: string;
  readonly during: readonly { readonly on: number; readonly off: number }[];
}[] = [
  { name: "20 h", during: [{ on: 20, off: 0 }] },
  { name: "23 h, restarted each hour", during: Array(23).fill({ on: 1, off: 0.1 }) },
  { name: "an evening and a morning", during: [{ on: 4, off: 16 }, { on: 4, off: 0 }] },
  {
    name: "over a weekend off",
    during: [{ on: 4, off: 64 }, { on: 8, off: 16 }, { on: 8, off: 0 }],
  },
  { name: "minutes, off for a month", during: [{ on: 1, off: 720 }, { on: 1, off: 0 }] },
];

for (const { name, during } of FAULTS) {
  for (const { on, off } of [{ on: 24, off: 0 }, { on: 8, off: 64 }, { on: 4, off: 164 }]) {
    Deno.test(`a fault of NTP counts for nothing: ${name}; before it ${on} h on, ${off} h off`, () => {
      const clock = new FakeClock();
      let time = begun(clock);
      for (let turn = 0; turn < 20; turn++) {
        watch(time, clock, on);
        time = restarted(time, clock, { offMs: off * HOUR_MS });
      }
      for (let fault = 0; fault < 5; fault++) {
        clock.step(400 * DAY_MS);
        for (const turn of during) {
          assert(watch(time, clock, turn.on) >= 400 * DAY_MS, "reckoned beyond the true time");
          time = restarted(time, clock, { offMs: turn.off * HOUR_MS });
        }
        clock.step(-400 * DAY_MS);
        watch(time, clock, 1);
      }
    });
  }
}

Deno.test("of a leap on top of a leap the first counts when it has stood, and the second later", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  clock.step(30 * DAY_MS);
  assert.equal(watch(time, clock, 20), 30 * DAY_MS);
  clock.step(400 * DAY_MS);
  assert.equal(watch(time, clock, 3), 430 * DAY_MS);
  assert.equal(watch(time, clock, 1), 400 * DAY_MS);
  assert.equal(watch(time, clock, 19), 400 * DAY_MS);
  clock.step(-400 * DAY_MS);
  assert.equal(watch(time, clock, 1), 0);
});

Deno.test("what is reckoned is the least that the clock has shown in the last day, by chance", () => {
  const random = new Random(20_260_101);
  for (let round = 0; round < 50; round++) {
    const clock = new FakeClock();
    let time = begun(clock);
    /** By how much the clock is ahead of the time that was watched, and what of it is reckoned. */
    let ahead = 0;
    let reckoned = 0;
    let ran = 0;
    const shown = [{ ran, ahead }];
    for (let look = 0; look < 500; look++) {
      if (random.below(4) === 0) {
        // Each is more than a leap away from each other, and from what is reckoned.
        const next = reckoned + 2 * DAY_MS * random.below(20);
        time = restarted(time, clock, { offMs: next - ahead });
        ahead = next;
      } else {
        const ms = 60_000 * (1 + random.below(180));
        clock.advance(ms);
        ran += ms;
      }
      shown.push({ ran, ahead });
      const least = (hours: number) =>
        Math.min(
          ...shown.filter((was) => was.ran > ran - hours * HOUR_MS).map((was) => was.ahead),
        );
      reckoned = ahead - (clock.now() - time.look());
      assert(reckoned <= least(24), `round ${round}, look ${look}: too soon`);
      assert(reckoned >= least(24 + 1 + 3), `round ${round}, look ${look}: too late`);
    }
  }
});

Deno.test("a clock that creeps ahead after a leap makes few leaps, and counts an hour later", () => {
  const clock = new FakeClock();
  const time = begun(clock);
  clock.step(30 * DAY_MS);
  time.look();
  for (let minute = 1; minute <= 48 * 60; minute++) {
    clock.advance(60_000);
    clock.step(40 * 60_000);
    const lag = clock.now() - time.look();
    assert(time.reckoning.leaps.length <= 25, `${time.reckoning.leaps.length} leaps`);
    if (minute > 24 * 60) {
      assert(lag <= 25 * 60 * 40 * 60_000, `minute ${minute}: ${lag / DAY_MS} days`);
    }
  }
});

Deno.test("a clock without a battery, wrong after each start, makes no time off wait for ever", () => {
  const clock = new FakeClock();
  let time = begun(clock);
  for (let start = 0; start < 40; start++) {
    watch(time, clock, 8);
    time = restarted(time, clock, { offMs: 64 * HOUR_MS - 20_000 * DAY_MS });
    time.look();
    clock.advance(60_000);
    time.look();
    clock.step(20_000 * DAY_MS);
    const lag = watch(time, clock, 0);
    assert(lag <= 4 * 64 * HOUR_MS, `start ${start}: ${lag / DAY_MS} days`);
  }
});

Deno.test("a leap is told once, and by the next process again", () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const next = (time: ReckonedTime | null) =>
    new ReckonedTime(time?.reckoning ?? reckonedFrom(clock.now()), {
      clock,
      keepMs: WEEK_MS,
      onLeap: (message) => told.push(message),
    });
  const time = next(null);
  watch(time, clock, 2);
  assert.deepEqual(told, []);
  clock.step(400 * DAY_MS);
  watch(time, clock, 3);
  assert.equal(told.length, 1);
  assert.match(told[0], /^the clock went ahead by 400\.0 days, .* has stood for 24\.0 hours$/);
  const second = next(time);
  watch(second, clock, 30);
  assert.equal(told.length, 2);
  clock.step(-400 * DAY_MS);
  watch(second, clock, 30);
  assert.equal(told.length, 2, "what was set back is no leap ahead");
});

Deno.test("where flows are kept for less than a day a leap is less, and so is the wait", () => {
  const clock = new FakeClock();
  const time = begun(clock, 2 * HOUR_MS);
  clock.step(HOUR_MS);
  assert.equal(watch(time, clock, 1), HOUR_MS);
  assert.equal(watch(time, clock, 1), 0);
});
