import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { hex, sampleDatagram } from "../../tests/support/sample_captures.ts";
import type { CaptureEvent } from "../capture/capture_event.ts";
import { replayDatagrams } from "./replay_datagrams.ts";

const FIRST = 1_700_000_000_000;
/** Looks at a replay until it has to be over: many more than the longest of them takes steps. */
const MAX_TURNS = 10_000;

function at(ms: number, changes: Parameters<typeof sampleDatagram>[0] = {}): CaptureEvent {
  const datagram = sampleDatagram({ receivedAtMs: FIRST + ms, ...changes });
  return { kind: "datagram", datagram, records: 1 };
}

/** Replays to the end, and gives when each datagram went out. */
async function timesOf(
  events: readonly CaptureEvent[],
  { speed = 1, exporter, stopAfter = Infinity, stepMs = 1 }: {
    speed?: number;
    exporter?: string;
    stopAfter?: number;
    stepMs?: number;
  } = {},
) {
  const clock = new FakeClock();
  const start = clock.now();
  const times: number[] = [];
  let replayed: Awaited<ReturnType<typeof replayDatagrams>> | undefined;
  replayDatagrams(ReadableStream.from(events), {
    speed,
    exporter,
    clock,
    send: () => Promise.resolve(void times.push(clock.now() - start)),
    stopped: () => times.length >= stopAfter,
  }).then((outcome) => replayed = outcome);
  for (let turn = 0; replayed === undefined; turn++) {
    assert.ok(turn < MAX_TURNS, "the replay does not end");
    await setImmediate();
    if (clock.pending > 0) clock.advance(stepMs);
  }
  return { times, replayed };
}

Deno.test("replayDatagrams() keeps the pauses, and shortens them by the speed", async () => {
  const events = [at(0), at(100), at(101), at(300)];
  assert.deepEqual((await timesOf(events)).times, [0, 100, 100, 300]);
  assert.deepEqual((await timesOf(events, { speed: 10 })).times, [0, 10, 10, 30]);
  assert.deepEqual((await timesOf(events, { speed: Infinity })).times, [0, 0, 0, 0]);
});

Deno.test("replayDatagrams() sends at once what is late, and what has no time", async () => {
  const events = [at(0), at(100), at(20), at(NaN), at(200)];
  assert.deepEqual((await timesOf(events)).times, [0, 100, 100, 100, 200]);
  assert.deepEqual((await timesOf([at(NaN), at(NaN)])).times, [0, 0]);
});

Deno.test("replayDatagrams() makes a second of a pause of more than an hour, and counts it", async () => {
  const year = 31_536_000_000;
  const events = [at(0), at(10), at(year), at(year + 20), at(2 * year)];
  const { times, replayed } = await timesOf(events, { stepMs: 10 });
  assert.deepEqual(times, [0, 10, 1010, 1030, 2030]);
  assert.equal(replayed?.shortened, 2);
});

Deno.test("replayDatagrams() waits for nothing behind a record of time 0", async () => {
  const { times, replayed } = await timesOf([at(-FIRST), at(0), at(-FIRST), at(30)]);
  assert.deepEqual(times, [0, 0, 0, 30]);
  assert.equal(replayed?.shortened, 0);
});

Deno.test("replayDatagrams() sends one exporter's alone and counts what it leaves out", async () => {
  const other = { sourceAddress: hex("c0000207") };
  const events: CaptureEvent[] = [
    at(0, other),
    { kind: "skipped", reason: "not_udp", records: 3, offset: 0 },
    at(50),
    at(80),
  ];
  const { times, replayed } = await timesOf(events, { exporter: "192.0.2.1" });
  assert.deepEqual(times, [0, 30]);
  assert.deepEqual(replayed, { sent: 2, others: 1, skipped: 3, shortened: 0 });
});

Deno.test("replayDatagrams() ends when it is told to", async () => {
  const { times } = await timesOf([at(0), at(10), at(20)], { stopAfter: 2 });
  assert.deepEqual(times, [0, 10]);
});
