import assert from "node:assert/strict";
import { FakeClock } from "./fake_clock.ts";

Deno.test("FakeClock runs what falls due in order of time, with the time it was due at", () => {
  const clock = new FakeClock(1000);
  const ran: [string, number][] = [];
  const stop = clock.every(100, () => ran.push(["every", clock.now()]));
  clock.after(150, () => ran.push(["after", clock.now()]));
  const cancel = clock.after(160, () => ran.push(["cancelled", clock.now()]));
  cancel();
  clock.advance(99);
  assert.deepEqual(ran, []);
  clock.advance(151);
  assert.deepEqual(ran, [["every", 1100], ["after", 1150], ["every", 1200]]);
  assert.equal(clock.now(), 1250);
  stop();
  clock.advance(1000);
  assert.equal(ran.length, 3);
  assert.equal(clock.pending, 0);
});

Deno.test("FakeClock.step() moves the wall and not what is due", () => {
  const clock = new FakeClock(1000);
  let ran = 0;
  clock.after(100, () => ran++);
  clock.step(-500);
  assert.equal(clock.now(), 500);
  clock.advance(99);
  assert.equal(ran, 0);
  clock.advance(1);
  assert.equal(ran, 1);
});
