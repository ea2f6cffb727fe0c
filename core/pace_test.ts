import assert from "node:assert/strict";
import { Pace } from "./pace.ts";

/** A pace with a clock that its work and its sleep move on. */
function scene({ hurried = () => false }: { hurried?: () => boolean } = {}) {
  const world = { now: 1000, received: 0, slept: 0 };
  const pace = new Pace({
    received: () => world.received,
    hurried,
    now: () => world.now,
    wait: (ms) => {
      world.now += ms;
      world.slept++;
    },
  });
  /** Works in pieces of a tenth of a millisecond. */
  const work = (ms: number, receive = 0): number => {
    const before = world.slept;
    for (let piece = 0; piece < Math.round(ms * 10); piece++) {
      world.now += 0.1;
      world.received += receive;
      pace.rest();
    }
    return world.slept - before;
  };
  return { world, work };
}

Deno.test("Pace rests about every half millisecond while something is received", () => {
  const { work } = scene();
  const rests = work(30, 1);
  assert.ok(rests >= 45 && rests <= 60, `${rests}`);
});

Deno.test("Pace goes on resting when a collector that waits for its turn receives nothing", () => {
  const { work } = scene();
  work(2, 1);
  assert.ok(work(10) > 10);
});

Deno.test("Pace costs no time once nothing is received", () => {
  const { world, work } = scene();
  work(2, 1);
  work(25);
  const { now } = world;
  assert.equal(work(100), 0);
  assert.ok(Math.abs(world.now - now - 100) < 1e-6);
});

Deno.test("Pace does not rest where there is no time to", () => {
  let hurried = true;
  const { work } = scene({ hurried: () => hurried });
  assert.equal(work(10, 1), 0);
  hurried = false;
  assert.ok(work(10, 1) > 10);
});

Deno.test("Pace sleeps without a clock of its own being given", () => {
  let received = 0;
  const pace = new Pace({ received: () => received++ });
  const began = performance.now();
  pace.rest();
  assert.ok(performance.now() > began);
});
