import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import type { z } from "zod";
import { readResult } from "../../tests/support/read_result.ts";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { ciscoV5 } from "../../tests/support/cisco_v5.ts";
import { callTool, McpHouse, type ToolAnswer } from "../../tests/support/mcp_house.ts";
import { freeUdpPort, sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import { stopCollection } from "./tools/stop_collection.ts";
import { startCollection } from "./tools/start_collection.ts";
import { setThresholds } from "./tools/set_thresholds.ts";
import { monitorOnce } from "./tools/monitor_once.ts";
import { listCapabilities } from "./tools/list_capabilities.ts";
import { investigateHost } from "./tools/investigate_host.ts";
import { getRecommendations } from "./tools/get_recommendations.ts";
import { explainChange } from "./tools/explain_change.ts";
import { detectBottlenecks } from "./tools/detect_bottlenecks.ts";
import { capabilityStatus } from "./tools/capability_status.ts";
import { analyzeTraffic } from "./tools/analyze_traffic.ts";
import { analyzeLatency } from "./tools/analyze_latency.ts";
import type { trustSchema } from "./schemas.ts";
import type { Tool } from "./tool.ts";

/** A quarter of the characters: the usual estimate. */
const MAX_LIST_TOKENS = 7_800;

const KNOWN = builtInCapabilities.map(({ name }) => name).join(", ");

const NAMES = [
  "list_capabilities",
  "start_collection",
  "stop_collection",
  "capability_status",
  "set_thresholds",
  "analyze_latency",
  "monitor_once",
  "query_flows",
  "search_flows",
  "analyze_traffic",
  "detect_bottlenecks",
  "find_anomalies",
  "investigate_host",
  "get_recommendations",
  "explain_change",
  "diagnose_exporter",
];

/** What every analysis returns. */
const ANALYSIS = ["headline", "items", "omitted", "query", "trust"];

/** Arguments and fields of results, as the contract lists them. */
const CONTRACT: Readonly<
  Record<string, { required: string[]; optional: string[]; result: string[] }>
> = {
  list_capabilities: { required: [], optional: [], result: ["capabilities"] },
  start_collection: {
    required: ["capability"],
    optional: ["host", "port"],
    result: ["capability", "host", "port", "status"],
  },
  stop_collection: {
    required: ["capability"],
    optional: ["port"],
    result: ["capability", "flow_records", "status"],
  },
  capability_status: {
    required: [],
    optional: ["capability", "limit"],
    result: ["capabilities", "history"],
  },
  set_thresholds: {
    required: [],
    optional: ["cooldown_seconds", "min_samples", "threshold_ms", "window_seconds"],
    result: ["thresholds"],
  },
  analyze_latency: {
    required: [],
    optional: ["filter", "limit", "window_seconds"],
    result: ["flows", "omitted", "samples", "trust", "window_seconds"],
  },
  monitor_once: {
    required: [],
    optional: ["since"],
    result: ["alerts", "analysis", "cursor", "omitted", "trust"],
  },
  query_flows: {
    required: [],
    optional: [
      "bucket_seconds",
      "cursor",
      "dedup",
      "filter",
      "group_by",
      "limit",
      "metrics",
      "order_by",
      "time",
      "time_range",
    ],
    result: ["columns", "host_names", "next_cursor", "other", "rows", "totals", "trust"],
  },
  search_flows: {
    required: [],
    optional: ["cursor", "fields", "filter", "limit", "time_range"],
    result: ["columns", "host_names", "next_cursor", "rows", "trust"],
  },
  analyze_traffic: {
    required: [],
    optional: ["dedup", "filter", "focus", "time_range"],
    result: ANALYSIS,
  },
  detect_bottlenecks: {
    required: [],
    optional: ["filter", "threshold_percent", "time_range"],
    result: ANALYSIS,
  },
  find_anomalies: {
    required: [],
    optional: ["anomaly_type", "filter", "time_range"],
    result: ["headline", "items", "omitted", "query", "trust"],
  },
  investigate_host: {
    required: ["ip_address"],
    optional: ["dedup", "direction", "filter", "time_range"],
    result: ANALYSIS,
  },
  get_recommendations: {
    required: [],
    optional: ["filter", "include_analysis"],
    result: ANALYSIS,
  },
  explain_change: {
    required: [],
    optional: ["against", "dedup", "filter", "time", "time_range"],
    result: ANALYSIS,
  },
  diagnose_exporter: {
    required: [],
    optional: ["address", "time_range"],
    result: ["configuration", "headline", "items", "omitted", "query", "trust"],
  },
};

Deno.test("tools/list gives the tools of the contract, each wholly described", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), NAMES);
  for (const tool of tools) {
    const { required, optional, result } = CONTRACT[tool.name];
    assert.ok(tool.title!.length > 3, tool.name);
    assert.ok(tool.description!.length > 80, tool.name);
    const { title, ...hints } = tool.annotations!;
    assert.equal(title, tool.title);
    assert.deepEqual(Object.keys(hints).sort(), [
      "destructiveHint",
      "idempotentHint",
      "openWorldHint",
      "readOnlyHint",
    ]);
    assert.ok(Object.values(hints).every((hint) => typeof hint === "boolean"), tool.name);
    const input = tool.inputSchema as Record<string, unknown>;
    assert.equal(input.additionalProperties, false, tool.name);
    assert.deepEqual(Object.keys(input.properties ?? {}).sort(), [...required, ...optional].sort());
    assert.deepEqual(input.required ?? [], required);
    const output = tool.outputSchema as Record<string, unknown>;
    assert.deepEqual(Object.keys(output.properties ?? {}).sort(), result);
    assert.deepEqual([...output.required as string[]].sort(), result);
  }
  const hint = (name: string) =>
    tools.filter(({ annotations }) => (annotations as Record<string, unknown>)[name])
      .map((tool) => tool.name);
  assert.deepEqual(hint("readOnlyHint"), [
    "list_capabilities",
    "capability_status",
    "analyze_latency",
    "query_flows",
    "search_flows",
    "analyze_traffic",
    "detect_bottlenecks",
    "find_anomalies",
    "investigate_host",
    "get_recommendations",
    "explain_change",
    "diagnose_exporter",
  ]);
  assert.deepEqual(hint("destructiveHint"), ["stop_collection"]);
  assert.deepEqual(hint("openWorldHint"), [
    "capability_status",
    "analyze_latency",
    "monitor_once",
    "query_flows",
    "search_flows",
    "analyze_traffic",
    "detect_bottlenecks",
    "find_anomalies",
    "investigate_host",
    "get_recommendations",
    "explain_change",
    "diagnose_exporter",
  ]);
});

Deno.test("the list of tools stays within its budget of tokens", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const tokens = JSON.stringify((await client.listTools()).tools).length / 4;
  assert.ok(tokens < MAX_LIST_TOKENS, `${tokens} tokens`);
});

/** Of tools that report on traffic. */
type TrustedOutput = z.ZodObject<{ trust: typeof trustSchema }>;

/** Calls a tool that is to succeed, and checks its answer against the tool's own schema. */
async function call<O extends z.ZodObject>(
  client: Client,
  tool: Tool<z.ZodObject, O>,
  args: Record<string, unknown> = {},
): Promise<z.infer<O>> {
  const answer = await callTool(client, tool.name, args);
  assert.equal(answer.pieces, 1);
  assert.match(answer.text, /^[^\n]{10,400}\.$/, `one line for people: ${answer.text}`);
  return readResult(tool, answer);
}

/** A measurement of a flow, as `json_udp` takes it. */
function measured(latency_ms: number, dst_port = 443) {
  return { src: "10.0.0.1", dst: "10.0.0.2", src_port: 40_000, dst_port, proto: "tcp", latency_ms };
}

async function flowsArrived(house: McpHouse, count: number): Promise<void> {
  await until(`${count} flow records`, () => {
    const all = house.engine.collectors.all.map((c) => c.status().counters.flow_records);
    return all.reduce((sum, records) => sum + records, 0) >= count || undefined;
  });
}

Deno.test("before anything runs every tool answers, and says that nothing runs", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const { capabilities } = await call(client, listCapabilities);
  assert.deepEqual(
    capabilities.map((c) => [c.name, c.default_port, c.running]),
    builtInCapabilities.map(({ name, defaultPort }) => [name, defaultPort, false]),
  );
  const { capabilities: status } = await call(client, capabilityStatus);
  assert.equal(status.length, builtInCapabilities.length);
  assert.deepEqual(status[0], {
    name: builtInCapabilities[0].name,
    running: false,
    counters: {
      datagrams: 0,
      datagram_bytes: 0,
      flow_records: 0,
      decode_errors: 0,
      drops: {},
      sets_without_template: 0,
      templates: 0,
      interface_samples: 0,
      loss_percent_estimate: null,
      kernel_drops: null,
    },
    collectors: [],
    exporters: [],
    omitted: 0,
  });
  const { thresholds } = await call(client, setThresholds);
  assert.deepEqual(thresholds, {
    threshold_ms: 150,
    window_seconds: 300,
    min_samples: 5,
    cooldown_seconds: 300,
  });
  for (
    const [tool, args] of [
      [analyzeLatency],
      [monitorOnce],
      [analyzeTraffic],
      [detectBottlenecks],
      [investigateHost, { ip_address: "10.0.0.1" }],
      [getRecommendations],
      [explainChange],
    ] as const
  ) {
    const { trust } = await call<TrustedOutput>(client, tool, args);
    assert.equal(trust.complete, false);
    assert.match(trust.notes.join(), /No collector has been started/);
  }
});

Deno.test("from a datagram to an alert, by tools alone", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const started = await call(client, startCollection, { capability: "json_udp", port: 0 });
  const { port } = started;
  assert.deepEqual(started, {
    capability: "json_udp",
    status: "started",
    host: "127.0.0.1",
    port,
  });
  assert.equal(
    (await call(client, startCollection, { capability: "json_udp", port })).status,
    "already_running",
  );
  const before = await call(client, monitorOnce);
  assert.deepEqual(before.alerts, []);

  const flows = [
    ...[10, 20, 30, 200, 220].map((ms) => measured(ms)),
    ...[1, 2, 3, 4, 5].map((ms) => measured(ms, 80)),
    { src: "10.0.0.1", dst: "10.0.0.3", application: "no latency" },
  ];
  await sendUdp(port, "{}", JSON.stringify(flows));
  await flowsArrived(house, 11);
  const { capabilities: [status] } = await call(client, capabilityStatus, {
    capability: "json_udp",
  });
  assert.deepEqual(
    [status.running, status.counters.flow_records, status.counters.drops, status.omitted],
    [true, 11, { missing_address: 1 }, 0],
  );
  assert.deepEqual(status.collectors[0].permissions, [`net=127.0.0.1:${port}`]);
  assert.equal(status.collectors[0].started_at, new Date(house.clock.now()).toISOString());
  assert.deepEqual(
    status.exporters.map((e) => [e.address, e.flow_records]),
    [["127.0.0.1", 11]],
  );

  const latency = await call(client, analyzeLatency, { limit: 1 });
  assert.deepEqual([latency.samples, latency.omitted, latency.flows.length], [10, 1, 1]);
  const [worst] = latency.flows;
  assert.deepEqual(
    [worst.dst_port, worst.samples, worst.p95_ms, worst.over_threshold],
    [443, 5, 220, true],
  );
  const narrow = await call(client, analyzeLatency, { filter: "dst port 80" });
  assert.deepEqual(narrow.flows.map((f) => f.over_threshold), [false]);

  const look = await call(client, monitorOnce);
  assert.deepEqual(look.analysis, {
    window_seconds: 300,
    flows: 2,
    samples: 10,
    monitors: [{ name: "latency", findings: 1, raised: 1 }],
  });
  assert.equal(look.alerts.length, 1);
  const [alert] = look.alerts;
  assert.deepEqual([alert.value, alert.subject.dst_port, alert.samples], [220, 443, 5]);
  assert.deepEqual(
    alert.evidence.sample_flows.map((f) => f.latency_ms),
    [220, 200, 30],
  );
  // The query of the evidence is one that can be asked, and shows that flow.
  const { tool, arguments: args } = alert.evidence.query;
  assert.equal(tool, analyzeLatency.name);
  const again = await call(client, analyzeLatency, args);
  assert.deepEqual(again.flows.map((f) => f.dst_port), [443]);

  const stopped = await call(client, stopCollection, { capability: "json_udp" });
  assert.deepEqual(stopped, { capability: "json_udp", status: "stopped", flow_records: 11 });
  assert.equal((await call(client, analyzeLatency)).samples, 10, "flows are kept");
});

Deno.test("thresholds that are set hold for every client, and for what is over them", async () => {
  await using house = new McpHouse();
  const [one, two] = [await house.connect(), await house.connect()];
  const { thresholds } = await call(one, setThresholds, { threshold_ms: 7, min_samples: 1 });
  assert.deepEqual([thresholds.threshold_ms, thresholds.min_samples], [7, 1]);
  assert.deepEqual((await call(two, setThresholds)).thresholds, thresholds);
  const { port } = await call(one, startCollection, { capability: "json_udp", port: 0 });
  await sendUdp(port, JSON.stringify([measured(8), measured(7, 80)]));
  await flowsArrived(house, 2);
  const { flows } = await call(two, analyzeLatency);
  assert.deepEqual(
    flows.map((f) => [f.dst_port, f.over_threshold]),
    [[443, true], [80, false]],
  );
});

Deno.test("clients with cursors each see every alert once; polls without one take none away", async () => {
  await using house = new McpHouse();
  const [one, two] = [await house.connect(), await house.connect()];
  const { port } = await call(one, startCollection, { capability: "json_udp", port: 0 });
  const ports = (answer: { alerts: { subject: { dst_port: number | null } }[] }) =>
    answer.alerts.map(({ subject }) => subject.dst_port);
  const slow = async (dst_port: number, total: number) => {
    await sendUdp(port, JSON.stringify([1, 2, 3, 4, 5].map(() => measured(500, dst_port))));
    await flowsArrived(house, total);
  };
  let a = await call(one, monitorOnce, { since: "00000000.0" });
  await slow(1, 5);
  assert.deepEqual(ports(await call(two, monitorOnce)), [1]);
  a = await call(one, monitorOnce, { since: a.cursor });
  assert.deepEqual(ports(a), [1]);
  await slow(2, 10);
  a = await call(one, monitorOnce, { since: a.cursor });
  assert.deepEqual(ports(a), [2]);
  // Another process's cursor reads from the start.
  const b = await call(two, monitorOnce, { since: "00000000.999" });
  assert.deepEqual(ports(b), [1, 2]);
  assert.equal(b.cursor, a.cursor);
  assert.deepEqual(ports(await call(one, monitorOnce, { since: a.cursor })), []);
  assert.deepEqual(ports(await call(two, monitorOnce, { since: b.cursor })), []);
  assert.deepEqual(ports(await call(two, monitorOnce)), [2]);
});

Deno.test("exporters come worst first, up to the limit, and loss is estimated", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const { port } = await call(client, startCollection, { capability: "netflow_udp", port: 0 });
  const record = { srcaddr: "10.0.0.1", dstaddr: "10.0.0.2", srcport: 1, dstport: 2, prot: 6 };
  const datagram = (engineId: number, flowSequence: number) =>
    ciscoV5({ engineId, flowSequence }, [{ ...record, dPkts: 1, dOctets: 1 }]);
  // Engine n loses n × 10 flows between its two datagrams.
  const engines = [1, 3, 2];
  await sendUdp(
    port,
    ...engines.flatMap((n) => [datagram(n, 0), datagram(n, 1 + n * 10)]),
  );
  await flowsArrived(house, 6);
  const { capabilities: [status] } = await call(client, capabilityStatus, {
    capability: "netflow_udp",
    limit: 2,
  });
  assert.deepEqual(
    status.exporters.map((e) => [e.observation_domain, e.sequence_lost]),
    [[3, 30], [2, 20]],
  );
  assert.equal(status.omitted, 1);
  assert.equal(status.counters.loss_percent_estimate, 100 * 60 / 66);
  // Arrival is the machine's time, which has moved on.
  house.clock.step(5000);
  const { trust } = await call(client, analyzeLatency);
  assert.equal(trust.complete, false);
  assert.equal(trust.loss.length, 3);
});

/** Errors that a model can mend: what to call, and what the text has to say. */
const REPAIRABLE: readonly [string, string, Record<string, unknown>, RegExp][] = [
  [
    "an unknown capability",
    "start_collection",
    { capability: "netflow" },
    new RegExp(`no capability "netflow"; there are ${KNOWN}$`),
  ],
  ["one to stop", "stop_collection", { capability: "x" }, new RegExp(`there are ${KNOWN}$`)],
  ["one to show", "capability_status", { capability: "x" }, new RegExp(`there are ${KNOWN}$`)],
  [
    "a misspelt one to show",
    "capability_status",
    { capability: "netflow_upd" },
    /^there is no capability "netflow_upd"; did you mean "netflow_udp"\?$/,
  ],
  [
    "what is no host",
    "start_collection",
    { capability: "json_udp", host: "not a host", port: 0 },
    /"not a host" is not a host .*give an address of this machine, or "::" for all$/,
  ],
  [
    "a host that was not granted",
    "start_collection",
    { capability: "json_udp", host: "192.0.2.1", port: 5000 },
    /start it with --allow-net=192\.0\.2\.1:5000/,
  ],
  [
    "nothing to stop",
    "stop_collection",
    { capability: "json_udp" },
    /cannot stop json_udp: it does not run; running: nothing$/,
  ],
  [
    "a filter that is none",
    "analyze_latency",
    { filter: "src hsot 10.0.0.1" },
    /^Cannot read the filter at character 5: .*expected/s,
  ],
  ["a filter that is too long", "analyze_latency", { filter: "a".repeat(5000) }, /filter: .*4096/],
  [
    "a cursor that is none",
    "monitor_once",
    { since: "yesterday" },
    /"yesterday" is no cursor; pass/,
  ],
  ["a threshold of 0", "set_thresholds", { threshold_ms: 0 }, /threshold_ms: .*>0/],
  ["a window of half a second", "set_thresholds", { window_seconds: 0.5 }, /window_seconds: .*int/],
  [
    "a port beyond 65535",
    "start_collection",
    { capability: "json_udp", port: 65_536 },
    /port: .*65535/,
  ],
  ["a limit beyond the cap", "analyze_latency", { limit: 501 }, /limit: .*500/],
  ["a limit of 0", "capability_status", { limit: 0 }, /limit: .*>=1/],
  ["a missing argument", "start_collection", {}, /capability: .*expected string/],
  ...NAMES.map((name) =>
    [
      `an argument that ${name} does not have`,
      name,
      { capability: "json_udp", since: "00000000.0", colour: "red" },
      /Unrecognized key.*"colour"/,
    ] as const
  ).map((row) => [...row] as [string, string, Record<string, unknown>, RegExp]),
];

for (const [title, tool, args, text] of REPAIRABLE) {
  Deno.test(`an error that the model can mend: ${title}`, async () => {
    await using house = new McpHouse();
    const answer: ToolAnswer = await callTool(await house.connect(), tool, args);
    assert.equal(answer.isError, true);
    assert.equal(answer.result, undefined);
    assert.match(answer.text, text);
    assert.deepEqual(house.engine.collectors.all, []);
    assert.deepEqual(house.log.at("error"), [], "nothing of ours is wrong");
  });
}

Deno.test("a port in use is an error that names the port and the remedy", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const foreign = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = foreign.addr as Deno.NetAddr;
  const taken = await callTool(client, "start_collection", { capability: "json_udp", port });
  foreign.close();
  assert.equal(taken.isError, true);
  assert.match(taken.text, new RegExp(`port ${port} is in use by another program; stop that`));
  assert.equal(
    (await call(client, capabilityStatus, { capability: "json_udp" })).capabilities[0].running,
    false,
  );
  assert.equal(
    (await call(client, startCollection, { capability: "json_udp", port })).status,
    "started",
  );
  const other = await callTool(client, "start_collection", { capability: "netflow_udp", port });
  assert.equal(other.isError, true);
  assert.match(other.text, /json_udp of this server listens on/);
  const elsewhere = await callTool(client, "stop_collection", {
    capability: "json_udp",
    port: freeUdpPort(),
  });
  assert.match(elsewhere.text, new RegExp(`running: json_udp on port ${port}$`));
});

Deno.test("a failure that is not the caller's is logged, and said to be none", async () => {
  await using house = new McpHouse();
  const client = await house.connect();
  const { runner } = house.engine;
  runner.evaluate = () => Promise.reject(new RangeError("a defect"));
  const answer = await callTool(client, "monitor_once");
  assert.equal(answer.isError, true);
  assert.match(answer.text, /not yours to mend: a defect$/);
  assert.equal(house.log.at("error").length, 1);
});
