import { setImmediate } from "node:timers/promises";
import { ciscoV5 } from "./cisco_v5.ts";
import { CollectorHouse } from "./collector_house.ts";
import { Random } from "./random.ts";
import { DEADLINE_MS } from "./until.ts";

/**
 * Sends junk to a collector and says, as JSON on standard output, what it counted and how much
 * memory the process has grown by: a program of its own, so that the memory is its own too.
 *
 * Arguments: capability, count of random datagrams.
 */
const [capability, randomCount] = [Deno.args[0], Number(Deno.args[1])];
const MAX_UDP_PAYLOAD = 65_507;
const POOL = new Random(20240101).bytes(1 << 20);
const random = new Random(7);

const house = new CollectorHouse({ capacity: 1024 });
const { collector } = await house.collectors.start(capability, { port: 0 });
const sender = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const to = { transport: "udp", hostname: "127.0.0.1", port: collector.port } as const;
const counters = () => collector.status().counters;

/** One at a time: the socket buffer holds only a few of the largest. */
async function send(datagram: Uint8Array): Promise<void> {
  const wanted = counters().datagrams + 1;
  await sender.send(datagram, to);
  const deadline = performance.now() + DEADLINE_MS;
  while (counters().datagrams < wanted) {
    if (performance.now() > deadline) throw new Error(`lost after ${wanted - 1} datagrams`);
    await setImmediate();
  }
}

/** Octets that no earlier datagram had, every second one with the version of NetFlow 5. */
function randomDatagram(n: number): Uint8Array {
  const length = n % 10 === 0 ? MAX_UDP_PAYLOAD : 2 + random.below(MAX_UDP_PAYLOAD - 1);
  const from = random.below(POOL.length - length);
  const datagram = POOL.slice(from, from + length);
  if (n % 2 === 0) datagram.set([0, 5]);
  return datagram;
}

const full = ciscoV5(
  { flowSequence: 0 },
  Array.from({ length: 30 }, (_, i) => ({
    srcaddr: "10.0.0.1",
    dstaddr: "10.0.0.2",
    srcport: i,
    dstport: 443,
    prot: 6,
    dPkts: 1,
    dOctets: 100,
  })),
);

await send(new Uint8Array());
await send(Uint8Array.of(0));
for (let length = 2; length < full.length; length++) await send(full.subarray(0, length));
await send(full.subarray(0, 24 + 48));
// The last of them has been decoded once the next has been counted.
await send(new Uint8Array());
const structured = counters();
// Caches and pages fill up once: what is wanted is that it does not go on.
for (let n = 0; n < randomCount / 10; n++) await send(randomDatagram(n));
const memory: number[] = [];
for (let n = 0; n < randomCount; n++) {
  await send(randomDatagram(n));
  if (n % 50 === 0) memory.push(Deno.memoryUsage().rss);
}
// The garbage of the moment comes and goes: what lies under it is what can leak.
const quarter = Math.floor(memory.length / 4);
const grown = Math.min(...memory.slice(-quarter)) - Math.min(...memory.slice(0, quarter));
await send(new Uint8Array());

console.log(JSON.stringify({
  structured,
  after: counters(),
  restarts: collector.status().restarts,
  grownMiB: grown / 2 ** 20,
}));
Deno.exit(0);
