import assert from "node:assert/strict";
import {
  CollectorHouse,
  isFree,
  PROBE_WORKER,
  recordsOf,
} from "../../tests/support/collector_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { Collector } from "./collector.ts";

async function startProbe(house: CollectorHouse): Promise<Collector> {
  return (await house.collectors.start("probe", { port: 0 })).collector;
}

/** Sends and waits until the collector has counted it. */
async function send(collector: Collector, ...texts: string[]): Promise<void> {
  const before = collector.status().counters.datagrams;
  await sendUdp(collector.port, ...texts);
  await until(
    `datagrams ${texts}`,
    () => collector.status().counters.datagrams >= before + texts.length || undefined,
  );
}

/** What the log said of back-offs. */
function backoffs(house: CollectorHouse): unknown[] {
  return house.log.at("error").map(({ properties }) => properties.in_ms);
}

Deno.test("a codec that throws costs its datagram, never the collector", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  await send(collector, "flow 2", "throw", "throw", "flow 1");
  const { counters, restarts } = collector.status();
  assert.equal(counters.flow_records, 3);
  assert.deepEqual(counters.drops, { decoder_fault: 2 });
  assert.equal(restarts, 0);
  const [line] = await until("a line in the log", () => {
    const lines = house.log.at("warning");
    return lines.length > 0 ? lines : undefined;
  });
  assert.match(String(line.properties.text), /probe: decoder_fault .*TypeError: told to throw/);
});

const DEATHS = [
  ["an uncaught error", "die", /^its worker died: .*told to die/],
  ["an unhandled rejection", "reject", /^its worker died: .*told to reject/],
] as const;

for (const [title, verb, error] of DEATHS) {
  Deno.test(`a worker that dies of ${title} is replaced; rows and counters live on`, async () => {
    await using house = new CollectorHouse();
    const collector = await startProbe(house);
    const { port } = collector;
    const startedAt = collector.status().started_at_ms;
    await send(collector, "flow 3");
    await sendUdp(port, verb);
    await until("the death is seen", () => collector.status().restarts === 1 || undefined);
    const dead = collector.status();
    assert.match(dead.last_error!, error);
    assert.equal(dead.running, true, "it is meant to run");
    assert.equal(dead.counters.flow_records, 3);
    assert.deepEqual(await house.collectors.start("probe", { port }), {
      status: "already_running",
      collector,
    });
    assert.deepEqual(backoffs(house), [250]);

    house.clock.advance(250);
    await until("it listens again", () => house.log.at("info").length === 2 || undefined);
    assert.equal(collector.port, port);
    await send(collector, "flow 4");
    const { counters, started_at_ms } = collector.status();
    assert.equal(counters.flow_records, 7);
    assert.equal(started_at_ms, startedAt);
    assert.equal(recordsOf(collector).length, 7);
  });
}

Deno.test("a worker that gives no sign of life for five checks is replaced", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  const { port } = collector;
  await send(collector, "flow 5");
  await send(collector, "hang");
  const { datagrams } = collector.status().counters;
  assert.equal(datagrams, 2);
  // The check after the datagram still sees the datagram itself as a sign of life.
  for (let check = 0; check < 5; check++) {
    house.clock.advance(1000);
    assert.equal(collector.status().restarts, 0, `after ${check + 1} checks`);
  }
  house.clock.advance(1000);
  assert.equal(collector.status().restarts, 1);
  assert.equal(collector.status().last_error, "its worker gave no sign of life for 5000 ms");
  await house.turnUntil("it listens again", () => house.log.at("info").length === 2);
  assert.equal(collector.port, port);
  await send(collector, "flow 6");
  assert.deepEqual(collector.status().counters.flow_records, 11);
  assert.equal(recordsOf(collector).length, 11);
});

Deno.test("a worker that lives is not replaced, with and without traffic", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  for (let check = 0; check < 4; check++) house.clock.advance(1000);
  await send(collector, "flow 1");
  for (let check = 0; check < 4; check++) house.clock.advance(1000);
  assert.equal(collector.status().restarts, 0);
  // Its own heartbeat comes every half second of real time.
  await until("a heartbeat", () => {
    house.clock.advance(1000);
    return collector.status().restarts > 0 ? undefined : true;
  });
});

Deno.test("the back-off doubles from death to death and starts small after a healthy life", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  const dieAndReturn = async (round: number, backoffMs: number) => {
    await sendUdp(collector.port, "die");
    await until("the death is seen", () => collector.status().restarts === round || undefined);
    house.clock.advance(backoffMs - 1);
    assert.equal(house.log.at("info").length, round);
    house.clock.advance(1);
    await until("it listens", () => house.log.at("info").length === round + 1 || undefined);
  };
  await dieAndReturn(1, 250);
  await dieAndReturn(2, 500);
  await dieAndReturn(3, 1000);
  // A wall clock step counts as time lived: checks would end a worker that is not given real time.
  house.clock.step(61_000);
  await dieAndReturn(4, 250);
  assert.deepEqual(backoffs(house), [250, 500, 1000, 250]);
});

Deno.test("a port that was taken meanwhile is tried for again until it is free", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  const { port } = collector;
  await sendUdp(port, "die");
  await until("the death is seen", () => collector.status().restarts === 1 || undefined);
  await until("the port is free", () => isFree(port) || undefined);
  const foreign = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  house.clock.advance(250);
  await until("it failed again", () => collector.status().restarts === 2 || undefined);
  assert.match(collector.status().last_error!, /port \d+ is in use by another program/);
  assert.equal(collector.running, true);
  foreign.close();
  house.clock.advance(500);
  await until("it listens again", () => house.log.at("info").length === 2 || undefined);
  assert.equal(collector.port, port);
  await send(collector, "flow 1");
});

Deno.test("stop() while a dead worker waits to be replaced ends it for good", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  await sendUdp(collector.port, "die");
  await until("the death is seen", () => collector.status().restarts === 1 || undefined);
  assert.deepEqual(await house.collectors.stop("probe"), [collector]);
  assert.equal(collector.running, false);
  assert.equal(house.clock.pending, 0, "no restart waits");
  await until("the port is free", () => isFree(collector.port) || undefined);
});

Deno.test("stop() of a worker that hangs ends it after a second", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  await send(collector, "hang");
  let stopped = false;
  const stopping = collector.stop().then(() => stopped = true);
  house.clock.advance(999);
  await Promise.resolve();
  assert.equal(stopped, false);
  house.clock.advance(1);
  await stopping;
  assert.equal(house.clock.pending, 0);
  await until("the port is free", () => isFree(collector.port) || undefined);
});

Deno.test("a worker whose module does not load fails the start at once", async () => {
  await using house = new CollectorHouse({
    workerUrl: new URL("./no_such_worker.ts", PROBE_WORKER),
  });
  await assert.rejects(
    house.collectors.start("probe", { port: 0 }),
    /cannot start probe on 127\.0\.0\.1:0: its worker died: .*no_such_worker/,
  );
  assert.deepEqual(house.collectors.all, []);
  assert.equal(house.clock.pending, 0);
});
