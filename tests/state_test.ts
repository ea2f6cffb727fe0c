import assert from "node:assert/strict";
import type { Collector } from "../core/collector/collector.ts";
import { parseNetwork } from "../core/flow/network.ts";
import { openDatabase } from "../core/state/open_database.ts";
import { State } from "../core/state/state.ts";
import { IN_MEMORY } from "../core/storage/open_database.ts";
import { CollectorHouse, recordsOf } from "./support/collector_house.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "./support/netflow_messages.ts";
import { type Json, RawMcp } from "./support/raw_mcp.ts";
import { V5_IN_HEX } from "./support/sample_datagrams.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

// What outlives a collector, seen from outside: real sockets, real workers, real processes.

const FLOW = template(256, [[7, 2], [10, 4], [1, 4], [2, 4]]);
const DATA = set(256, u(443, 2) + u(3, 4) + u(1000, 4) + u(10, 4));
const RATE = set(257, u(0, 4) + u(100, 4));
const NAME = set(258, u(3, 4) + "4769302f3300");
const V9_TAUGHT = v9([
  set(0, FLOW),
  set(1, v9Options(257, [[1, 4]], [[34, 4]])),
  set(1, v9Options(258, [[2, 4]], [[82, 6]])),
  RATE,
  NAME,
  DATA,
]);
const IPFIX_TAUGHT = ipfix([
  set(2, FLOW),
  set(3, ipfixOptions(257, [[149, 4]], [[34, 4]])),
  set(3, ipfixOptions(258, [[10, 4]], [[82, 6]])),
  RATE,
  NAME,
  DATA,
], { domain: 9 });
const V9_DATA = v9([DATA], { sequence: 2 });
const IPFIX_DATA = ipfix([DATA], { domain: 9, sequence: 3 });

/** An exporter that keeps its port. */
class ExporterSocket implements Disposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  async send(port: number, ...datagrams: Uint8Array[]): Promise<void> {
    for (const datagram of datagrams) {
      await this.#socket.send(datagram, { transport: "udp", hostname: "127.0.0.1", port });
    }
  }
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

const stateIn = (folder: string) =>
  new State(openDatabase(folder), { now: () => Date.now(), onLoss: assert.fail });

const received = (collector: Collector, datagrams: number) =>
  until(
    `${datagrams} datagrams`,
    () => collector.status().counters.datagrams >= datagrams || undefined,
  );

function assertDecoded(collector: Collector, from: number): void {
  const found = recordsOf(collector).slice(from).map(
    ({ export_format, bytes, packets, sampling_rate, sampling_source, in_if_name }) => [
      export_format,
      bytes,
      packets,
      sampling_rate,
      sampling_source,
      in_if_name,
    ],
  );
  assert.deepEqual(found, [
    ["netflow9", 100_000, 1000, 100, "announced", "Gi0/3"],
    ["ipfix", 100_000, 1000, 100, "announced", "Gi0/3"],
  ]);
  const { sets_without_template, drops } = collector.status().counters;
  assert.deepEqual([sets_without_template, drops], [0, {}]);
}

Deno.test("a new process decodes the first datagram, scaled and named", async () => {
  using temporary = temporaryFolder();
  using exporter = new ExporterSocket();
  const port = freeUdpPort();
  {
    const state = stateIn(temporary.path);
    await using house = new CollectorHouse({ state });
    const { collector } = await house.collectors.start("netflow_udp", { port });
    await exporter.send(port, V9_TAUGHT, IPFIX_TAUGHT);
    await received(collector, 2);
    // Stopping tells what was not told yet.
    await collector.stop();
    state.close();
  }
  const state = stateIn(temporary.path);
  await using house = new CollectorHouse({ state });
  const { collector } = await house.collectors.start("netflow_udp", { port });
  await exporter.send(port, V9_DATA, IPFIX_DATA);
  await received(collector, 2);
  assertDecoded(collector, 0);
  await collector.stop();
  state.close();
});

Deno.test("without a folder a new worker still knows what the last one learnt", async () => {
  using exporter = new ExporterSocket();
  const state = stateIn(IN_MEMORY);
  await using house = new CollectorHouse({ state });
  const { collector } = await house.collectors.start("netflow_udp", { port: freeUdpPort() });
  await exporter.send(collector.port, V9_TAUGHT, IPFIX_TAUGHT);
  await received(collector, 2);
  await collector.stop();
  await collector.start();
  await exporter.send(collector.port, V9_DATA, IPFIX_DATA);
  await received(collector, 4);
  assertDecoded(collector, 2);
  await collector.stop();
  state.close();
});

async function serveOn(folder: string, port: number): Promise<RawMcp> {
  const collect = `netflow_udp@127.0.0.1:${port}`;
  return await RawMcp.serve(["--db", folder, "--collect", collect], {
    read: [folder],
    write: [folder],
  });
}

const messagesOf = (client: RawMcp) =>
  client.logLines().map(({ message, reason = "" }: Json) => `${message} ${reason}`).join("\n");

/** Whether a rollback journal still undoes what the database holds: commits empty it or its head. */
function isHot(journal: string): boolean {
  try {
    return (Deno.readFileSync(journal)[0] ?? 0) !== 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("kill -9 costs nothing that was committed, and frees the folder", async () => {
  using temporary = temporaryFolder();
  using exporter = new ExporterSocket();
  const port = freeUdpPort();
  {
    await using client = await serveOn(temporary.path, port);
    assert.match(messagesOf(client), /state is kept/);
    await exporter.send(port, V9_TAUGHT);
    await client.statusAfter("netflow_udp", 1);
    // It is told within a second. Its own lock hides the database: the file grows.
    const path = `${temporary.path}/state.db`;
    await until(
      "the commit",
      () => Deno.readTextFileSync(path).includes("Gi0/3") && !isHot(`${path}-journal`) || undefined,
    );
    client.program.signal("SIGKILL");
    await assert.rejects(client.program.ended(), /SIGKILL/);
  }
  await using client = await serveOn(temporary.path, port);
  assert.match(messagesOf(client), /state is kept/);
  await exporter.send(port, V9_DATA);
  const status = await client.statusAfter("netflow_udp", 1);
  assert.equal(status.counters.flow_records, 1);
  assert.equal(status.counters.sets_without_template, 0);
  assert.equal(status.exporters[0].sampling_rate, 100);
});

Deno.test("a second process on the folder runs with state in memory, and says so", async () => {
  using temporary = temporaryFolder();
  await using first = await serveOn(temporary.path, freeUdpPort());
  await using second = await serveOn(temporary.path, freeUdpPort());
  assert.match(messagesOf(second), /state is kept in memory only another process has .*--db/);
  await second.collect("json_udp");
  assert.doesNotMatch(messagesOf(first), /in memory/);
});

for (
  const [what, prepare, says] of [
    ["damaged", (path: string) => Deno.writeTextFileSync(path, "?".repeat(5000)), /is damaged/],
    ["a folder", (path: string) => Deno.mkdirSync(path), /is a folder/],
  ] as const
) {
  Deno.test(`serve runs where state.db is ${what}, and says what would mend it`, async () => {
    using temporary = temporaryFolder();
    prepare(`${temporary.path}/state.db`);
    await using client = await serveOn(temporary.path, freeUdpPort());
    assert.match(messagesOf(client), says);
    await client.program.endInput();
    assert.equal(await client.program.ended(), 0);
  });
}

Deno.test("serve runs without permission for the folder, and names the flags", async () => {
  using temporary = temporaryFolder();
  await using client = await RawMcp.serve(["--db", temporary.path]);
  const flags = `--allow-read=${temporary.path} --allow-write=${temporary.path}`;
  assert.ok(messagesOf(client).includes(`start it with ${flags}`), messagesOf(client));
});

Deno.test("datagrams of exporters that are not allowed are counted and not decoded", async () => {
  await using house = new CollectorHouse({
    exporters: { allow: [parseNetwork("192.0.2.0/24")!], samplingRates: [] },
  });
  const { collector } = await house.collectors.start("netflow_udp", { port: 0 });
  await sendUdp(collector.port, V5_IN_HEX, V5_IN_HEX, "junk");
  await received(collector, 3);
  const { flow_records, drops, decode_errors } = collector.status().counters;
  assert.deepEqual(
    { flow_records, drops, decode_errors },
    { flow_records: 0, drops: { exporter_not_allowed: 3 }, decode_errors: 0 },
  );
  assert.deepEqual(collector.exporters.summaries(), []);
  assert.equal(collector.lastDropMs, 0, "no flow that is wanted was lost");
});

Deno.test("FLOW_EXPORTER_ALLOW and FLOW_EXPORTER_SAMPLING_RATES reach the collectors", async () => {
  await using client = await RawMcp.serve([], {
    env: {
      FLOW_EXPORTER_ALLOW: "192.0.2.1,127.0.0.0/8",
      FLOW_EXPORTER_SAMPLING_RATES: "127.0.0.0/8=7,127.0.0.1=1000",
    },
  });
  const port = await client.collect("netflow_udp", "::");
  await sendUdp(port, V5_IN_HEX);
  const status = await client.statusAfter("netflow_udp", 1);
  assert.equal(status.counters.flow_records, 2, "::ffff:127.0.0.1 is 127.0.0.1");
  const [{ sampling_rate, sampling_source }] = status.exporters;
  assert.deepEqual([sampling_rate, sampling_source], [1000, "configured"]);
});
