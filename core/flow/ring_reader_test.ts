import assert from "node:assert/strict";
import { FlowRing } from "./ring.ts";
import { firstRowSince, RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { isRaceRow, RACE_FIELDS, writeRaceRow } from "../../tests/support/race_rows.ts";

const CAPACITY = 1024;

function write(writer: RingWriter, rows: number): void {
  for (let left = rows; left > 0;) {
    const count = Math.min(left, writer.maxBatch);
    const first = writer.reserve(count);
    for (let i = 0; i < count; i++) {
      writeRaceRow(writer.columns, (first + i) & writer.mask, first + i);
    }
    writer.commit(count);
    left -= count;
  }
}

/** A ring whose writer writes on at a chosen moment of a read. */
class BusyRing extends FlowRing {
  /** What happens before the n-th look at `oldest`, from 1. */
  onLook: (look: number) => void = () => {};
  /** What happens once `committed` has been looked at. */
  afterCommitted: () => void = () => {};
  #looks = 0;

  override get oldest(): number {
    this.onLook(++this.#looks);
    return super.oldest;
  }

  override get committed(): number {
    const committed = super.committed;
    this.afterCommitted();
    return committed;
  }
}

function busyRing(rows: number): { ring: BusyRing; writer: RingWriter } {
  const ring = new BusyRing(FlowRing.allocate(CAPACITY));
  const writer = new RingWriter(ring);
  write(writer, rows);
  return { ring, writer };
}

Deno.test("read() gives rows in order, across the wrap, each with its number", () => {
  const { ring, writer } = busyRing(0);
  const reader = new RingReader(ring, { fields: RACE_FIELDS, blockRows: 100 });
  let cursor = 0;
  for (let turn = 0; turn < 100; turn++) {
    write(writer, 37);
    const { start, end, firstRow, missed } = reader.read(cursor);
    assert.deepEqual({ rows: end - start, firstRow, missed }, {
      rows: 37,
      firstRow: cursor,
      missed: 0,
    });
    for (let i = start; i < end; i++) {
      assert.ok(isRaceRow(reader.block, i, firstRow + i - start), `row ${firstRow + i - start}`);
    }
    cursor += 37;
  }
  assert.ok(cursor > 3 * CAPACITY);
});

Deno.test("read() stops at the block, at what is committed and at the limit", () => {
  const { ring } = busyRing(200);
  const reader = new RingReader(ring, { fields: ["bytes"], blockRows: 64 });
  assert.deepEqual(reader.read(10), { start: 0, end: 64, firstRow: 10, missed: 0 });
  assert.deepEqual(reader.read(190), { start: 0, end: 10, firstRow: 190, missed: 0 });
  assert.deepEqual(reader.read(10, 30), { start: 0, end: 20, firstRow: 10, missed: 0 });
  assert.deepEqual(reader.read(200), { start: 0, end: 0, firstRow: 200, missed: 0 });
  assert.deepEqual(reader.read(30, 30), { start: 0, end: 0, firstRow: 30, missed: 0 });
});

Deno.test("read() does not give rows that are reserved only", () => {
  const { ring, writer } = busyRing(5);
  writer.reserve(10);
  const reader = new RingReader(ring, { fields: ["bytes"] });
  assert.deepEqual(reader.read(0), { start: 0, end: 5, firstRow: 0, missed: 0 });
});

Deno.test("a lapped reader misses exactly the rows that are gone", () => {
  const { ring } = busyRing(10_000);
  const reader = new RingReader(ring, { fields: RACE_FIELDS, blockRows: CAPACITY });
  const oldest = ring.claimed - CAPACITY;
  const range = reader.read(123);
  assert.deepEqual(range, {
    start: 0,
    end: 10_000 - oldest,
    firstRow: oldest,
    missed: oldest - 123,
  });
  for (let i = 0; i < range.end; i++) assert.ok(isRaceRow(reader.block, i, oldest + i));
});

Deno.test("a limit below what is still held: the rows up to it are missed, none beyond", () => {
  const { ring } = busyRing(10_000);
  const reader = new RingReader(ring, { fields: ["bytes"] });
  const range = reader.read(100, 300);
  assert.equal(range.end - range.start, 0);
  assert.equal(range.missed, 200);
});

Deno.test("rows overwritten while they were copied are counted as missed, not handed on", () => {
  const { ring, writer } = busyRing(5000);
  const reader = new RingReader(ring, { fields: RACE_FIELDS, blockRows: 512 });
  const from = ring.claimed - CAPACITY;
  // The first look comes before the copy, the second after it.
  ring.onLook = (look) => {
    if (look === 2) write(writer, 300);
  };
  const range = reader.read(from);
  const oldest = ring.claimed - CAPACITY;
  assert.ok(oldest >= from + 300 - 128);
  assert.deepEqual(range, {
    start: oldest - from,
    end: 512,
    firstRow: oldest,
    missed: oldest - from,
  });
  for (let i = range.start; i < range.end; i++) {
    assert.ok(isRaceRow(reader.block, i, range.firstRow + i - range.start));
  }
});

Deno.test("a block that was overwritten whole is missed whole, and the cursor goes on behind it", () => {
  const { ring, writer } = busyRing(5000);
  const reader = new RingReader(ring, { fields: ["bytes"], blockRows: 256 });
  const from = ring.claimed - CAPACITY;
  ring.onLook = (look) => {
    if (look === 2) write(writer, 5000);
  };
  const { start, end, firstRow, missed } = reader.read(from);
  assert.equal(end - start, 0);
  assert.deepEqual({ firstRow, missed }, { firstRow: from + 256, missed: 256 });
});

Deno.test("the block holds the fields asked for and presence, as a private copy", () => {
  const { ring, writer } = busyRing(3);
  const reader = new RingReader(ring, { fields: ["src_addr", "bytes", "bytes"], blockRows: 2 });
  assert.deepEqual(Object.keys(reader.block).sort(), ["bytes", "presence", "src_addr"]);
  assert.deepEqual([reader.block.src_addr.length, reader.block.presence.length], [8, 4]);
  reader.read(0);
  const copied = reader.block.bytes.slice();
  write(writer, 3000);
  assert.deepEqual(reader.block.bytes, copied);
  assert.ok(!(reader.block.bytes.buffer instanceof SharedArrayBuffer));
});

/** A ring of `rows` rows of which `time(row)` says when each was received. */
function timedRing(
  rows: number,
  time: (row: number) => number,
): { ring: BusyRing; add: () => void } {
  const ring = new BusyRing(FlowRing.allocate(CAPACITY));
  const writer = new RingWriter(ring);
  const add = () => {
    const row = writer.reserve(1);
    ring.columns.received_at[row & ring.mask] = time(row);
    writer.commit(1);
  };
  for (let i = 0; i < rows; i++) add();
  return { ring, add };
}

Deno.test("firstRowSince() finds the oldest row of a window", () => {
  // Ten rows share a time.
  const { ring } = timedRing(500, (row) => 1000 + Math.floor(row / 10) * 100);
  const cases: [number, number][] = [
    [-Infinity, 0],
    [1000, 0],
    [1000.5, 10],
    [1100, 10],
    [1101, 20],
    [5900, 490],
    [5901, 500],
    [Infinity, 500],
  ];
  for (const [time, row] of cases) assert.equal(firstRowSince(ring, time), row, String(time));
});

Deno.test("firstRowSince() looks after the wrap at rows that are still held alone", () => {
  const { ring } = timedRing(10_000, (row) => row);
  const oldest = ring.claimed - CAPACITY;
  const cases: [number, number][] = [
    [0, oldest],
    [oldest, oldest],
    [oldest + 1, oldest + 1],
    [9_999, 9_999],
    [10_000, 10_000],
  ];
  for (const [time, row] of cases) assert.equal(firstRowSince(ring, time), row, String(time));
  assert.equal(firstRowSince(new FlowRing(FlowRing.allocate(1)), 5), 0);
});

Deno.test("firstRowSince() gives no row from before the window when the writer overtakes it", () => {
  const { ring, add } = timedRing(5000, (row) => row);
  const since = ring.claimed - CAPACITY + 440;
  // Rows below the window's start are overwritten as soon as the search has begun.
  ring.afterCommitted = () => {
    ring.afterCommitted = () => {};
    for (let i = 0; i < 350; i++) add();
    assert.ok(ring.oldest < since, "the window's start is still held");
  };
  assert.equal(firstRowSince(ring, since), since);
});

Deno.test("firstRowSince() of a window that was overwritten whole begins at the oldest row", () => {
  const { ring, add } = timedRing(5000, (row) => row);
  const since = ring.claimed - CAPACITY + 100;
  ring.afterCommitted = () => {
    ring.afterCommitted = () => {};
    for (let i = 0; i < 3000; i++) add();
  };
  const row = firstRowSince(ring, since);
  assert.equal(row, ring.claimed - CAPACITY);
});
