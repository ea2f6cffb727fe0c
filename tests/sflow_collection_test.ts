import assert from "node:assert/strict";
import { set, template, u, v9, v9Options } from "./support/netflow_messages.ts";
import { callTool, McpHouse } from "./support/mcp_house.ts";
import {
  countersSample,
  envelope,
  flowSample,
  sampledHeader,
  sflow,
  text,
  words,
} from "./support/sflow_messages.ts";
import { sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

// sFlow through a socket, a collector's worker and a real client.

Deno.test("capability_status counts flows and interface samples of an sFlow agent", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const started = await callTool(client, "start_collection", { capability: "sflow_udp", port: 0 });
  const ifCounters = envelope(1, words(3, 6, 0, 1e9, 1, 3, 0, 1000, ...Array(14).fill(1)));
  const processor = envelope(1001, words(1, 2, 3, 0, 4, 0, 5));
  await sendUdp(
    started.result.port,
    sflow([
      flowSample([sampledHeader()]),
      countersSample([ifCounters, envelope(1005, text("swp3"))]),
      countersSample([ifCounters]),
      countersSample([processor]),
    ]),
  );
  const { counters, exporters } = await until("the datagram", async () => {
    const { result } = await callTool(client, "capability_status", { capability: "sflow_udp" });
    const [status] = result.capabilities;
    return status.counters.datagrams === 1 ? status : undefined;
  });
  assert.deepEqual(
    [counters.flow_records, counters.interface_samples, counters.decode_errors],
    [1, 2, 0],
  );
  assert.deepEqual(
    exporters.map((one: { address: string; observation_domain: number }) => [
      one.address,
      one.observation_domain,
    ]),
    [["192.0.2.9", 7]],
  );
});

/** ifIndex 3, and what the agent calls its port. */
const PORT = countersSample([
  envelope(1, words(3, 6, 0, 1e9, 1, 3, 0, 1000, ...Array(14).fill(1))),
  envelope(1005, text("swp3")),
]);
/** A flow of NetFlow 9 that came in by ifIndex 3, and the name that options data gives it. */
const FLOW = [
  set(0, template(256, [[8, 4], [12, 4], [10, 4]])),
  set(256, "0a000001" + "0a000002" + u(3, 4)),
];
const NAMED = [
  set(1, v9Options(257, [[2, 4]], [[82, 8]])),
  set(257, u(3, 4) + "4769302f33000000"),
];

Deno.test("interfaces are found and grouped by the names that their exporter told, also later", async () => {
  await using house = new McpHouse({
    names: { interfaces: [{ exporter: "127.0.0.1", if_index: 4, name: "wan-1" }] },
  });
  const client = await house.connect();
  const port = async (capability: string): Promise<number> =>
    (await callTool(client, "start_collection", { capability, port: 0 })).result.port;
  const [sflowPort, netflowPort] = [await port("sflow_udp"), await port("netflow_udp")];
  let sent = 0;
  const send = async (to: number, datagram: Uint8Array) => {
    await sendUdp(to, datagram);
    sent++;
    await until("the datagram", () => {
      const counted = house.engine.collectors.all.map((c) => c.status().counters.datagrams);
      return counted.reduce((sum, one) => sum + one, 0) === sent || undefined;
    });
  };
  const query = async (args: Record<string, unknown>) =>
    (await callTool(client, "query_flows", { metrics: ["flows"], dedup: "off", ...args })).result
      .rows;
  const agent = "00000001" + "7f000001";
  await send(sflowPort, sflow([flowSample([sampledHeader()])], { agent }));
  await send(netflowPort, v9(FLOW));
  assert.deepEqual(await query({ filter: "in if swp3" }), []);
  await send(sflowPort, sflow([PORT], { agent, sequence: 2 }));
  // The name of the port is that of the interface for both, and for what came before it.
  assert.deepEqual(await query({ filter: "in if swp3" }), [[2]]);
  assert.deepEqual(await query({ group_by: ["in_interface"] }), [["swp3 (127.0.0.1 if 3)", 2]]);
  assert.deepEqual(await query({ group_by: ["out_interface"], filter: "out if wan-1" }), [
    ["wan-1 (127.0.0.1 if 4)", 1],
  ]);
  await send(netflowPort, v9(NAMED, { sequence: 2 }));
  await send(sflowPort, sflow([flowSample([sampledHeader()])], { agent, sequence: 3 }));
  assert.deepEqual(await query({ group_by: ["in_interface"] }), [["Gi0/3 (127.0.0.1 if 3)", 3]]);
  assert.deepEqual(await query({ filter: "in if Gi0/3" }), [[3]]);
  const { result } = await callTool(client, "analyze_traffic", { focus: "interfaces" });
  assert.deepEqual(
    result.items.map((one: Record<string, unknown>) => [one.if_name, one.if_index, one.direction])
      .filter(([, index]: unknown[]) => index !== null).sort(),
    [["Gi0/3", 3, "in"], ["wan-1", 4, "out"]],
  );
  const { result: found } = await callTool(client, "search_flows", {
    filter: "exporter 127.0.0.1 and has in_if_name",
    fields: ["in_if", "in_if_name", "export_format"],
  });
  assert.deepEqual(found.rows, [[3, "swp3", "sflow5"]]);
});
