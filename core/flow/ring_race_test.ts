import assert from "node:assert/strict";
import { FlowRing } from "./ring.ts";
import { firstRowSince, RingReader } from "./ring_reader.ts";
import { isRaceRow, RACE_FIELDS, ROWS_PER_MS } from "../../tests/support/race_rows.ts";
import type { RaceStart } from "../../tests/support/race_writer.ts";
import { STORED_FIELDS } from "./schema.ts";
import { Random } from "../../tests/support/random.ts";
import { DEADLINE_MS } from "../../tests/support/until.ts";

// A writer on a thread of its own laps the ring several hundred times a second while readers copy
// and fold. That these tests can fail was tried on two x86 cores, each change alone:
// - `RingReader.read` with `const good = first` in place of the check after the copy: torn rows
//   within 0.1 s, in both reading tests;
// - that check against `committed - capacity` in place of the claim: torn rows in most runs;
// - `RingWriter.reserve` without its claim: torn rows within 0.1 s, in all tests.
// A writer that overtakes the binary search of `firstRowSince` is too rare here to count on:
// ring_reader_test.ts stages it.

const CAPACITY = 4096;
const SECONDS = 3;
const STOPPED = 2;

type Reader = RingReader<typeof RACE_FIELDS[number]>;

/** A reader that takes its time over a copy: it copies every column there is. */
function slowReader(ring: FlowRing, blockRows: number): Reader {
  return new RingReader(ring, { fields: STORED_FIELDS.map(({ name }) => name), blockRows });
}

/** A ring whose reader is held up, up to 100 µs, between its look at the claim and its copy. */
class HesitantRing extends FlowRing {
  readonly #random = new Random(3);

  override get oldest(): number {
    const oldest = super.oldest;
    const until = performance.now() + this.#random.below(100) / 1000;
    while (performance.now() < until);
    return oldest;
  }
}

/** Reads on with one cursor and holds every row against what its number demands. */
class Cursor {
  row = 0;
  good = 0;
  missed = 0;
  readonly reader: Reader;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  step(): void {
    const range = this.reader.read(this.row);
    assert.equal(range.firstRow, this.row + range.missed, "missed rows are those skipped");
    checkRows(this.reader, range);
    this.good += range.end - range.start;
    this.missed += range.missed;
    this.row = range.firstRow + range.end - range.start;
  }
}

function checkRows(
  { block }: Reader,
  { start, end, firstRow }: { start: number; end: number; firstRow: number },
): void {
  for (let slot = start; slot < end; slot++) {
    const row = firstRow + slot - start;
    if (!isRaceRow(block, slot, row)) {
      assert.fail(`row ${row} was handed on torn: its bytes column says ${block.bytes[slot]}`);
    }
  }
}

/** Runs `turn` against a writer at full speed, then stops the writer; bounded by a deadline. */
async function race(turn: (ring: FlowRing) => void): Promise<FlowRing> {
  const ring = new FlowRing(FlowRing.allocate(CAPACITY));
  const control = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("../../tests/support/race_writer.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  try {
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (event) => reject(new Error(event.message));
    });
    const start: RaceStart = {
      ring: ring.memory,
      control: control.buffer as SharedArrayBuffer,
      deadlineMs: Date.now() + 2 * DEADLINE_MS,
      seed: 7,
    };
    worker.postMessage(start);
    const startBy = performance.now() + DEADLINE_MS;
    while (ring.committed < 2 * CAPACITY) {
      assert.ok(performance.now() < startBy, "the writer does not write");
    }
    const deadline = performance.now() + SECONDS * 1000;
    while (performance.now() < deadline) turn(ring);
    const stopBy = performance.now() + DEADLINE_MS;
    Atomics.compareExchange(control, 0, 0, 1);
    while (Atomics.load(control, 0) !== STOPPED) {
      assert.ok(performance.now() < stopBy, "the writer does not stop");
    }
  } finally {
    worker.terminate();
  }
  const laps = ring.committed / CAPACITY;
  assert.ok(laps > 20, `the writer lapped the ring only ${laps} times: the race proves nothing`);
  return ring;
}

Deno.test("no reader is handed a torn row, and missed and read rows add up", async () => {
  let cursors: Cursor[] = [];
  const ring = await race((ring) => {
    if (cursors.length === 0) {
      cursors = [
        ...[64, 511, 4096].map((blockRows) =>
          new RingReader(ring, { fields: RACE_FIELDS, blockRows })
        ),
        slowReader(ring, 100_000),
      ].map((reader) => new Cursor(reader));
    }
    for (const cursor of cursors) cursor.step();
  });
  const total = ring.committed;
  for (const cursor of cursors) {
    for (let last = -1; cursor.row !== last;) {
      last = cursor.row;
      cursor.step();
    }
    assert.equal(cursor.row, total);
    assert.equal(cursor.good + cursor.missed, total);
    assert.ok(cursor.good > CAPACITY, "nothing was read while the writer wrote");
    assert.ok(cursor.missed > CAPACITY, "the writer never lapped this reader");
  }
});

Deno.test("a reader that keeps starting at the oldest row is never handed a torn one", async () => {
  const readers: Reader[] = [];
  let good = 0;
  let overtaken = 0;
  await race((ring) => {
    if (readers.length === 0) {
      readers.push(
        new RingReader(new HesitantRing(ring.memory), { fields: RACE_FIELDS, blockRows: 512 }),
        slowReader(new HesitantRing(ring.memory), CAPACITY),
      );
    }
    for (const reader of readers) {
      const row = ring.oldest;
      const range = reader.read(row);
      // The rows that the writer comes to first.
      checkRows(reader, { ...range, end: Math.min(range.end, range.start + 512) });
      good += range.end - range.start;
      if (range.missed > 0) overtaken++;
    }
  });
  assert.ok(good > 0);
  assert.ok(overtaken > 10, `the writer overtook only ${overtaken} reads`);
});

Deno.test("a window's first row is never from before the window, nor later than need be", async () => {
  const random = new Random(11);
  let inside = 0;
  await race((ring) => {
    const newest = Math.floor((ring.committed - 1) / ROWS_PER_MS);
    const since = newest - random.below(CAPACITY / ROWS_PER_MS * 1.25);
    const row = firstRowSince(ring, since);
    const oldest = ring.oldest;
    const wanted = since * ROWS_PER_MS;
    assert.ok(row >= wanted, `row ${row} was received ${wanted - row} rows before the window`);
    assert.ok(row <= Math.max(wanted, oldest), `row ${row}: the window begins at ${wanted}`);
    if (row === wanted) inside++;
  });
  assert.ok(inside > 100, "hardly any window began within the ring");
});
