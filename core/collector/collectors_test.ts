import assert from "node:assert/strict";
import { Dictionary } from "../flow/dictionary.ts";
import { DEVICE_COUNTER_TABLE, INTERFACE_TABLE } from "../flow/interface_schema.ts";
import { FlowRing } from "../flow/ring.ts";
import { readRow } from "../flow/record_reader.ts";
import { RingReader } from "../flow/ring_reader.ts";
import { TableRing } from "../flow/table_ring.ts";
import { ciscoV5 } from "../../tests/support/cisco_v5.ts";
import { CollectorHouse, isFree, recordsOf } from "../../tests/support/collector_house.ts";
import { freeUdpPort, sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { Collector } from "./collector.ts";
import { StartFailure } from "./start_failure.ts";

const FLOW = { srcaddr: "10.0.0.1", dstaddr: "10.0.0.2", srcport: 1, dstport: 2, prot: 6 };

/** A datagram of so many flows, the first with `first` octets, the next with one more. */
function flows(count: number, first: number): Uint8Array {
  return ciscoV5(
    { flowSequence: first },
    Array.from({ length: count }, (_, i) => ({ ...FLOW, dPkts: 1, dOctets: first + i })),
  );
}

async function received(collector: Collector, records: number): Promise<void> {
  await until(
    `${records} flow records`,
    () => collector.status().counters.flow_records >= records || undefined,
  );
}

/** What starting comes to when it fails. */
async function failureOf(starting: Promise<unknown>): Promise<StartFailure> {
  try {
    await starting;
  } catch (error) {
    assert.ok(error instanceof StartFailure, String(error));
    return error;
  }
  throw new Error("it started");
}

Deno.test("a collector counts exactly what was sent, and holds it in order", async () => {
  await using house = new CollectorHouse();
  const { collector, status } = await house.collectors.start("netflow_udp", { port: 0 });
  assert.equal(status, "started");
  assert.ok(collector.port > 0);
  assert.deepEqual(house.started, [collector]);
  const sizes = [30, 1, 0, 17, 29];
  let next = 0;
  const datagrams = sizes.map((size) => {
    const datagram = flows(size, next);
    next += size;
    return datagram;
  });
  await sendUdp(collector.port, ...datagrams);
  await received(collector, 77);
  assert.deepEqual(collector.status(), {
    host: "127.0.0.1",
    port: collector.port,
    running: true,
    started_at_ms: house.clock.now(),
    restarts: 0,
    last_error: null,
    permissions: [`net=127.0.0.1:${collector.port}`],
    counters: {
      datagrams: 5,
      datagram_bytes: 5 * 24 + 77 * 48,
      flow_records: 77,
      decode_errors: 0,
      sets_without_template: 0,
      templates: 0,
      interface_samples: 0,
      drops: {},
    },
    receive_gaps: [],
  });
  const records = recordsOf(collector);
  assert.deepEqual(records.map(({ bytes }) => bytes), Array.from({ length: 77 }, (_, i) => i));
  assert.ok(records.every(({ exporter }) => exporter === "127.0.0.1"));
});

Deno.test("a collector on :: receives IPv4 as IPv4", async () => {
  await using house = new CollectorHouse({ host: "::" });
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  await sendUdp(collector.port, flows(2, 0));
  await received(collector, 2);
  assert.equal(collector.host, "::");
  assert.equal(recordsOf(collector)[0].exporter, "127.0.0.1");
});

Deno.test("the same port twice is already_running, another port another collector", async () => {
  await using house = new CollectorHouse();
  const first = await house.collectors.start("netflow_udp", { port: freeUdpPort() });
  const { port } = first.collector;
  for (const where of [{ port }, { port, host: "127.0.0.1" }]) {
    const again = await house.collectors.start("netflow_udp", where);
    assert.deepEqual(again, { status: "already_running", collector: first.collector });
  }
  const other = await house.collectors.start("netflow_udp", { port: freeUdpPort() });
  assert.equal(other.status, "started");
  assert.notEqual(other.collector, first.collector);
  assert.deepEqual(house.collectors.of("netflow_udp"), [first.collector, other.collector]);
  assert.deepEqual(house.collectors.of("netflow_udp", port), [first.collector]);
  assert.deepEqual(house.started, [first.collector, other.collector]);
});

Deno.test("a host given by name is found again by that name and by its address", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const { collector } = await house.collectors.start("netflow_udp", { host: "localhost", port });
  for (const host of ["localhost", collector.host]) {
    assert.deepEqual(await house.collectors.start("netflow_udp", { host, port }), {
      status: "already_running",
      collector,
    });
  }
});

Deno.test("two starts of one port at once: one starts, the other finds it running", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const results = await Promise.all([
    house.collectors.start("netflow_udp", { port }),
    house.collectors.start("netflow_udp", { port }),
  ]);
  assert.deepEqual(results.map(({ status }) => status), ["started", "already_running"]);
  assert.equal(results[0].collector, results[1].collector);
});

Deno.test("stop() closes the port and keeps the flows; start() goes on with the same", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const { collector } = await house.collectors.start("netflow_udp", { port });
  await sendUdp(port, flows(5, 0));
  await received(collector, 5);
  const before = collector.status();
  assert.deepEqual(await house.collectors.stop("netflow_udp", port), [collector]);
  assert.ok(isFree(port));
  assert.deepEqual(collector.status(), { ...before, running: false });
  assert.equal(recordsOf(collector).length, 5);
  assert.deepEqual(await house.collectors.stop("netflow_udp"), []);

  house.clock.advance(60_000);
  const again = await house.collectors.start("netflow_udp", { port });
  assert.deepEqual(again, { status: "started", collector });
  assert.equal(collector.status().started_at_ms, before.started_at_ms! + 60_000);
  assert.deepEqual(house.started, [collector], "attached once");
  await sendUdp(port, flows(3, 5));
  await received(collector, 8);
  assert.equal(collector.status().counters.flow_records, 8);
  assert.deepEqual(recordsOf(collector).map(({ bytes }) => bytes), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("stop() without a port stops all collectors of the capability alone", async () => {
  await using house = new CollectorHouse();
  const { collector: a } = await house.collectors.start("netflow_udp", { port: 0 });
  const { collector: b } = await house.collectors.start("netflow_udp", { port: 0 });
  const { collector: other } = await house.collectors.start("json_udp", { port: 0 });
  assert.deepEqual(await house.collectors.stop("netflow_udp"), [a, b]);
  assert.deepEqual([a, b, other].map(({ running }) => running), [false, false, true]);
});

Deno.test("a collector that is started while it stops starts when it has stopped", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const { collector } = await house.collectors.start("netflow_udp", { port });
  const [stopped, started] = await Promise.all([
    house.collectors.stop("netflow_udp"),
    house.collectors.start("netflow_udp", { port }),
  ]);
  assert.deepEqual(stopped, [collector]);
  assert.deepEqual(started, { status: "started", collector });
  await sendUdp(port, flows(4, 0));
  await received(collector, 4);
  await house.collectors.stop("netflow_udp");
  assert.ok(isFree(port));
});

Deno.test("a collector that is stopped while it starts again does not start", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const { collector } = await house.collectors.start("netflow_udp", { port });
  await collector.stop();
  const starting = failureOf(collector.start());
  await collector.stop();
  assert.match((await starting).message, /stopped/);
  assert.equal(collector.running, false);
  assert.ok(isFree(port));
  assert.equal((await house.collectors.start("netflow_udp", { port })).status, "started");
});

Deno.test("of stop, start and stop at once the last one counts", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  const stopping = collector.stop();
  const starting = failureOf(collector.start());
  await Promise.all([stopping, collector.stop()]);
  assert.match((await starting).message, /stopped while it was starting; start it again/);
  assert.equal(collector.running, false);
  assert.ok(isFree(collector.port));
});

Deno.test("two stops at once both end", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  await Promise.all([collector.stop(), collector.stop()]);
  assert.equal(collector.running, false);
  assert.ok(isFree(collector.port));
});

Deno.test("stopAll() stops also what is being started", async () => {
  await using house = new CollectorHouse();
  const port = freeUdpPort();
  const starting = house.collectors.start("netflow_udp", { port }).catch((error) => error);
  await house.collectors.stopAll();
  await starting;
  assert.deepEqual(house.collectors.all.filter(({ running }) => running), []);
  assert.ok(isFree(port));
});

/** Starts that must fail: what is in the way, what to ask for, what the message has to say. */
const REFUSED: readonly [string, { host?: string; port?: number }, string, RegExp][] = [
  ["what is no host", { host: "not a host" }, "URIError", /"not a host" is not a host .*address/],
  ["an empty host", { host: "" }, "URIError", /"" is not a host/],
  ["a host with a port", { host: "127.0.0.1:80" }, "URIError", /is not a host/],
  [
    "a host that was not granted",
    { host: "192.0.2.1" },
    "NotCapable",
    /start it with --allow-net=192\.0\.2\.1:\d+ among/,
  ],
];

for (const [title, where, cause, message] of REFUSED) {
  Deno.test(`start() refuses ${title} and leaves nothing half-started`, async () => {
    await using house = new CollectorHouse();
    const port = freeUdpPort();
    const failure = await failureOf(house.collectors.start("netflow_udp", { port, ...where }));
    assert.equal(failure.causeName, cause);
    assert.match(failure.message, message);
    assert.deepEqual(house.collectors.all, []);
    assert.deepEqual(house.started, []);
    assert.equal(house.clock.pending, 0, "no timer waits");
    assert.ok(isFree(port));
    assert.equal((await house.collectors.start("netflow_udp", { port })).status, "started");
  });
}

// A socket that lets others share its port would lose its datagrams to whoever does.
for (const reuseAddress of [false, true]) {
  Deno.test(`start() refuses a port that another program has${reuseAddress ? ", and shares" : ""}, until it lets go`, async () => {
    await using house = new CollectorHouse();
    const foreign = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: 0,
      reuseAddress,
    });
    const { port } = foreign.addr as Deno.NetAddr;
    const failure = await failureOf(house.collectors.start("netflow_udp", { port }));
    assert.equal(failure.causeName, "AddrInUse");
    assert.match(failure.message, new RegExp(`port ${port} is in use by another program`));
    assert.deepEqual(house.collectors.all, []);
    assert.equal(house.clock.pending, 0, "no timer waits");
    foreign.close();
    assert.ok(isFree(port));
    assert.equal((await house.collectors.start("netflow_udp", { port })).status, "started");
  });
}

Deno.test("a stopped collector whose port was taken stays stopped and keeps its flows", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  const { port } = collector;
  await sendUdp(port, flows(2, 0));
  await received(collector, 2);
  await collector.stop();
  const foreign = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  assert.equal(
    (await failureOf(house.collectors.start("netflow_udp", { port }))).causeName,
    "AddrInUse",
  );
  foreign.close();
  assert.equal(collector.running, false);
  assert.equal(recordsOf(collector).length, 2);
});

for (
  const [holds, asks] of [
    ["127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "127.0.0.1"],
    ["127.0.0.1", "0.0.0.0"],
    ["::", "127.0.0.1"],
    ["127.0.0.1", "::"],
    ["::", "0.0.0.0"],
    ["::", "::1"],
  ]
) {
  Deno.test(`start() on ${asks} names who of this server has the port on ${holds}`, async () => {
    await using house = new CollectorHouse();
    const { collector } = await house.collectors.start("json_udp", { host: holds, port: 0 });
    const { port } = collector;
    const failure = await failureOf(
      house.collectors.start("netflow_udp", { host: asks, port }),
    );
    assert.equal(failure.causeName, "AddrInUse");
    assert.match(failure.message, /: json_udp of this server listens on .*; stop it or give/);
    assert.deepEqual(house.collectors.all, [collector]);
  });
}

Deno.test("two capabilities share a port number on addresses that do not overlap", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("json_udp", { host: "::1", port: 0 });
  const { port } = collector;
  const other = await house.collectors.start("netflow_udp", { host: "127.0.0.1", port });
  assert.equal(other.status, "started");
  const failure = await failureOf(
    house.collectors.start("probe", { host: "127.0.0.1", port }),
  );
  assert.match(failure.message, /netflow_udp of this server listens on 127\.0\.0\.1/);
});

Deno.test("start() and stop() of an unknown capability list the known ones", async () => {
  await using house = new CollectorHouse();
  const names = house.collectors.capabilities.map(({ name }) => name).join(", ");
  const known = new RegExp(`no capability "netflow"; there are ${names}$`);
  assert.match((await failureOf(house.collectors.start("netflow"))).message, known);
  assert.match((await failureOf(house.collectors.stop("netflow"))).message, known);
  const near = /^there is no capability "netflow_upd"; did you mean "netflow_udp"\?$/;
  assert.match((await failureOf(house.collectors.start("netflow_upd"))).message, near);
});

Deno.test("start() refuses more collectors than the cap; a stopped one can start again", async () => {
  await using house = new CollectorHouse({ max: 1 });
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  await collector.stop();
  const failure = await failureOf(house.collectors.start("netflow_udp", { port: freeUdpPort() }));
  assert.match(failure.message, /there are 1 already, .*raise collector\.max/);
  const again = await house.collectors.start("netflow_udp", { port: collector.port });
  assert.equal(again.status, "started");
});

Deno.test("interface samples lie in a ring of their own and are counted", async () => {
  await using house = new CollectorHouse();
  const { collector } = await house.collectors.start("probe", { port: 0 });
  await sendUdp(collector.port, "interface 3", "flow 1");
  await received(collector, 1);
  assert.equal(collector.status().counters.interface_samples, 3);
  const ring = new TableRing(INTERFACE_TABLE, collector.memory.interfaces);
  const reader = new RingReader(ring, { fields: ["if_index", "in_octets"] });
  const { start, end } = reader.read(0);
  assert.deepEqual([...reader.block.if_index.subarray(start, end)], [1, 2, 3]);
  assert.deepEqual([...reader.block.in_octets.subarray(start, end)], [1000, 2000, 3000]);
  const counters = new TableRing(DEVICE_COUNTER_TABLE, collector.memory.deviceCounters);
  assert.equal(counters.committed, 1);
  const { columns } = ring;
  const dictionary = new Dictionary(collector.memory.dictionary);
  assert.equal(readRow(INTERFACE_TABLE, columns, { slot: 2, dictionary }).if_name, "probed");
});

Deno.test("collectors share the memory for flows; one that finds none left says what to raise", async () => {
  const ofRows = (rows: number) => FlowRing.bytesOf(rows);
  const maxRingBytes = 2 * ofRows(4096) + ofRows(1024);
  await using house = new CollectorHouse({ capacity: 4096, maxRingBytes });
  const rows: number[] = [];
  for (let n = 0; n < 3; n++) {
    const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
    rows.push(new FlowRing(collector.memory.ring).capacity);
  }
  assert.deepEqual(rows, [4096, 2048, 1024]);
  const failure = await failureOf(house.collectors.start("netflow_udp", { port: 0 }));
  assert.match(failure.message, /memory for flows is used up; raise store\.max_mib/);
});
