import assert from "node:assert/strict";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { RingFollower, SEAL_AFTER_MS } from "./ring_follower.ts";

/** A follower of a ring of 4096 rows: its blocks have 1024. */
function followed(): { add(rows: number): void; follower: RingFollower } {
  const fixture = new FlowFixture({ capacity: 4096 });
  const { ring, dictionary } = fixture.source;
  const source = { capability: "json_udp", port: 6343, epoch: 1, ring, dictionary };
  const row = { bytes: 1 };
  return {
    add: (rows) => fixture.add(...Array.from({ length: rows }, () => row)),
    follower: new RingFollower(source),
  };
}

Deno.test("a block is due when it is full, or its first row has waited", () => {
  const { add, follower } = followed();
  assert.equal(follower.due(0), null);
  add(10);
  assert.equal(follower.due(1000), null);
  add(10);
  assert.equal(follower.due(999 + SEAL_AFTER_MS), null);
  assert.equal(follower.due(1000 + SEAL_AFTER_MS)?.end, 20);
  assert.equal(follower.due(1001, true)?.end, 20);
  add(2000);
  assert.deepEqual(follower.due(1001), { first: 0, from: 0, end: 1024, replaces: [] });
});

Deno.test("a clock that is set back does not put a block off by as much", () => {
  const { add, follower } = followed();
  add(1);
  assert.equal(follower.due(1e9), null);
  assert.equal(follower.due(0), null);
  assert.equal(follower.due(SEAL_AFTER_MS)?.end, 1);
});

Deno.test("few rows at a time make few segments, and each is written again seldom", () => {
  const { add, follower } = followed();
  let id = 0;
  let written = 0;
  const kept = new Map<number, { from: number; end: number }>();
  for (let turn = 0; turn < 3 * 1024 / 8; turn++) {
    add(8);
    const due = follower.due(turn, true)!;
    for (const old of due.replaces) assert(kept.delete(old));
    kept.set(++id, { from: due.from, end: due.end });
    written += due.end - due.from;
    follower.sealed(due, id);
    // Together the segments hold each row once.
    let next = 0;
    for (const { from, end } of [...kept.values()].sort((a, b) => a.from - b.from)) {
      assert.equal(from, next);
      next = end;
    }
    assert.equal(next, follower.next);
    assert(kept.size <= 3 + 8, `${kept.size} segments`);
  }
  assert.equal(kept.size, 3);
  assert(written <= 3072 * 8, `each row ${written / 3072} times`);
});

Deno.test("a segment does not grow when its rows are soon overwritten", () => {
  const { add, follower } = followed();
  add(10);
  follower.sealed(follower.due(0, true)!, 1);
  follower.resume(5000);
  add(5000);
  add(20);
  assert.deepEqual(follower.due(0, true)?.replaces, []);
});

Deno.test("a follower that is behind leaves out whole blocks until it is half a ring behind", () => {
  const { add, follower } = followed();
  add(2912);
  assert.deepEqual(follower.leaveOut(), { first: 0, end: 0 });
  add(1);
  assert.deepEqual(follower.leaveOut(), { first: 0, end: 1024 });
  assert.equal(follower.next, 1024);
  add(20_000);
  const { first, end } = follower.leaveOut();
  assert.equal(first, 1024);
  assert.equal((end - first) % 1024, 0);
  assert(22_913 - end <= 2048 && 22_913 - end > 1024);
});

Deno.test("a follower goes on behind what was sealed, and never goes back", () => {
  const { add, follower } = followed();
  add(100);
  follower.resume(40);
  assert.equal(follower.due(0, true)?.first, 40);
  follower.resume(10);
  assert.equal(follower.next, 40);
});
