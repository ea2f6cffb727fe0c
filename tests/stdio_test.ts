import assert from "node:assert/strict";
import { ciscoV5 } from "./support/cisco_v5.ts";
import { type Json, RawMcp, RpcError } from "./support/raw_mcp.ts";
import { jsonFlow, SLOW_FLOW, V5_IN_HEX } from "./support/sample_datagrams.ts";
import { freeUdpPort, holdPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

/** The seven tools of the contract's first table. */
const TOOLS = [
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

Deno.test("serve: initialize names the server, the version and how to begin", async () => {
  await using client = await RawMcp.serve();
  const { serverInfo, protocolVersion, capabilities, instructions } = client.initialized;
  assert.equal(serverInfo.name, "flow-agent");
  assert.match(serverInfo.version, /^\d+\.\d+\.\d+/);
  assert.equal(protocolVersion, "2025-06-18");
  assert.notEqual(capabilities.tools, undefined);
  assert.match(instructions, /start_collection/);
  assert.deepEqual(await client.request("ping"), {});
  await assert.rejects(client.request("no/such/method"), RpcError);
});

Deno.test("serve: tools/list describes each tool in full", async () => {
  await using client = await RawMcp.serve();
  const { tools } = await client.request("tools/list");
  assert.deepEqual(tools.map(({ name }: Json) => name), TOOLS);
  for (const tool of tools) {
    assert.ok(tool.title.length > 0, tool.name);
    assert.ok(tool.description.length > 80, tool.name);
    assert.equal(tool.inputSchema.type, "object", tool.name);
    assert.equal(tool.inputSchema.additionalProperties, false, tool.name);
    assert.equal(tool.outputSchema.type, "object", tool.name);
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations;
    for (const hint of [readOnlyHint, destructiveHint, idempotentHint, openWorldHint]) {
      assert.equal(typeof hint, "boolean", tool.name);
    }
  }
});

Deno.test("serve: json_udp from datagrams to percentiles, an alert and its cooldown", async () => {
  await using client = await RawMcp.serve();
  const port = freeUdpPort();
  const started = await client.tool("start_collection", {
    capability: "json_udp",
    host: "127.0.0.1",
    port,
  });
  assert.deepEqual(started, { capability: "json_udp", status: "started", host: "127.0.0.1", port });
  const again = await client.tool("start_collection", {
    capability: "json_udp",
    host: "127.0.0.1",
    port,
  });
  assert.equal(again.status, "already_running");

  const datagrams = [SLOW_FLOW, jsonFlow(null, 80), "not json", jsonFlow(7, 8080)];
  await sendUdp(port, ...datagrams);
  const status = await client.statusAfter("json_udp", datagrams.length);
  assert.equal(status.running, true);
  assert.deepEqual(status.counters, {
    datagrams: 4,
    datagram_bytes: datagrams.reduce((sum, text) => sum + text.length, 0),
    flow_records: 7,
    decode_errors: 1,
    drops: { bad_json: 1 },
    sets_without_template: 0,
    templates: 0,
    interface_samples: 0,
    loss_percent_estimate: null,
    kernel_drops: null,
  });
  const [collector] = status.collectors;
  assert.deepEqual(collector.permissions, [`net=127.0.0.1:${port}`]);
  assert.equal(collector.restarts, 0);
  assert.equal(collector.last_error, null);
  assert.equal(status.exporters.length, 1);
  assert.equal(status.exporters[0].address, "127.0.0.1");
  assert.equal(status.exporters[0].flow_records, 7);

  const latency = await client.tool("analyze_latency");
  assert.equal(latency.window_seconds, 300);
  assert.equal(latency.samples, 6);
  assert.equal(latency.omitted, 0);
  assert.deepEqual(latency.flows, [
    {
      src_addr: "10.1.1.1",
      src_port: 50000,
      dst_addr: "10.2.2.2",
      dst_port: 443,
      protocol: 6,
      protocol_name: "TCP",
      samples: 5,
      min_ms: 10,
      avg_ms: 96,
      p50_ms: 30,
      p95_ms: 220,
      p99_ms: 220,
      max_ms: 220,
      over_threshold: true,
    },
    {
      src_addr: "10.1.1.1",
      src_port: 50000,
      dst_addr: "10.2.2.2",
      dst_port: 8080,
      protocol: 6,
      protocol_name: "TCP",
      samples: 1,
      min_ms: 7,
      avg_ms: 7,
      p50_ms: 7,
      p95_ms: 7,
      p99_ms: 7,
      max_ms: 7,
      over_threshold: false,
    },
  ]);
  assert.equal(latency.trust.rows_scanned, 7);
  assert.equal(latency.trust.rows_missed, 0);
  assert.deepEqual(latency.trust.loss, []);

  const filtered = await client.tool("analyze_latency", { filter: "dst port 8080", limit: 1 });
  assert.deepEqual(filtered.flows.map(({ dst_port }: Json) => dst_port), [8080]);
  const limited = await client.tool("analyze_latency", { limit: 1 });
  assert.deepEqual([limited.flows.length, limited.omitted], [1, 1]);

  const first = await client.tool("monitor_once");
  assert.equal(first.analysis.window_seconds, 300);
  assert.equal(first.analysis.flows, 2);
  assert.equal(first.analysis.samples, 6);
  assert.equal(first.analysis.monitors[0].name, "latency");
  assert.equal(first.analysis.monitors[0].findings, 1);
  assert.equal(first.alerts.length, 1);
  const [alert] = first.alerts;
  assert.equal(alert.monitor, "latency");
  assert.equal(alert.severity, "warning");
  assert.equal(alert.state, "firing");
  assert.equal(alert.value, 220);
  assert.equal(alert.threshold, 150);
  assert.equal(alert.unit, "ms");
  assert.equal(alert.samples, 5);
  assert.deepEqual(alert.subject, {
    src_addr: "10.1.1.1",
    src_port: 50000,
    dst_addr: "10.2.2.2",
    dst_port: 443,
    protocol: 6,
    protocol_name: "TCP",
  });
  assert.equal(alert.evidence.sample_flows.length, 3);
  const sample = alert.evidence.sample_flows[0];
  assert.deepEqual(
    [sample.capability, sample.export_format, sample.exporter, sample.bytes, sample.packets],
    ["json_udp", "json", "127.0.0.1", 1000, 10],
  );
  assert.deepEqual(
    [sample.tcp_flags, sample.in_if, sample.sampling_rate, sample.event],
    [null, null, null, null],
  );
  // The evidence names a call that shows the same flow again.
  const shown = await client.tool(alert.evidence.query.tool, alert.evidence.query.arguments);
  assert.deepEqual(shown.flows, [latency.flows[0]]);

  const second = await client.tool("monitor_once");
  assert.deepEqual(second.alerts, []);
  assert.equal(second.analysis.monitors[0].findings, 1);
  // A client with a cursor of its own misses nothing that another has polled.
  const other = await client.tool("monitor_once", { since: "00000000.0" });
  assert.deepEqual(other.alerts.map(({ id }: Json) => id), [alert.id]);
  const caughtUp = await client.tool("monitor_once", { since: other.cursor });
  assert.deepEqual(caughtUp.alerts, []);

  const stopped = await client.tool("stop_collection", { capability: "json_udp", port });
  assert.deepEqual(stopped, { capability: "json_udp", status: "stopped", flow_records: 7 });
  // What was collected still answers.
  assert.equal((await client.tool("analyze_latency")).samples, 6);
});

Deno.test("serve: netflow_udp counts flows, loss by sequence, sampling and junk", async () => {
  await using client = await RawMcp.serve();
  const port = await client.collect("netflow_udp", "::");
  const record = {
    srcaddr: "10.1.1.3",
    dstaddr: "10.2.2.2",
    dPkts: 3,
    dOctets: 180,
    srcport: 1024,
    dstport: 22,
    prot: 6,
  };
  const engine = { engineType: 1, engineId: 7, samplingInterval: (1 << 14) | 100 };
  const uptime = { sysUptime: 1_000_000, unixSecs: 1_700_000_000 };
  const good = ciscoV5({ ...engine, ...uptime, flowSequence: 112 }, [record, record, record]);
  // Of 102 … 111 nothing ever arrives: 10 flows are lost.
  const sentFrom = await sendUdp(port, V5_IN_HEX, good, good.subarray(0, 10), new Uint8Array(0));
  assert.ok(sentFrom > 0);
  const status = await client.statusAfter("netflow_udp", 4);
  assert.equal(status.counters.flow_records, 5);
  assert.equal(status.counters.datagram_bytes, 120 + 168 + 10);
  assert.equal(status.counters.decode_errors, 2);
  assert.deepEqual(status.counters.drops, { truncated_header: 1, empty_datagram: 1 });
  assert.equal(status.counters.loss_percent_estimate, (100 * 10) / 15);
  assert.equal(status.exporters.length, 1);
  const { last_seen, ...exporter } = status.exporters[0];
  assert.ok(Math.abs(Date.now() - Date.parse(last_seen)) < 60_000);
  assert.deepEqual(exporter, {
    address: "127.0.0.1",
    observation_domain: 0x0107,
    datagrams: 2,
    flow_records: 5,
    sequence_lost: 10,
    sequence_unit: "flows",
    reordered: 0,
    duplicates: 0,
    restarts: 0,
    samples_lost: 0,
    samples_dropped: 0,
    sampling_rate: 100,
    sampling_source: "announced",
    templates: 0,
  });
  const { trust, samples } = await client.tool("analyze_latency");
  // NetFlow 5 measures no latency: unknown is not 0.
  assert.equal(samples, 0);
  assert.equal(trust.complete, false);
  assert.equal(trust.rows_scanned, 5);
  assert.deepEqual(trust.loss, [
    { exporter: "127.0.0.1", observation_domain: 0x0107, unit: "flows", lost: 10 },
  ]);
  assert.deepEqual(trust.sampling, [{ source: "announced", rows: 5 }]);
  assert.ok(trust.notes.some((note: string) => note.includes("10 flows from 127.0.0.1")));
});

Deno.test("serve: two collectors of two capabilities at once, and two of one", async () => {
  await using client = await RawMcp.serve();
  const json = await client.collect("json_udp");
  const other = await client.collect("json_udp");
  const netflow = await client.collect("netflow_udp");
  assert.equal(new Set([json, other, netflow]).size, 3);
  await sendUdp(json, jsonFlow(1), jsonFlow(2));
  await sendUdp(other, jsonFlow(3));
  await sendUdp(netflow, V5_IN_HEX);
  const status = await client.statusAfter("json_udp", 3);
  await client.statusAfter("netflow_udp", 1);
  assert.deepEqual(
    status.collectors.map(({ port, counters }: Json) => [port, counters.flow_records]),
    [[json, 2], [other, 1]],
  );
  assert.equal(status.counters.flow_records, 3);
  const latency = await client.tool("analyze_latency");
  assert.equal(latency.flows[0].samples, 3);
  assert.equal(latency.trust.rows_scanned, 5);
});

Deno.test("serve: what a caller can mend is an error result that says how", async () => {
  await using client = await RawMcp.serve();
  const port = await client.collect("json_udp");
  const taken = freeUdpPort();
  using _holder = holdPort(taken);
  const repairs: [string, Json, RegExp][] = [
    ["start_collection", { capability: "nosuch_udp" }, /json_udp, netflow_udp/],
    ["start_collection", { capability: "netflow_udp", host: "127.0.0.1", port }, /json_udp/],
    [
      "start_collection",
      { capability: "netflow_udp", host: "127.0.0.1", port: taken },
      new RegExp(`${taken}.*in use.*another port`),
    ],
    ["start_collection", { capability: "netflow_udp", host: "192.0.2.7", port: 0 }, /192\.0\.2\.7/],
    ["stop_collection", { capability: "netflow_udp" }, /does not run/],
    ["analyze_latency", { filter: "src prot 5" }, /\bport\b/],
    ["monitor_once", { since: "yesterday" }, /cursor/],
  ];
  for (const [tool, args, says] of repairs) {
    const { isError, text } = await client.tryTool(tool, args);
    assert.equal(isError, true, `${tool} ${JSON.stringify(args)}`);
    assert.match(text, says);
    assert.doesNotMatch(text, /\n\s+at /, "a stack is not for callers");
  }
  // Nothing is half-started.
  const { capabilities } = await client.tool("capability_status");
  const started = capabilities.filter(({ collectors }: Json) => collectors.length > 0);
  assert.deepEqual(
    started.map(({ name, collectors }: Json) => [name, collectors.length]),
    [["json_udp", 1]],
  );
});

Deno.test("serve: an unknown argument is refused by its name", async () => {
  await using client = await RawMcp.serve();
  const answer = await client.tryTool("analyze_latency", { window: 5 }).catch((error) => ({
    isError: true,
    text: error.message,
  }));
  assert.equal(answer.isError, true);
  assert.match(answer.text, /window/);
});

Deno.test("set_thresholds changes what is given and keeps the rest", async () => {
  await using client = await RawMcp.serve([], { env: { FLOW_LATENCY_THRESHOLD_MS: "99.5" } });
  const configured = {
    threshold_ms: 99.5,
    window_seconds: 300,
    min_samples: 5,
    cooldown_seconds: 300,
  };
  assert.deepEqual((await client.tool("set_thresholds")).thresholds, configured);
  const changed = { ...configured, min_samples: 6, window_seconds: 60 };
  assert.deepEqual(
    (await client.tool("set_thresholds", { min_samples: 6, window_seconds: 60 })).thresholds,
    changed,
  );
  const port = await client.collect("json_udp");
  await sendUdp(port, SLOW_FLOW);
  await client.statusAfter("json_udp", 1);
  // Five samples are one too few.
  assert.deepEqual((await client.tool("monitor_once")).alerts, []);
  await sendUdp(port, jsonFlow(40));
  await client.statusAfter("json_udp", 2);
  const { alerts, analysis } = await client.tool("monitor_once");
  assert.equal(analysis.window_seconds, 60);
  assert.deepEqual(alerts.map(({ samples, threshold }: Json) => [samples, threshold]), [[6, 99.5]]);
});

Deno.test("a flow alerts again once its cooldown is over", async () => {
  await using client = await RawMcp.serve();
  await client.tool("set_thresholds", { cooldown_seconds: 0.2 });
  const port = await client.collect("json_udp");
  await sendUdp(port, SLOW_FLOW);
  await client.statusAfter("json_udp", 1);
  const [first] = (await client.tool("monitor_once")).alerts;
  const [second] = await until("the second alert", async () => {
    const { alerts } = await client.tool("monitor_once");
    return alerts.length > 0 ? alerts : undefined;
  });
  assert.equal(second.key, first.key);
  assert.notEqual(second.id, first.id);
});
