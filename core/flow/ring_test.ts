import assert from "node:assert/strict";
import { FlowRing, RING_CAPACITY } from "./ring.ts";
import { RingWriter } from "./ring_writer.ts";

Deno.test("FlowRing.allocate() rounds up to a power of two within its bounds", () => {
  const cases: [number, number][] = [
    [-5, 1024],
    [0, 1024],
    [1, 1024],
    [1024, 1024],
    [1025, 2048],
    [5000, 8192],
    [65_536, 65_536],
  ];
  for (const [rows, capacity] of cases) {
    const ring = new FlowRing(FlowRing.allocate(rows));
    assert.equal(ring.capacity, capacity, String(rows));
    assert.equal(ring.mask, capacity - 1);
  }
  assert.deepEqual(RING_CAPACITY, { min: 1024, max: 16_777_216 });
});

Deno.test("a new ring is empty", () => {
  const ring = new FlowRing(FlowRing.allocate(1024));
  assert.deepEqual([ring.committed, ring.claimed, ring.oldest], [0, 0, 0]);
});

Deno.test("what a second ring sees on the same memory is the same", () => {
  const ring = new FlowRing(FlowRing.allocate(2048));
  const other = new FlowRing(ring.memory);
  const writer = new RingWriter(ring);
  const row = writer.reserve(3);
  ring.columns.bytes[row & ring.mask] = 4711;
  writer.commit(3);
  assert.deepEqual([other.capacity, other.committed, other.claimed], [
    2048,
    3,
    ring.claimed,
  ]);
  assert.equal(other.columns.bytes[0], 4711);
});

Deno.test("rows count for readers when they are committed, not when they are reserved", () => {
  const ring = new FlowRing(FlowRing.allocate(1024));
  const writer = new RingWriter(ring);
  assert.equal(writer.reserve(10), 0);
  assert.equal(ring.committed, 0);
  writer.commit(4);
  assert.equal(ring.committed, 4);
  assert.equal(writer.next, 4);
  assert.equal(writer.reserve(10), 4, "what was not committed is reserved again");
});

Deno.test("the claim stands ahead of every row that may be written, by a batch at least", () => {
  const ring = new FlowRing(FlowRing.allocate(1024));
  const writer = new RingWriter(ring);
  for (let i = 0; i < 5000; i++) {
    const count = 1 + i % writer.maxBatch;
    const first = writer.reserve(count);
    assert.ok(ring.claimed >= first + count + writer.maxBatch);
    assert.ok(ring.claimed <= first + count + 2 * writer.maxBatch);
    assert.equal(ring.oldest, Math.max(0, ring.claimed - 1024));
    writer.commit(count);
  }
});

Deno.test("reserve() refuses more than a batch and says how many it holds", () => {
  const writer = new RingWriter(new FlowRing(FlowRing.allocate(1024)));
  assert.equal(writer.maxBatch, 64);
  assert.throws(() => writer.reserve(65), /65 rows.*at most 64/);
  assert.equal(writer.reserve(64), 0);
});

Deno.test("received_at never goes back, however the clock steps", () => {
  const writer = new RingWriter(new FlowRing(FlowRing.allocate(1024)));
  assert.deepEqual([1000, 1005, 900, 1004.5, 1005, 1006, -1].map((t) => writer.receivedAt(t)), [
    1000,
    1005,
    1005,
    1005,
    1005,
    1006,
    1006,
  ]);
});

Deno.test("a writer that takes over goes on with row numbers, claim and time", () => {
  const ring = new FlowRing(FlowRing.allocate(1024));
  const first = new RingWriter(ring);
  for (let batch = 0; batch < 40; batch++) {
    const row = first.reserve(50);
    for (let i = 0; i < 50; i++) {
      ring.columns.received_at[(row + i) & ring.mask] = first.receivedAt(5000 + batch);
    }
    first.commit(50);
  }
  // It dies with rows half written.
  const torn = first.reserve(64);
  for (let i = 0; i < 64; i++) ring.columns.received_at[(torn + i) & ring.mask] = 9999;
  const claimed = ring.claimed;

  const second = new RingWriter(new FlowRing(ring.memory));
  assert.equal(second.next, 2000);
  assert.equal(second.receivedAt(100), 5039, "the time of the last committed row holds");
  assert.equal(second.reserve(1), 2000);
  assert.ok(ring.claimed >= claimed, "the claim never goes back");
  second.commit(1);
  assert.equal(ring.committed, 2001);
});

Deno.test("row numbers beyond 32 bits keep their slots", () => {
  const ring = new FlowRing(FlowRing.allocate(1024));
  const beyond = 2 ** 40 + 1000;
  ring.claim(beyond);
  ring.commit(beyond);
  const writer = new RingWriter(ring);
  const row = writer.reserve(64);
  assert.equal(row, beyond);
  assert.equal(row & writer.mask, beyond % 1024);
  writer.commit(64);
  assert.equal(ring.committed, beyond + 64);
});
