import assert from "node:assert/strict";
import { NO_HISTORY } from "../history/history_status.ts";
import type { Client } from "@modelcontextprotocol/client";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { set, v9 } from "../../tests/support/netflow_messages.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import { connectInProcess } from "../agent/connect.ts";
import type { Settings } from "../config/load_config.ts";
import type { FlowRing } from "../flow/ring.ts";
import type { Trust } from "../query/trust.ts";
import type { FlowQuery } from "../query/engine/flow_query.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import { type FlowSource, openSource } from "../query/flow_source.ts";
import type { SampleFlow } from "../wire/encode/scenario.ts";
import { NetFlow5Encoder } from "../wire/encode/netflow5.ts";
import { createServer } from "./server.ts";
import type { ToolContext } from "./tool.ts";

const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };

/** A server, a client of it, and the collectors that a case starts. */
interface Scene {
  readonly house: McpHouse;
  readonly client: Client;
  /** Starts a collector; gives its port. */
  start(capability: string): Promise<number>;
  /** Sends datagrams and waits until so many have arrived in all. */
  send(port: number, datagrams: readonly (Uint8Array | string)[], came: Came): Promise<void>;
}

/** How many datagrams the collector has counted by then. */
interface Came {
  readonly datagrams: number;
}

const jsonFlow = (n: number, more: object = {}) =>
  JSON.stringify({ src: `10.0.0.${n}`, dst: "192.0.2.1", bytes: 100, packets: 2, ...more });

function v5Flows(count: number, nowMs: number): SampleFlow[] {
  return Array.from({ length: count }, (_, n) => ({
    src_addr: `10.1.${n >> 8}.${n & 255}`,
    dst_addr: "192.0.2.9",
    src_port: 1000 + n,
    dst_port: 443,
    protocol: 6,
    bytes: 100,
    packets: 1,
    start_ms: nowMs - 1000,
    end_ms: nowMs - 500,
    latency_ms: 1,
  }));
}

/** Starts a collector some time before now, so that windows lie within its life. */
async function startedBefore(start: Scene["start"], { clock }: McpHouse): Promise<number> {
  clock.step(-600_000);
  const port = await start("json_udp");
  clock.step(600_000);
  return port;
}

/** The server's own tools over an engine that a test can hold back. */
async function withEngine(
  { house }: Scene,
  run: (sources: readonly FlowSource[], query: FlowQuery) => Promise<unknown>,
): Promise<Client> {
  const { collectors, runner } = house.engine;
  const sources = collectors.all.map(({ capability, memory }, epoch) =>
    openSource({ capability, port: 0, epoch, ...memory })
  );
  const context: ToolContext = {
    recorder: null,
    hostNames: null,
    history: () => NO_HISTORY,
    capacities: { capacity: () => null },
    anomalies: null,
    collectors,
    runner,
    clock: house.clock,
    log: house.log.logger,
    queries: { ask: (_, ask) => run(sources, ask as unknown as FlowQuery) as never },
  };
  return await connectInProcess(createServer(context));
}

/** What provokes a line of the trust block, and what the block says then. */
const CASES: readonly {
  title: string;
  settings?: Settings;
  args?: Record<string, unknown>;
  provoke(scene: Scene): Promise<Client | void>;
  notes: readonly RegExp[];
  trust?: Partial<Trust>;
  /** Figures that are not exact, and what is said of how far they may be off; default: all are. */
  approximate?: readonly [figure: string, error: RegExp][];
}[] = [
  {
    title: "nothing",
    async provoke({ start, send, house }) {
      const port = await startedBefore(start, house);
      await send(port, [jsonFlow(1)], { datagrams: 1 });
    },
    args: { time_range: "30s" },
    notes: [],
    trust: { complete: true, rows_scanned: 1, dedup_factor: 1 },
  },
  {
    title: "a lapped ring",
    settings: { store: { capacity_rows: 1024 } },
    async provoke({ start, send }) {
      const port = await start("json_udp");
      const batch = `[${Array.from({ length: 100 }, (_, n) => jsonFlow(n)).join()}]`;
      for (let n = 1; n <= 20; n++) await send(port, [batch], { datagrams: n });
    },
    notes: [/^Memory holds fewer flows than the window: the oldest part is gone/],
  },
  {
    title: "a sequence gap",
    async provoke({ start, send, house }) {
      const port = await start("netflow_udp");
      const now = house.clock.now();
      const encoder = new NetFlow5Encoder({ bootMs: now - 3_600_000 });
      const datagrams = Array.from({ length: 40 }, () => encoder.encode(v5Flows(7, now), now));
      datagrams.splice(20, 1);
      await send(port, datagrams, { datagrams: 39 });
      house.clock.step(10_000);
    },
    notes: [/^Collection began /, /^7 flows from 127\.0\.0\.1 never arrived\.$/],
    trust: {
      loss: [{ exporter: "127.0.0.1", observation_domain: 0, unit: "flows", lost: 7 }],
    },
  },
  {
    title: "a missing template",
    async provoke({ start, send }) {
      const port = await start("netflow_udp");
      await send(port, [v9([set(300, "00".repeat(32))])], { datagrams: 1 });
    },
    notes: [/^Collection began /, /^Waiting for their template: 1 set\.$/],
    trust: { sets_without_template: 1 },
  },
  {
    title: "an exporter that says no sampling rate beside one that does",
    async provoke({ start, send, house }) {
      const now = house.clock.now();
      const bootMs = now - 3_600_000;
      const port = await start("netflow_udp");
      const sampled = new NetFlow5Encoder({ bootMs, samplingInterval: 100 });
      await send(port, [sampled.encode(v5Flows(3, now), now)], { datagrams: 1 });
      await send(await start("json_udp"), [jsonFlow(1), jsonFlow(2)], { datagrams: 2 });
    },
    notes: [
      /^Collection began /,
      /^Some exporters sample, and no rate is said by 127\.0\.0\.1: 2 flow records without one, whoever sent them, count as exported/,
    ],
    trust: { sampling: [{ source: "announced", rows: 3 }, { source: "assumed", rows: 2 }] },
  },
  {
    title: "a silent exporter",
    async provoke({ start, send, house }) {
      const port = await start("json_udp");
      await send(port, [jsonFlow(1)], { datagrams: 1 });
      house.clock.step(300_000);
    },
    args: { time_range: "4m" },
    notes: [/^Not heard from any more: 127\.0\.0\.1\.$/],
    trust: { silent_exporters: ["127.0.0.1"] },
  },
  {
    title: "a budget of rows that was reached",
    settings: { query: { max_rows: 1 } },
    async provoke({ start, send, house }) {
      await send(await start("json_udp"), [jsonFlow(1)], { datagrams: 1 });
      house.clock.step(1000);
      await send(await start("json_udp"), [jsonFlow(2)], { datagrams: 1 });
    },
    notes: [
      /^Collection began /,
      /^The query reached its budget of rows after 1 flow records: what arrived after 20\d\d-/,
    ],
    trust: { rows_scanned: 1 },
  },
  {
    title: "a budget of memory that was reached",
    settings: { store: { capacity_rows: 16_384 }, query: { max_memory_bytes: 1 << 20 } },
    args: { group_by: ["src_addr", "dst_port"] },
    async provoke({ start, send }) {
      const port = await start("json_udp");
      for (let n = 1; n <= 120; n++) {
        const flows = Array.from({ length: 100 }, (_, i) => jsonFlow(i, { dst_port: n }));
        await send(port, [`[${flows.join()}]`], { datagrams: n });
      }
    },
    notes: [
      /^Collection began /,
      /^There are more groups than memory allows \(\d+\): further ones are only in "other"/,
    ],
    trust: { rows_scanned: 12_000 },
  },
  {
    title: "more distinct values than memory allows",
    settings: { store: { capacity_rows: 16_384 }, query: { max_memory_bytes: 65_536 } },
    args: { metrics: ["bytes", "distinct(src_addr)"], time_range: "30s" },
    async provoke({ start, send, house }) {
      const port = await startedBefore(start, house);
      for (let n = 1; n <= 120; n++) {
        const flows = Array.from({ length: 100 }, (_, i) => jsonFlow(i, { src: `10.1.${n}.${i}` }));
        await send(port, [`[${flows.join()}]`], { datagrams: n });
      }
    },
    notes: [],
    trust: { rows_scanned: 12_000 },
    approximate: [["distinct(src_addr)", /^HyperLogLog, standard error 6\.5 %/]],
  },
  {
    title: "rates over a time of which only a part was collected",
    async provoke({ start, send, house }) {
      const port = await start("json_udp");
      house.clock.step(36_000);
      await send(port, [jsonFlow(1)], { datagrams: 1 });
    },
    args: { metrics: ["bytes", "bps"] },
    notes: [
      /^Collection began only at \S+, as far as is known: the answer has nothing of what came before/,
    ],
  },
  {
    title: "rates by the flows' own time that reach back to before collection began",
    async provoke({ start, send, house }) {
      const port = await start("json_udp");
      house.clock.step(36_000);
      await send(port, [jsonFlow(1)], { datagrams: 1 });
    },
    args: { metrics: ["bytes", "bps"], time: "flow" },
    notes: [
      /^Collection began only at /,
      /^Arrival stands for the time of 1 flow without one/,
      /^Not all that passed before 20.*Z was collected: what reaches back .* has no rates/,
    ],
  },
  {
    title: "rates over a time that was collected",
    async provoke({ start, send, house }) {
      const port = await startedBefore(start, house);
      await send(port, [jsonFlow(1)], { datagrams: 1 });
    },
    args: { metrics: ["bps", "pps"], time_range: "30s" },
    notes: [],
  },
  {
    title: "a time without a collector",
    async provoke({ start, client, house }) {
      const port = await start("json_udp");
      house.clock.step(600_000);
      await callTool(client, "stop_collection", { capability: "json_udp", port });
      house.clock.step(30_000);
      await callTool(client, "start_collection", { capability: "json_udp", port });
      house.clock.step(30_000);
    },
    args: { time_range: "90s" },
    notes: [/^json_udp@127\.0\.0\.1:\d+ did not listen from 20.*Z until 20.*Z\.$/],
  },
  {
    title: "collectors that were stopped",
    async provoke({ start, client, house }) {
      await start("json_udp");
      house.clock.step(600_000);
      await callTool(client, "stop_collection", { capability: "json_udp" });
      house.clock.step(30_000);
    },
    args: { time_range: "90s" },
    notes: [
      /^No collector runs: nothing was collected after 20/,
      /^json_udp@127\.0\.0\.1:\d+ did not listen from 20.*Z and does not yet\.$/,
    ],
  },
  {
    title: "no collector at all",
    provoke: () => Promise.resolve(),
    notes: [/^No collector has been started/],
    trust: { covered_from: null, covered_to: null },
  },
  {
    title: "something that could not be decoded",
    async provoke({ start, send }) {
      await send(await start("json_udp"), ["{ no json"], { datagrams: 1 });
    },
    notes: [/^Collection began /, /^Some of what arrived could not be decoded/],
  },
  {
    title: "rows overwritten while they were read",
    async provoke(scene) {
      const port = await scene.start("json_udp");
      await scene.send(port, [jsonFlow(1), jsonFlow(2), jsonFlow(3)], { datagrams: 3 });
      return withEngine(scene, ([source], query) => {
        let gone = 0;
        const ring = new Proxy(source.ring, {
          get(target, name) {
            if (name === "oldest") return gone;
            if (name === "claimed" && gone > 0) return gone + target.capacity;
            const value = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }) as FlowRing;
        return new QueryEngine().run([{ ...source, ring }], query, {
          names: NAMES,
          // The writer comes by once the window was searched.
          cancelled: () => (gone = 2, false),
        });
      });
    },
    args: { dedup: "off" },
    notes: [
      /^Collection began /,
      /^2 flow records were overwritten before they could be read/,
    ],
    trust: { rows_missed: 2, rows_scanned: 1, dedup_factor: null },
  },
  {
    title: "conversations that were observed twice",
    async provoke({ start, send, house }) {
      const port = await startedBefore(start, house);
      const flows = Array.from({ length: 20 }, (_, n) => [
        jsonFlow(n, { in_if: 1, out_if: 2, direction: "ingress" }),
        jsonFlow(n, { in_if: 1, out_if: 2, direction: "egress" }),
      ]).flat();
      await send(port, [`[${flows.join()}]`], { datagrams: 1 });
    },
    args: { time_range: "30s" },
    notes: [
      /^Traffic is counted 2\.00 times .* 127\.0\.0\.1 ingress interface 1, 127\.0\.0\.1 egress/,
    ],
    trust: { dedup_factor: 2 },
  },
  {
    title: "conversations that were observed twice, and counted once",
    async provoke({ start, send, house }) {
      const port = await startedBefore(start, house);
      const flows = Array.from({ length: 20 }, (_, n) => [
        jsonFlow(n, { in_if: 1, out_if: 2, direction: "ingress" }),
        jsonFlow(n, { in_if: 1, out_if: 2, direction: "egress" }),
      ]).flat();
      await send(port, [`[${flows.join()}]`], { datagrams: 1 });
    },
    args: { time_range: "30s", dedup: "on" },
    notes: [],
    trust: { complete: true, dedup_factor: 2 },
  },
];

for (const { title, settings, args = {}, provoke, notes, trust = {}, approximate = [] } of CASES) {
  Deno.test(`trust of query_flows: ${title}`, async () => {
    await using house = new McpHouse(settings);
    const own = await house.connect();
    const scene: Scene = {
      house,
      client: own,
      start: async (capability) =>
        (await callTool(own, "start_collection", { capability, port: 0 })).result.port,
      async send(port, datagrams, came) {
        await sendUdp(port, ...datagrams);
        const collector = house.engine.collectors.all.find((one) => one.port === port)!;
        await until(
          "what was sent",
          () => collector.status().counters.datagrams >= came.datagrams || undefined,
        );
      },
    };
    const client = await provoke(scene) ?? own;
    const { result, text, isError } = await callTool(client, "query_flows", args);
    if (client !== own) await client.close();
    assert.ok(!isError, text);
    const found: Trust = result.trust;
    assert.equal(found.notes.length, notes.length, found.notes.join("\n"));
    notes.forEach((note, i) => assert.match(found.notes[i], note));
    assert.deepEqual(
      found.approximate.map(({ figure }) => figure),
      approximate.map(([figure]) => figure),
    );
    approximate.forEach(([, error], i) => assert.match(found.approximate[i].error, error));
    assert.equal(found.complete, notes.length + approximate.length === 0);
    for (const [name, value] of Object.entries(trust)) {
      assert.deepEqual(found[name as keyof Trust], value, name);
    }
  });
}
