import assert from "node:assert/strict";
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
