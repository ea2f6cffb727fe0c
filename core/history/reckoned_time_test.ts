import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { ReckonedTime } from "./reckoned_time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

function begun(clock: FakeClock, keepMs = WEEK_MS): ReckonedTime {
  return new ReckonedTime({ reckonedMs: clock.now(), aheadMs: 0, stoodMs: 0 }, { clock, keepMs });
}

/** The next process, after a time in which none ran. */
function restarted(time: ReckonedTime, clock: FakeClock, offMs: number): ReckonedTime {
  clock.step(offMs);
  return new ReckonedTime(time.reckoning, { clock, keepMs: WEEK_MS });
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
  time = restarted(time, clock, 0);
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
  time = restarted(time, clock, 16 * HOUR_MS);
  assert.equal(watch(time, clock, 0), 0);
  time = restarted(time, clock, 30 * DAY_MS);
  assert.equal(watch(time, clock, 0), 30 * DAY_MS);
  assert.equal(watch(time, clock, 24), 0);
});

Deno.test("a machine that is on for eight hours of each working day falls no week behind", () => {
  const clock = new FakeClock();
  let time = begun(clock);
  let most = 0;
  for (let day = 0; day < 300; day++) {
    const weekend = day % 5 === 4 ? 48 : 0;
    most = Math.max(most, watch(time, clock, 8));
    time = restarted(time, clock, (16 + weekend) * HOUR_MS);
  }
  assert(most > 0 && most < WEEK_MS, `${most / DAY_MS} days`);
});

Deno.test("a leap is told once, and by the next process again", () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const next = (time: ReckonedTime | null) =>
    new ReckonedTime(time?.reckoning ?? { reckonedMs: clock.now(), aheadMs: 0, stoodMs: 0 }, {
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
