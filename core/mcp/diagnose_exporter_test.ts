import assert from "node:assert/strict";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import { set, v9 } from "../../tests/support/netflow_messages.ts";

async function started(house: McpHouse, capability: string, datagrams: (string | Uint8Array)[]) {
  const client = await house.connect();
  const { result } = await callTool(client, "start_collection", { capability, port: 0 });
  await sendUdp(result.port, ...datagrams);
  await until("all datagrams", () => {
    const collector = house.engine.collectors.all.find(({ port }) => port === result.port)!;
    return collector.status().counters.datagrams === datagrams.length || undefined;
  });
  return client;
}

Deno.test("diagnose_exporter says of an unknown address what arrives at all", async () => {
  await using house = new McpHouse();
  const flow = JSON.stringify({ src: "10.0.0.1", dst: "10.0.0.2", bytes: 1, packets: 1 });
  const client = await started(house, "json_udp", [flow]);
  const { result } = await callTool(client, "diagnose_exporter", { address: "192.0.2.99" });
  assert.equal(result.items[0].finding, "nothing_arrives");
  assert.match(result.items[0].evidence, /No datagram of 192\.0\.2\.99.*Heard: 127\.0\.0\.1/);
  assert.ok(
    result.configuration.some(({ platform }: { platform: string }) =>
      platform.startsWith("Cisco IOS")
    ),
  );
});

Deno.test("diagnose_exporter without an address looks at those that are heard", async () => {
  await using house = new McpHouse();
  const client = await started(house, "netflow_udp", [v9([set(300, "00".repeat(32))])]);
  const { result } = await callTool(client, "diagnose_exporter");
  assert.deepEqual(
    result.items.map(({ exporter, finding }: Record<string, string>) => [exporter, finding]),
    [["127.0.0.1", "datagrams_without_flows"]],
  );
  assert.equal(result.trust.sets_without_template, 1);
});

Deno.test("diagnose_exporter tells who is refused, and before anything was started that nobody listens", async () => {
  await using house = new McpHouse({ exporter: { allow: ["192.0.2.0/24"] } });
  const nobody = await callTool(await house.connect(), "diagnose_exporter");
  assert.equal(nobody.result.items[0].finding, "no_collector");
  const client = await started(house, "json_udp", ["{}"]);
  const { result } = await callTool(client, "diagnose_exporter", { address: "127.0.0.1" });
  assert.match(result.items[0].evidence, /1 datagrams were refused by exporter\.allow/);
  const refused = await callTool(client, "diagnose_exporter", { address: "router" });
  assert.ok(refused.isError);
  assert.match(refused.text, /address: "router" is no IP address/);
});
