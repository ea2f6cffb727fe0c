import assert from "node:assert/strict";
import { z } from "zod";
import { configKeys, environmentName } from "../core/config/schema.ts";
import { fullTrustSchema } from "../core/mcp/schemas.ts";
import { FLOW_FIELDS } from "../core/flow/schema.ts";
import { runProgram } from "./support/program.ts";
import { type Json, RawMcp } from "./support/raw_mcp.ts";

// The public surface as literals. Clients rely on every name here: one that changes or goes needs
// an ADR and a line in the changelog; one that is added is added here too.

const FLOW_RECORD = [
  "capability",
  "export_format",
  "exporter",
  "observation_domain",
  "received_at",
  "start_at",
  "end_at",
  "duration_ms",
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "protocol_name",
  "tcp_flags",
  "ip_tos",
  "bytes",
  "packets",
  "l2_bytes",
  "dropped_packets",
  "sampling_rate",
  "sampling_source",
  "in_if",
  "out_if",
  "in_if_name",
  "out_if_name",
  "direction",
  "next_hop",
  "bgp_next_hop",
  "src_as",
  "dst_as",
  "src_prefix_len",
  "dst_prefix_len",
  "vlan",
  "vrf",
  "mpls_label",
  "src_mac",
  "dst_mac",
  "icmp_type",
  "icmp_code",
  "latency_ms",
  "latency_source",
  "retransmits",
  "forwarding_status",
  "event",
  "nat_src_addr",
  "nat_dst_addr",
  "nat_src_port",
  "nat_dst_port",
  "application",
];

/** Field names of an object: each with the shape of what it holds, `leaf` for a plain value. */
type Shape = "leaf" | readonly [Shape] | { readonly [name: string]: Shape };

const leaves = (...names: string[]): Record<string, Shape> =>
  Object.fromEntries(names.map((name) => [name, "leaf"]));

const COUNTERS: Shape = leaves(
  "datagrams",
  "datagram_bytes",
  "flow_records",
  "decode_errors",
  "drops",
  "sets_without_template",
  "templates",
  "interface_samples",
  "loss_percent_estimate",
  "kernel_drops",
);

const TRUST: Shape = {
  ...leaves("complete", "asked_from", "asked_to", "covered_from", "covered_to"),
  ...leaves("rows_scanned", "rows_missed", "rows_from_disk"),
  loss: [leaves("exporter", "observation_domain", "unit", "lost")],
  sets_without_template: "leaf",
  tiers: [leaves("tier", "from", "to", "rows")],
  sampling: [leaves("source", "rows")],
  silent_exporters: ["leaf"],
  dedup_factor: "leaf",
  approximate: [leaves("figure", "error")],
  notes: ["leaf"],
};

/** What tools announce of it; its whole shape is `TRUST`. */
const TRUST_ANNOUNCED: Shape = { complete: "leaf", notes: ["leaf"] };

/** What every analysis returns. */
const ANALYSIS: Shape = {
  ...leaves("headline", "omitted"),
  items: [{}],
  query: leaves("tool", "arguments"),
  trust: TRUST_ANNOUNCED,
};

const FIVE_TUPLE = leaves(
  "src_addr",
  "src_port",
  "dst_addr",
  "dst_port",
  "protocol",
  "protocol_name",
);

const ALERT: Shape = {
  ...leaves("id", "key", "monitor", "severity", "state", "title", "summary"),
  ...leaves("value", "threshold", "unit"),
  subject: FIVE_TUPLE,
  ...leaves("window_seconds", "samples", "first_seen", "last_seen"),
  ...leaves("resolved_at", "acknowledged_by", "silenced_until"),
  evidence: {
    query: leaves("tool", "arguments"),
    sample_flows: ["leaf"],
    baseline: "leaf",
    method: "leaf",
    benign_explanations: ["leaf"],
  },
  trust: TRUST_ANNOUNCED,
};

/** Of an argument: that it is required, or its default (null for none). */
type Argument = "required" | number | string | boolean | readonly string[] | null;

interface Surface {
  readonly takes: Readonly<Record<string, Argument>>;
  readonly gives: Shape;
}

const TOOLS: Readonly<Record<string, Surface>> = {
  list_capabilities: {
    takes: {},
    gives: {
      capabilities: [{
        ...leaves("name", "description", "default_port", "running"),
        formats: ["leaf"],
      }],
    },
  },
  start_collection: {
    takes: { capability: "required", host: null, port: null },
    gives: leaves("capability", "status", "host", "port"),
  },
  stop_collection: {
    takes: { capability: "required", port: null },
    gives: leaves("capability", "status", "flow_records"),
  },
  capability_status: {
    takes: { capability: null, limit: 20 },
    gives: {
      capabilities: [{
        ...leaves("name", "running", "omitted"),
        counters: COUNTERS,
        collectors: [{
          ...leaves("host", "port", "running", "started_at", "restarts", "last_error"),
          permissions: ["leaf"],
          counters: COUNTERS,
          receive_gaps: [leaves("at_least_ms", "count")],
        }],
        exporters: [
          leaves(
            "address",
            "observation_domain",
            "last_seen",
            "datagrams",
            "flow_records",
            "sequence_lost",
            "sequence_unit",
            "reordered",
            "duplicates",
            "restarts",
            "samples_lost",
            "samples_dropped",
            "sampling_rate",
            "sampling_source",
            "templates",
          ),
        ],
      }],
      history: leaves(
        "state",
        "reason",
        "folder",
        "segments",
        "flow_records",
        "bytes",
        "oldest_at",
        "written_flow_records",
        "waiting_flow_records",
        "skipped_flow_records",
        "skipped_blocks",
        "unsummed_flow_records",
        "oldest_minute_at",
        "oldest_hour_at",
        "clock_leap_seconds",
        "last_error",
      ),
    },
  },
  set_thresholds: {
    takes: {
      threshold_ms: null,
      window_seconds: null,
      min_samples: null,
      cooldown_seconds: null,
    },
    gives: {
      thresholds: leaves("threshold_ms", "window_seconds", "min_samples", "cooldown_seconds"),
    },
  },
  analyze_latency: {
    takes: { window_seconds: null, filter: null, limit: 20 },
    gives: {
      ...leaves("window_seconds", "samples", "omitted"),
      flows: [{
        ...FIVE_TUPLE,
        ...leaves("samples", "min_ms", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"),
        over_threshold: "leaf",
      }],
      trust: TRUST_ANNOUNCED,
    },
  },
  monitor_once: {
    takes: { since: null },
    gives: {
      analysis: {
        ...leaves("window_seconds", "flows", "samples"),
        monitors: [leaves("name", "findings", "raised")],
      },
      alerts: [ALERT],
      omitted: "leaf",
      cursor: "leaf",
      trust: TRUST_ANNOUNCED,
    },
  },
  query_flows: {
    takes: {
      time_range: "15m",
      time: null,
      filter: "",
      dedup: "report",
      group_by: [],
      metrics: ["bytes", "packets", "flows"],
      bucket_seconds: null,
      order_by: null,
      limit: 20,
      cursor: null,
    },
    gives: {
      columns: [leaves("name", "unit")],
      rows: [["leaf"]],
      other: leaves("groups", "metrics"),
      totals: leaves("groups", "metrics"),
      host_names: "leaf",
      next_cursor: "leaf",
      trust: TRUST_ANNOUNCED,
    },
  },
  search_flows: {
    takes: { time_range: "15m", filter: "", fields: null, limit: 20, cursor: null },
    gives: {
      columns: [leaves("name", "unit")],
      rows: [["leaf"]],
      host_names: "leaf",
      next_cursor: "leaf",
      trust: TRUST_ANNOUNCED,
    },
  },
  analyze_traffic: {
    takes: { time_range: "now-15m", focus: "summary", filter: "", dedup: "report" },
    gives: ANALYSIS,
  },
  detect_bottlenecks: {
    takes: { time_range: "now-1h", threshold_percent: 30, filter: "" },
    gives: ANALYSIS,
  },
  find_anomalies: {
    takes: { anomaly_type: "all", time_range: "now-15m", filter: "" },
    gives: {
      ...leaves("headline", "omitted"),
      items: [{
        ...leaves("type", "severity", "summary", "numbers", "first_seen", "last_seen", "method"),
        ...leaves("confidence", "confidence_because"),
        subject: { ...leaves("kind", "name"), hosts: ["leaf"] },
        evidence: leaves("tool", "arguments"),
        benign_explanations: ["leaf"],
      }],
      query: leaves("tool", "arguments"),
      trust: TRUST_ANNOUNCED,
    },
  },
  investigate_host: {
    takes: {
      ip_address: "required",
      direction: "both",
      time_range: "now-1h",
      filter: "",
      dedup: "report",
    },
    gives: ANALYSIS,
  },
  get_recommendations: { takes: { include_analysis: true, filter: "" }, gives: ANALYSIS },
  explain_change: {
    takes: { time_range: "now-15m", against: null, time: "arrival", filter: "", dedup: "report" },
    gives: ANALYSIS,
  },
  diagnose_exporter: {
    takes: { address: null, time_range: "15m" },
    gives: {
      ...leaves("headline", "omitted"),
      items: [leaves("exporter", "finding", "severity", "evidence", "why", "remedy")],
      configuration: [{ ...leaves("platform", "topic"), lines: ["leaf"] }],
      query: leaves("tool", "arguments"),
      trust: TRUST_ANNOUNCED,
    },
  },
};

/** Tools that are there where a folder for captures is configured. */
const CAPTURE_TOOLS: Readonly<Record<string, Surface>> = {
  capture_datagrams: {
    takes: {
      exporter: "required",
      capability: null,
      port: null,
      seconds: 30,
      max_datagrams: 1000,
      anonymise: true,
    },
    gives: leaves("file", "datagrams", "octets", "templates", "not_captured", "complete"),
  },
};

/** Options of each command; those of the configuration are in `serve` and `agent`. */
const SETTINGS = ["--config", "--env-file", "--log-level"];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: ["--http", "--collect", "--db", ...SETTINGS],
  agent: [
    "--capability",
    "--poll",
    "--threshold-ms",
    "--window-seconds",
    "--min-samples",
    "--cooldown-seconds",
    "--url",
    "--once",
    "--db",
    ...SETTINGS,
  ],
  send: ["--format", "--to", "--rate", "--count", "--scenario", "--seed", "--allow-remote"],
  decode: ["--format", "--elements", "--counters"],
  capture: [
    "--url",
    "--capability",
    "--on",
    "--to",
    "--exporter",
    "--count",
    "--seconds",
    "--anonymise",
  ],
  replay: ["--to", "--speed", "--exporter", "--allow-remote"],
  query: [
    "--filter",
    "--by",
    "--metric",
    "--last",
    "--from",
    "--to",
    "--range",
    "--time",
    "--bucket",
    "--order",
    "--dedup",
    "--limit",
    "--output",
    "--url",
    "--read",
    ...SETTINGS,
  ],
  export: [
    "--as",
    "--out",
    "--filter",
    "--fields",
    "--last",
    "--from",
    "--to",
    "--range",
    "--db",
    ...SETTINGS,
  ],
  import: ["--db", ...SETTINGS],
  doctor: ["--collect", "--rate", "--url", "--db", ...SETTINGS],
  config: ["--check", "--dump", "--db", ...SETTINGS],
  demo: [],
};

const ENVIRONMENT = [
  "FLOW_STORE_CAPACITY_ROWS",
  "FLOW_STORE_MAX_MIB",
  "FLOW_COLLECTOR_HOST",
  "FLOW_COLLECTOR_MAX",
  "FLOW_EXPORTER_ALLOW",
  "FLOW_EXPORTER_SAMPLING_RATES",
  "FLOW_STATE_FOLDER",
  "FLOW_HISTORY_ENABLED",
  "FLOW_HISTORY_FOLDER",
  "FLOW_HISTORY_KEEP_DAYS",
  "FLOW_HISTORY_KEEP_MINUTES_DAYS",
  "FLOW_HISTORY_KEEP_HOURS_DAYS",
  "FLOW_HISTORY_MAX_BYTES",
  "FLOW_CAPTURE_FOLDER",
  "FLOW_CAPTURE_MAX_FILE_BYTES",
  "FLOW_CAPTURE_MAX_FOLDER_BYTES",
  "FLOW_LATENCY_THRESHOLD_MS",
  "FLOW_LATENCY_WINDOW_SECONDS",
  "FLOW_LATENCY_MIN_SAMPLES",
  "FLOW_LATENCY_COOLDOWN_SECONDS",
  "FLOW_MONITOR_INTERVAL_SECONDS",
  "FLOW_QUERY_MAX_ROWS",
  "FLOW_QUERY_MAX_SECONDS",
  "FLOW_QUERY_MAX_MEMORY_BYTES",
  "FLOW_HTTP_HOST",
  "FLOW_HTTP_PORT",
  "FLOW_HTTP_MAX_BODY_BYTES",
  "FLOW_NAMES_SERVICES",
  "FLOW_NAMES_LABELS",
  "FLOW_NAMES_INTERFACES",
  "FLOW_NETWORKS_INTERNAL",
  "FLOW_EXPECTED_SCANNERS",
  "FLOW_EXPECTED_MONITORING",
  "FLOW_GEO_COUNTRY_MMDB",
  "FLOW_GEO_ASN_MMDB",
  "FLOW_DNS_REVERSE",
  "FLOW_DNS_SERVER",
  "FLOW_DNS_TIMEOUT_MS",
  "FLOW_DNS_CACHE_ENTRIES",
  "FLOW_DNS_CACHE_SECONDS",
  "FLOW_DNS_MISSING_SECONDS",
  "FLOW_AGENT_CAPABILITY",
  "FLOW_AGENT_POLL_SECONDS",
  "FLOW_LOG_LEVEL",
];

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  json_udp: 6343,
  sflow_udp: 6343,
  netflow_udp: 2055,
  jflow_udp: 2055,
  ipfix_udp: 4739,
};
/** Those that are built in already: none of them goes again. */
const BUILT_IN = ["json_udp", "netflow_udp", "jflow_udp", "ipfix_udp"];

/** The shape of a JSON Schema, nullable values as what they are when not null. */
function shapeOf(schema: Json): Shape {
  const [some = schema] = (schema.anyOf ?? []).filter(({ type }: Json) => type !== "null");
  if (some.properties !== undefined) {
    return Object.fromEntries(
      Object.entries<Json>(some.properties).map(([name, property]) => [name, shapeOf(property)]),
    );
  }
  return some.items === undefined ? "leaf" : [shapeOf(some.items)];
}

/** All keys in one order, so that two shapes differ only by their names. */
function sorted(shape: Shape): Shape {
  if (shape === "leaf") return shape;
  if (Array.isArray(shape)) return [sorted(shape[0])];
  return Object.fromEntries(
    Object.entries(shape).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([name, value]) => [name, sorted(value)]),
  );
}

Deno.test("surface: without a folder for captures no tool makes any", async () => {
  await using client = await RawMcp.serve();
  const { tools } = await client.request("tools/list");
  assert.deepEqual(tools.map(({ name }: Json) => name), Object.keys(TOOLS));
});

Deno.test("surface: tools, their arguments and the fields of their results", async (t) => {
  await using client = await RawMcp.serve([], { env: { FLOW_CAPTURE_FOLDER: "/srv/captures" } });
  const { tools } = await client.request("tools/list");
  const surfaces = { ...TOOLS, ...CAPTURE_TOOLS };
  assert.deepEqual(tools.map(({ name }: Json) => name), Object.keys(surfaces));
  for (const { name, inputSchema, outputSchema } of tools as Json[]) {
    await t.step(name, () => {
      const { takes, gives } = surfaces[name];
      const found = Object.entries<Json>(inputSchema.properties ?? {}).map(([argument, schema]) => {
        // What has a default may be left out, whichever way the schema says so.
        const required = inputSchema.required?.includes(argument) && !("default" in schema);
        return [argument, required ? "required" : schema.default ?? null];
      });
      assert.deepEqual(Object.fromEntries(found), takes);
      assert.deepEqual(sorted(shapeOf(outputSchema)), sorted(gives));
    });
  }
});

/** The whole trust block, which answers are checked against. */
const trust: Json = z.toJSONSchema(fullTrustSchema);

Deno.test("surface: every field of a trust block", () => {
  assert.deepEqual(sorted(shapeOf(trust)), sorted(TRUST));
  assert.equal(trust.additionalProperties, false);
});

Deno.test("surface: states, severities and units that clients switch on", async () => {
  await using client = await RawMcp.serve();
  const { tools } = await client.request("tools/list");
  const output = (name: string) =>
    tools.find((tool: Json) => tool.name === name).outputSchema.properties;
  const alert = output("monitor_once").alerts.items.properties;
  assert.deepEqual(alert.severity.enum, ["info", "warning", "critical"]);
  assert.deepEqual(alert.state.enum, ["pending", "firing", "resolved"]);
  assert.deepEqual(output("start_collection").status.enum, ["started", "already_running"]);
  assert.equal(output("stop_collection").status.const, "stopped");
  const loss = trust.properties.loss.items.properties;
  assert.deepEqual(loss.unit.enum, ["flows", "datagrams", "records", "samples", "sets"]);
  const focus = tools.find(({ name }: Json) => name === "analyze_traffic").inputSchema;
  assert.deepEqual(focus.properties.focus.enum, [
    "summary",
    "top_talkers",
    "services",
    "trend",
    "conversations",
    "interfaces",
    "exporters",
    "as",
    "countries",
    "geographic",
  ]);
  const host = tools.find(({ name }: Json) => name === "investigate_host").inputSchema;
  assert.deepEqual(host.properties.direction.enum, ["both", "source", "destination"]);
  const exporter = output("capability_status").capabilities.items.properties.exporters.items;
  assert.deepEqual(
    exporter.properties.sampling_source.enum,
    ["announced", "in_record", "configured", "assumed"],
  );
});

Deno.test("surface: capabilities and their default ports", async () => {
  await using client = await RawMcp.serve();
  const { capabilities } = await client.tool("list_capabilities");
  for (const { name, default_port } of capabilities) {
    assert.equal(default_port, DEFAULT_PORTS[name], name);
  }
  const names = capabilities.map(({ name }: Json) => name);
  assert.deepEqual(BUILT_IN.filter((name) => !names.includes(name)), []);
});

Deno.test("surface: fields of a FlowRecord, in order", () => {
  assert.deepEqual(FLOW_FIELDS.map(({ name }) => name), FLOW_RECORD);
});

Deno.test("surface: commands and their options", async (t) => {
  const { status, stdout } = await runProgram(["--help"]);
  assert.equal(status, 0);
  const commands = stdout.map((line) => /^ {2}(\w+) {2,}/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  assert.deepEqual(commands, Object.keys(COMMANDS));
  for (const [command, options] of Object.entries(COMMANDS)) {
    await t.step(command, async () => {
      const help = await runProgram([command, "--help"]);
      assert.deepEqual([help.status, help.stderr], [0, []]);
      const found = help.stdout.map((line) => /^ {2}(--[a-z-]+)/.exec(line)?.[1])
        .filter((name) => name !== undefined);
      assert.deepEqual(found, options);
      assert.match(help.stdout[0], new RegExp(`^flow-agent ${command}`));
    });
  }
});

Deno.test("surface: environment variables of the configuration", () => {
  assert.deepEqual(configKeys().map(environmentName), ENVIRONMENT);
});

Deno.test("surface: the agent's older variables still count", async () => {
  const { status, stdout } = await runProgram(["agent", "--once"], {
    env: {
      FLOW_CAPABILITY_NAME: "json_anywhere",
      POLL_SECONDS: "0.5",
      FLOW_COLLECTOR_HOST: "127.0.0.1",
      FLOW_CAPABILITIES: '["json_udp","./tests/fixtures/json_anywhere.ts"]',
    },
  });
  assert.equal(status, 0);
  assert.ok(stdout.some((line) => line.startsWith("  json_anywhere  started")), stdout.join());
});
