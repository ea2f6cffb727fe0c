import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CollectorHouse, isFree, PROBE, recordsOf } from "../../tests/support/collector_house.ts";
import { ROOT } from "../../tests/support/program.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { Collector } from "./collector.ts";
import type { CollectorStatus } from "./collector_status.ts";
import { ControlBlock } from "./control_block.ts";

async function startProbe(house: CollectorHouse): Promise<Collector> {
  return (await house.collectors.start("probe", { port: 0 })).collector;
}

/** Has the probe give rows and waits until the collector has counted them. */
async function sendFlows(collector: Collector, count: number): Promise<void> {
  const before = collector.status().counters.flow_records;
  await sendUdp(collector.port, `flow ${count}`);
  await until(
    `${count} flow records`,
    () => collector.status().counters.flow_records >= before + count || undefined,
  );
}

/** What the log said of back-offs. */
function backoffs(house: CollectorHouse): unknown[] {
  return house.log.at("error").map(({ properties }) => properties.in_ms);
}

Deno.test("a codec that throws costs its datagram, never the collector", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  await sendUdp(collector.port, "flow 2", "throw", "throw");
  await sendFlows(collector, 1);
  // The first flow may be there before the last is.
  await until("4 datagrams", () => collector.status().counters.datagrams === 4 || undefined);
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
    await sendFlows(collector, 3);
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
    await sendFlows(collector, 4);
    const { counters, started_at_ms } = collector.status();
    assert.equal(counters.flow_records, 7);
    assert.equal(started_at_ms, startedAt);
    assert.equal(recordsOf(collector).length, 7);
  });
}

Deno.test("a worker that lives is not replaced, with and without traffic", async () => {
  await using house = new CollectorHouse();
  const collector = await startProbe(house);
  for (let check = 0; check < 4; check++) house.clock.advance(1000);
  await sendFlows(collector, 1);
  for (let check = 0; check < 4; check++) house.clock.advance(1000);
  assert.equal(collector.status().restarts, 0);
  // Without traffic it beats by itself, each half second of real time: each beat is worth checks.
  const control = new ControlBlock(collector.memory.control);
  for (let beats = 0; beats < 2; beats++) {
    const before = control.heartbeat;
    await until("a heartbeat", () => control.heartbeat > before || undefined);
    for (let check = 0; check < 4; check++) house.clock.advance(1000);
    assert.equal(collector.status().restarts, 0);
  }
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
  await sendFlows(collector, 1);
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

/** Runs a scenario in a process of its own, which takes the workers that hang with it. */
async function hangScenario(name: string): Promise<Record<string, unknown>> {
  const script = fileURLToPath(new URL("../../tests/support/hang_scenario.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read", script, name],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, text(stderr));
  return JSON.parse(text(stdout));
}

Deno.test("a worker that hangs is replaced on the same port; rows and counters live on", async () => {
  const { port, checks, hung, after, records } = await hangScenario("replace");
  // The first check still sees beats from before.
  assert.equal(checks, 6);
  const before = hung as CollectorStatus;
  assert.equal(before.restarts, 1);
  assert.equal(before.running, true);
  assert.equal(before.last_error, "its worker gave no sign of life for 5000 ms");
  assert.equal(before.counters.flow_records, 5);
  const now = after as CollectorStatus;
  assert.equal(now.port, port);
  assert.equal(now.restarts, 1);
  // The datagram that it hangs on is not counted: what it held is not known.
  assert.equal(now.counters.datagrams, 2);
  assert.equal(now.counters.flow_records, 11);
  assert.equal(records, 11);
});

Deno.test("stop() of a worker that hangs ends after a second; start() takes its port", async () => {
  const { port: _port, ...outcome } = await hangScenario("stop");
  assert.deepEqual(outcome, { early: false, running: false, pending: 0, records: 3 });
});

Deno.test("workers that cannot be ended are not replaced without end", async () => {
  const { running, last_error, pending } = await hangScenario("surrender");
  assert.deepEqual(running, [true, true, true, false]);
  assert.match(String(last_error), /^4 of its workers hang .*: restart flow-agent$/);
  assert.equal(pending, 0);
});

Deno.test("a capability that fails in the worker fails the start and says what is to mend", async () => {
  await using house = new CollectorHouse({
    capabilities: [{ ...PROBE, source: new URL("./no_such_module.ts", PROBE.source).href }],
  });
  await assert.rejects(
    house.collectors.start("probe", { port: 0 }),
    /cannot start probe on 127\.0\.0\.1:\d+: its worker died: .*no_such_module\.ts.*; mend the capability's/s,
  );
  assert.deepEqual(house.collectors.all, []);
  assert.equal(house.clock.pending, 0);
});
