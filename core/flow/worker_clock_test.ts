import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { systemClock } from "./clock.ts";
import { workerClock } from "./worker_clock.ts";

Deno.test("workerClock() tells the time of main's clock, also after it was turned or stepped", () => {
  const clock = new FakeClock(1_000_000);
  const { now } = workerClock(clock.shared);
  assert.equal(now(), 1_000_000);
  clock.advance(60_000);
  assert.equal(now(), 1_060_000);
  clock.step(-5000);
  assert.equal(now(), 1_055_000);
});

Deno.test("workerClock() is the machine's clock where main goes by it", () => {
  assert.equal(workerClock(systemClock.shared), systemClock);
});
