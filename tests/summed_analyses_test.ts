import { ServiceNames } from "../core/names/service_names.ts";
import type { Client } from "@modelcontextprotocol/client";
import type { FixtureRow } from "./support/flow_fixture.ts";
import { callTool, McpHouse } from "./support/mcp_house.ts";
import { SealedRings } from "./support/sealed_rings.ts";

const MINUTE_MS = 60_000;
const NAMES = new ServiceNames();
const NOW_MS = Date.now();
/** Begin of a minute. */
const FROM_MS = Math.floor(NOW_MS / MINUTE_MS) * MINUTE_MS - 40 * MINUTE_MS;

function rows(): FixtureRow[] {
  return Array.from({ length: 38 * 60 }, (_, second) => {
    const received_at = FROM_MS + 1000 * second;
    return {
      received_at,
      start_at: received_at - 500,
      end_at: received_at,
      exporter: `192.0.2.${1 + second % 2}`,
      in_if: 1 + second % 3,
      out_if: 4,
      src_addr: `10.0.0.${1 + second % 7}`,
      dst_addr: "198.51.100.1",
      protocol: 6,
      src_port: 40_000,
      dst_port: 443,
      bytes: 1000,
      packets: 2,
      latency_ms: 5,
    };
  });
}

Deno.test("probe", async () => {
  const sealed = new SealedRings([{ epoch: FROM_MS }], {
    nowMs: FROM_MS,
    keepMs: Number(Deno.env.get("KEEP") ?? 0) * MINUTE_MS + 1,
    namedPorts: NAMES.namedPorts,
    capacity: 8192,
  });
  const all = rows();
  let next = 0;
  while (sealed.clock.now() < NOW_MS) {
    sealed.clock.step(MINUTE_MS);
    let end = next;
    while (end < all.length && Number(all[end].received_at) < sealed.clock.now()) end++;
    sealed.add(0, all.slice(next, end));
    next = end;
    sealed.work({ all: true });
  }
  console.log(sealed.history.status());
  await using house = new McpHouse({}, [], {
    folder: sealed.folder,
    keepMs: 1e15,
    keepMinutesMs: 1e15,
    keepHoursMs: 1e15,
    maxOctets: 2 ** 31,
    namedPorts: NAMES.namedPorts,
  });
  const client: Client = await house.connect();
  await callTool(client, "start_collection", { capability: "netflow_udp", port: 0 });
  const time_range = `${new Date(FROM_MS + 5 * MINUTE_MS).toISOString()}/${
    new Date(FROM_MS + 25 * MINUTE_MS).toISOString()
  }`;
  const show = async (tool: string, args: Record<string, unknown>) => {
    const { text, result, isError } = await callTool(client, tool, args);
    console.log("=====", tool, JSON.stringify(args), isError ? "ERROR" : "");
    console.log(text);
    if (isError) return;
    for (const item of (result.items ?? []).slice(0, 6)) {
      console.log("  -", JSON.stringify(item).slice(0, 400));
    }
    for (const note of result.trust.notes) console.log("  NOTE", note);
    for (const a of result.trust.approximate) console.log("  APPROX", JSON.stringify(a));
    console.log(
      "  ",
      JSON.stringify(result.trust.tiers),
      result.trust.covered_from,
      result.trust.covered_to,
      result.trust.rows_scanned,
    );
    console.log("  NEXT", JSON.stringify(result.query));
  };
  for (
    const focus of [
      "summary",
      "top_talkers",
      "services",
      "trend",
      "conversations",
      "interfaces",
      "exporters",
      "as",
      "countries",
    ]
  ) {
    await show("analyze_traffic", { time_range, focus });
  }
  await show("detect_bottlenecks", { time_range });
  await show("find_anomalies", { time_range });
  await show("investigate_host", { time_range, ip_address: "10.0.0.1" });
  await show("investigate_host", { time_range, ip_address: "10.0.0.99" });
  await show("get_recommendations", {});
  await show("explain_change", { time_range });
  await show("diagnose_exporter", { time_range, address: "192.0.2.1" });
  await show("diagnose_exporter", { time_range });
  await show("analyze_latency", { window_seconds: 1200 });
  await show("query_flows", { time_range, group_by: ["src_addr", "dst_addr"] });
  await show("search_flows", { time_range });
  sealed.close();
});
