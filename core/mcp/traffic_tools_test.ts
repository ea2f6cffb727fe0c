import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";

/** A server that has taken in flows, as `json_udp` takes them. */
async function houseWith(
  flows: readonly Record<string, unknown>[],
): Promise<{ house: McpHouse; client: Client }> {
  const house = new McpHouse();
  const client = await house.connect();
  const { result } = await callTool(client, "start_collection", {
    capability: "json_udp",
    port: 0,
  });
  for (const flow of flows) await sendUdp(result.port, JSON.stringify(flow));
  await until("all flows", () => {
    const [collector] = house.engine.collectors.all;
    return collector.status().counters.flow_records === flows.length || undefined;
  });
  return { house, client };
}

const FLOWS = Array.from({ length: 30 }, (_, n) => ({
  src: `10.0.${n % 3}.${n % 5}`,
  dst: "192.0.2.1",
  src_port: 40_000 + n,
  dst_port: n % 2 === 0 ? 443 : 53,
  proto: n % 2 === 0 ? "tcp" : "udp",
  bytes: 100 * (n + 1),
  packets: n + 1,
}));
/** 100 + 200 + … + 3000. */
const ALL_BYTES = 46_500;

Deno.test("query_flows answers what a naive sum over what was sent answers", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  const { result, text } = await callTool(client, "query_flows", {
    group_by: ["src_addr/24"],
    metrics: ["bytes", "flows", "distinct(src_port)"],
    limit: 2,
  });
  const net = (third: number) => FLOWS.filter(({ src }) => src.startsWith(`10.0.${third}.`));
  const bytes = (third: number) => net(third).reduce((sum, flow) => sum + flow.bytes, 0);
  assert.deepEqual(result.rows, [
    ["10.0.2.0/24", bytes(2), 10, 10],
    ["10.0.1.0/24", bytes(1), 10, 10],
  ]);
  assert.deepEqual(result.other, {
    groups: 1,
    metrics: { bytes: bytes(0), flows: 10, "distinct(src_port)": 10 },
  });
  assert.deepEqual(result.totals.metrics, {
    bytes: ALL_BYTES,
    flows: 30,
    "distinct(src_port)": 30,
  });
  assert.match(
    text,
    /^First: src_addr\/24 10\.0\.2\.0\/24, bytes 16500, .* 1 further group; in all/,
  );
  assert.equal(result.trust.rows_scanned, 30);
});

Deno.test("query_flows pages through groups by its cursor, over one window", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  // Past every arrival, so that the window of the first page holds them all.
  house.clock.advance(60_000);
  const ask = { group_by: ["src_port"], metrics: ["bytes"], limit: 12 };
  const seen: unknown[] = [];
  let cursor: string | null = null;
  do {
    const { result } = await callTool(client, "query_flows", {
      ...ask,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...result.rows);
    cursor = result.next_cursor;
    house.clock.advance(1000);
  } while (cursor !== null);
  assert.deepEqual(seen, FLOWS.map((f) => [f.src_port, f.bytes]).reverse());
});

Deno.test("search_flows gives records, newest first, page by page", async () => {
  const { house, client } = await houseWith(FLOWS);
  await using _ = house;
  const ask = { filter: "udp", fields: ["src_port", "bytes"], limit: 10 };
  const first = (await callTool(client, "search_flows", ask)).result;
  assert.deepEqual(first.columns, [{ name: "src_port", unit: "" }, {
    name: "bytes",
    unit: "octets",
  }]);
  const rest = await callTool(client, "search_flows", { ...ask, cursor: first.next_cursor });
  const found = [...first.rows, ...rest.result.rows];
  assert.deepEqual(
    found,
    FLOWS.filter(({ proto }) => proto === "udp").map((f) => [f.src_port, f.bytes]).reverse(),
  );
  assert.deepEqual([first.rows.length, rest.result.next_cursor], [10, null]);
});

Deno.test("find_anomalies tells of a scan that was sent, and its evidence can be called", async () => {
  const scan = Array.from({ length: 40 }, (_, n) => ({
    src: "203.0.113.9",
    dst: "10.0.0.1",
    src_port: 50_000,
    dst_port: n + 1,
    proto: "tcp",
    tcp_flags: 2,
    bytes: 44,
    packets: 1,
  }));
  const { house, client } = await houseWith([...FLOWS, ...scan]);
  await using _ = house;
  const { result, text } = await callTool(client, "find_anomalies", { anomaly_type: "port_scan" });
  assert.equal(
    text,
    "1 finding, 1 of them to look into. 203.0.113.9 tried 40 ports of 10.0.0.1: 40 failed.",
  );
  assert.equal(result.headline, text);
  const [{ subject, numbers, confidence, evidence, ...item }] = result.items;
  assert.deepEqual(subject.hosts, ["203.0.113.9", "10.0.0.1"]);
  assert.deepEqual([numbers.attempts, numbers.failed, confidence], [40, 40, 0.98]);
  assert.match(item.method, /^threshold random walk/);
  assert.equal(result.trust.rows_scanned, 70);
  const shown = await callTool(client, evidence.tool, {
    ...evidence.arguments,
    // Time stands still here: what came in this millisecond is behind the end of the window.
    time_range: "15m",
  });
  assert.equal(shown.isError, false, shown.text);
  assert.equal(shown.result.totals.metrics.flows, 40);
  const onward = await callTool(client, result.query.tool, result.query.arguments);
  assert.equal(onward.isError, false, onward.text);
});

Deno.test("find_anomalies says when there is nothing to judge", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const none = await callTool(client, "find_anomalies");
  assert.match(none.text, /^No flows were received in the window/);
  assert.deepEqual(none.result.items, []);
});

const REFUSED: readonly [tool: string, args: Record<string, unknown>, message: RegExp][] = [
  ["query_flows", { time_range: "soon" }, /time_range: "soon" is no range of time/],
  ["query_flows", { filter: "port https or" }, /Cannot read the filter at/],
  ["query_flows", { group_by: ["sorce"] }, /there is no field "sorce"/],
  ["query_flows", { cursor: "1.2" }, /cursor: "1\.2" is no cursor/],
  ["search_flows", { fields: ["byte"] }, /there is no field "byte"; did you mean "bytes"\?/],
  ["find_anomalies", { anomaly_type: "ghosts" }, /anomaly_type/],
  ["find_anomalies", { time_range: "soon" }, /time_range: "soon" is no range of time/],
  ["find_anomalies", { filter: "hots" }, /Cannot read the filter at/],
  ["search_flows", { cursor: "x" }, /cursor: "x" is no cursor/],
];
for (const [tool, args, message] of REFUSED) {
  Deno.test(`${tool} says how to mend ${JSON.stringify(args)}`, async () => {
    await using house = new McpHouse();
    const { isError, text } = await callTool(await house.connect(), tool, args);
    assert.ok(isError);
    assert.match(text, message);
  });
}
