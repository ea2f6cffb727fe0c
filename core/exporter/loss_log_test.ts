import assert from "node:assert/strict";
import { LOSS_LOG_BYTES, LossLog } from "./loss_log.ts";

function empty(): LossLog {
  return new LossLog(new SharedArrayBuffer(LOSS_LOG_BYTES));
}

function within(log: LossLog, from: number, to: number): [number, number][] {
  return [...log.within(from, to)].sort((a, b) => a[0] - b[0]);
}

Deno.test("a loss log sums within a window, both ends inclusive", () => {
  const log = empty();
  log.note(1, { atMs: 10_000, units: 5 });
  log.note(2, { atMs: 20_000, units: 7 });
  log.note(1, { atMs: 30_000, units: 1 });
  log.note(1, { atMs: 40_000, units: 100 });
  assert.deepEqual(within(log, 0, 50_000), [[1, 106], [2, 7]]);
  assert.deepEqual(within(log, 20_000, 30_000), [[1, 1], [2, 7]]);
  assert.deepEqual(within(log, 30_001 + 1000, 39_999), []);
  assert.deepEqual(within(log, 41_001, 50_000), []);
});

Deno.test("loss that is taken back leaves the sum", () => {
  const log = empty();
  log.note(3, { atMs: 10_000, units: 30 });
  log.note(3, { atMs: 10_200, units: -30 });
  assert.deepEqual(log.within(0, 20_000).get(3) ?? 0, 0);
  log.note(3, { atMs: 15_000, units: 30 });
  log.note(3, { atMs: 18_000, units: -10 });
  assert.deepEqual(log.within(0, 20_000).get(3), 20);
});

Deno.test("a second log on the same memory reads the same", () => {
  const memory = new SharedArrayBuffer(LOSS_LOG_BYTES + 64);
  const log = new LossLog(memory, 64);
  log.note(1, { atMs: 10_000, units: 5 });
  assert.deepEqual(within(new LossLog(memory, 64), 0, 20_000), [[1, 5]]);
});

Deno.test("exporters that lose in turn do not push one another's loss out", () => {
  const log = empty();
  // An overloaded socket loses for everybody: 50 exporters, 40 gaps a second each, for a minute.
  let at = 1_000_000;
  for (let i = 0; i < 60 * 40; i++) {
    for (let slot = 0; slot < 50; slot++) log.note(slot, { atMs: at + slot / 2, units: 3 });
    at += 25;
  }
  assert.deepEqual(
    within(log, 1_000_000, at),
    Array.from({ length: 50 }, (_, slot) => [slot, 60 * 40 * 3]),
  );
});

Deno.test("a full log forgets its oldest loss and goes on for ever", () => {
  const memory = new SharedArrayBuffer(LOSS_LOG_BYTES);
  const log = new LossLog(memory);
  const events = 400_000;
  for (let i = 0; i < events; i++) log.note(i % 7, { atMs: i * 2000, units: 1 });
  const last = (n: number) =>
    [...log.within((events - n) * 2000, events * 2000).values()].reduce((a, b) => a + b, 0);
  assert.equal(last(1000), 1000);
  const kept = last(events);
  assert.ok(kept >= 4096 && kept < 70_000, `${kept} events are kept`);
  assert.equal(last(kept), kept, "those kept are the newest");
  const count = new Int32Array(memory, 0, 1)[0];
  assert.ok(count < 1e6, `the counter stands at ${count}, on its way past 32 bits`);
});
