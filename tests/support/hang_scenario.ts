import { ControlBlock } from "../../core/collector/control_block.ts";
import { CollectorHouse, recordsOf } from "./collector_house.ts";
import { freeUdpPort, sendUdp } from "./udp.ts";
import { until } from "./until.ts";

/**
 * Makes workers hang and says what came of it, as JSON on standard output. A program of its own,
 * because a worker that hangs keeps a processor core for as long as its process lives.
 *
 * Argument: `replace` (one hangs and is replaced), `stop` (one hangs and is stopped) or `surrender`
 * (each that comes hangs).
 */
const house = new CollectorHouse();
const port = freeUdpPort();
const { collector } = await house.collectors.start("probe", { port });

async function send(text: string): Promise<void> {
  const { datagrams } = collector.status().counters;
  await sendUdp(port, text);
  await until(text, () => collector.status().counters.datagrams > datagrams || undefined);
}

/** Has the worker hang, and waits until its heart has missed three beats. */
async function hang(): Promise<void> {
  const control = new ControlBlock(collector.memory.control);
  await sendUdp(port, "hang");
  let beat = control.heartbeat;
  let since = performance.now();
  await until("it hangs", () => {
    if (control.heartbeat !== beat) {
      beat = control.heartbeat;
      since = performance.now();
    }
    return performance.now() - since > 1600 || undefined;
  });
}

/** Turns the clock by checks of a second until the worker is given up; how many that took. */
function checksUntilReplaced(): number {
  const { restarts } = collector.status();
  let checks = 0;
  // One that was not given up after ten will not be.
  while (collector.status().restarts === restarts && checks < 10) {
    house.clock.advance(1000);
    checks++;
  }
  return checks;
}

async function listensAgain(times: number): Promise<void> {
  await until("it listens again", () => {
    house.clock.advance(250);
    return house.log.at("info").length > times || undefined;
  });
}

async function replace(): Promise<unknown> {
  await send("flow 5");
  await hang();
  const checks = checksUntilReplaced();
  const hung = collector.status();
  await listensAgain(1);
  await send("flow 6");
  await until("6 more", () => collector.status().counters.flow_records === 11 || undefined);
  return {
    checks,
    hung,
    after: collector.status(),
    records: recordsOf(collector).length,
  };
}

async function stop(): Promise<unknown> {
  await hang();
  let stopped = false;
  const stopping = collector.stop().then(() => stopped = true);
  house.clock.advance(999);
  await Promise.resolve();
  const early = stopped;
  house.clock.advance(1);
  await stopping;
  const { running } = collector;
  const { pending } = house.clock;
  // The worker that hangs still has the port; the next one takes its place there.
  await collector.start();
  await send("flow 3");
  return { early, running, pending, records: recordsOf(collector).length };
}

async function surrender(): Promise<unknown> {
  const running: boolean[] = [];
  for (let round = 1; round <= 4; round++) {
    await hang();
    checksUntilReplaced();
    running.push(collector.running);
    if (collector.running) await listensAgain(round);
  }
  return { running, last_error: collector.status().last_error, pending: house.clock.pending };
}

const scenario = { replace, stop, surrender }[Deno.args[0]]!;
console.log(JSON.stringify({ port, ...await scenario() as object }));
Deno.exit(0);
