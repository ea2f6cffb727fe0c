import assert from "node:assert/strict";
import { FlowRing, RING_CAPACITY } from "../flow/ring.ts";
import { ringShare } from "./ring_share.ts";

const MIB = 2 ** 20;

Deno.test("bytesOf() says what a ring takes", () => {
  for (const rows of [1024, 65_536]) {
    assert.equal(FlowRing.bytesOf(rows), FlowRing.allocate(rows).byteLength);
  }
});

Deno.test("collectors share memory: each has at most half of what is left, and one more always fits", () => {
  const maxBytes = 1024 * MIB;
  let takenBytes = 0;
  const rings: number[] = [];
  for (let collector = 0; collector < 16; collector++) {
    const rows = ringShare(2 ** 20, { maxBytes, takenBytes })!;
    rings.push(Math.log2(rows));
    takenBytes += FlowRing.bytesOf(rows);
  }
  assert.ok(takenBytes <= maxBytes, `${takenBytes}`);
  assert.ok(takenBytes > 0.9 * maxBytes, `${takenBytes}`);
  assert.deepEqual(rings.slice(0, 4), [20, 20, 19, 19]);
  assert.deepEqual(rings, rings.toSorted((a, b) => b - a));
});

Deno.test("a ring is never larger than wanted, and never smaller than the smallest", () => {
  const room = { maxBytes: 1024 * MIB, takenBytes: 0 };
  assert.equal(ringShare(5000, room), 8192);
  assert.equal(ringShare(1, room), RING_CAPACITY.min);
  const least = 2 * FlowRing.bytesOf(RING_CAPACITY.min);
  assert.equal(ringShare(2 ** 20, { maxBytes: least, takenBytes: 0 }), RING_CAPACITY.min);
  assert.equal(ringShare(2 ** 20, { maxBytes: least - 1, takenBytes: 0 }), null);
});
