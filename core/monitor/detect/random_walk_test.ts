import assert from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { LEAST_FAILURES, RandomWalk } from "./random_walk.ts";

/** Failures in a row until it is told; 0 when a thousand do not suffice. */
function failuresUntilTold(ordinary: number, weight = 1): number {
  const walk = new RandomWalk();
  for (let n = 1; n <= 1000; n++) {
    walk.step("failed", { atMs: n, ordinary, weight });
    if (walk.crossed) return n;
  }
  return 0;
}

Deno.test("RandomWalk wants the more failures, the less a failure tells", () => {
  assert.equal(LEAST_FAILURES, 9);
  assert.equal(failuresUntilTold(0.8), 9);
  // Services of which half of the hosts are away; half of the answers not seen besides.
  assert.equal(failuresUntilTold(0.5), 21);
  assert.equal(failuresUntilTold(0.4), 29);
  assert.equal(failuresUntilTold(0.2), 67);
  assert.equal(failuresUntilTold(0.8, 0.5), 17);
});

Deno.test("RandomWalk tells when it was told, once, and goes on counting", () => {
  const walk = new RandomWalk();
  for (let n = 1; n <= 12; n++) walk.step("failed", { atMs: n * 10, ordinary: 0.8, weight: 1 });
  walk.step("succeeded", { atMs: 500, ordinary: 0.8, weight: 1 });
  walk.step("probed", { atMs: 501, ordinary: 0.8, weight: 1 });
  assert.deepEqual(
    [walk.crossedMs, walk.failures, walk.successes, walk.probed],
    [90, 12, 2, 1],
  );
});

Deno.test("RandomWalk takes hosts for what they are at the stated success, over a thousand of each", () => {
  const random = seededRandom(8);
  const told = (success: number, ordinary: number) => {
    let count = 0;
    for (let host = 0; host < 1000; host++) {
      const walk = new RandomWalk();
      for (let n = 0; n < 80; n++) {
        const contact = random() < success ? "succeeded" : "failed";
        walk.step(contact, { atMs: n, ordinary, weight: 1 });
      }
      if (walk.crossed) count++;
    }
    return count;
  };
  assert.equal(told(0.8, 0.8), 0);
  assert.ok(told(0.2, 0.8) > 980);
  // Peers of file sharing: the paper's figures take many for scanners, those of the service none.
  assert.ok(told(0.5, 0.8) > 100);
  assert.equal(told(0.5, 0.5), 0);
});
