import assert from "node:assert/strict";
import { INTERNAL_NETWORKS } from "../flow/internal_networks.ts";
import { ConfigError, explainConfig, loadConfig, type Settings } from "./load_config.ts";
import { configKeys, environmentName } from "./schema.ts";
import { yamlParser } from "./yaml_parser.ts";

const parseYaml = await yamlParser();
const DEFAULTS = {
  store: { capacity_rows: 1_048_576, max_mib: 1024 },
  collector: { host: "::", max: 16 },
  exporter: { allow: [], sampling_rates: {} },
  state: { folder: "" },
  history: {
    enabled: true,
    folder: "",
    keep_days: 7,
    keep_minutes_days: 90,
    keep_hours_days: 730,
    max_bytes: 2_147_483_648,
  },
  capture: { folder: "", max_file_bytes: 67_108_864, max_folder_bytes: 1_073_741_824 },
  latency: { threshold_ms: 150, window_seconds: 300, min_samples: 5, cooldown_seconds: 300 },
  monitor: { interval_seconds: 1 },
  query: { max_rows: 67_108_864, max_seconds: 15, max_memory_bytes: 201_326_592 },
  http: { host: "127.0.0.1", port: 8055, max_body_bytes: 1_048_576 },
  names: { services: {}, labels: {}, interfaces: [] },
  networks: { internal: [...INTERNAL_NETWORKS] },
  expected: { scanners: {}, monitoring: {} },
  geo: { country_mmdb: "", asn_mmdb: "" },
  dns: {
    reverse: false,
    server: "",
    timeout_ms: 2000,
    cache_entries: 10_000,
    cache_seconds: 3600,
    missing_seconds: 300,
  },
  agent: { capability: "json_udp", poll_seconds: 10 },
  log: { level: "info" },
};

function load(
  { file, environment = {}, flags }: {
    file?: string;
    environment?: Record<string, string>;
    flags?: Settings;
  } = {},
) {
  return loadConfig({
    file: file === undefined ? undefined : { name: "flow.yaml", text: file },
    environment: (name) => environment[name],
    flags,
    parseYaml,
  });
}

Deno.test("without sources every key has its default", () => {
  assert.deepEqual(load(), DEFAULTS);
  assert.deepEqual(load({ file: "" }), DEFAULTS);
  assert.deepEqual(load({ file: "# nothing\n" }), DEFAULTS);
});

Deno.test("a file is weaker than the environment, and that than flags, key by key", () => {
  const file =
    "latency: {threshold_ms: 1, window_seconds: 2, min_samples: 3}\nlog:\n  level: debug";
  const environment = { FLOW_LATENCY_WINDOW_SECONDS: "20", FLOW_LATENCY_MIN_SAMPLES: "30" };
  const flags = { latency: { min_samples: 300 } };
  const { latency, log } = load({ file, environment, flags });
  assert.deepEqual(latency, {
    threshold_ms: 1,
    window_seconds: 20,
    min_samples: 300,
    cooldown_seconds: 300,
  });
  assert.equal(log.level, "debug");
});

Deno.test("a file may be JSON", () => {
  assert.equal(load({ file: '{"http":{"port":0}}' }).http.port, 0);
});

Deno.test("every key has a variable, and no two keys share one", () => {
  const keys = configKeys();
  const names = keys.map(environmentName);
  assert.equal(new Set(names).size, names.length);
  assert.ok(keys.every(({ description }) => description !== ""));
  const values: Record<string, string> = {
    FLOW_COLLECTOR_HOST: "0.0.0.0",
    FLOW_EXPORTER_ALLOW: "10.0.0.0/8, 192.0.2.1",
    FLOW_EXPORTER_SAMPLING_RATES: "192.0.2.1=1000,2001:db8::/32=100",
    FLOW_STATE_FOLDER: "/var/lib/flow-agent",
    FLOW_HISTORY_ENABLED: "no",
    FLOW_HISTORY_MAX_BYTES: "33554432",
    FLOW_NAMES_SERVICES: "tcp/8443=intranet, udp/9999=telemetry",
    FLOW_NAMES_LABELS: "10.0.0.0/8=head office, 2001:db8::/32 = lab",
    FLOW_NAMES_INTERFACES:
      '[{exporter: "::ffff:192.0.2.1", if_index: "12", name: wan-1, capacity: 2.5G}]',
    FLOW_NETWORKS_INTERNAL: "192.0.2.0/24",
    FLOW_EXPECTED_SCANNERS: "10.0.0.6=Nessus, 10.9.0.0/28=inventory",
    FLOW_EXPECTED_MONITORING: "10.0.0.5=Zabbix",
    FLOW_GEO_COUNTRY_MMDB: "/var/lib/country.mmdb",
    FLOW_GEO_ASN_MMDB: "asn.mmdb",
    FLOW_DNS_REVERSE: "yes",
    FLOW_DNS_SERVER: "192.0.2.53",
    FLOW_HTTP_HOST: "::1",
    FLOW_QUERY_MAX_SECONDS: "2.5",
    FLOW_QUERY_MAX_MEMORY_BYTES: "65536",
    FLOW_AGENT_CAPABILITY: "netflow_udp",
    FLOW_LOG_LEVEL: "error",
  };
  const parsed: Record<string, unknown> = {
    FLOW_EXPORTER_ALLOW: ["10.0.0.0/8", "192.0.2.1"],
    FLOW_EXPORTER_SAMPLING_RATES: { "192.0.2.1": 1000, "2001:db8::/32": 100 },
    FLOW_NAMES_SERVICES: { "tcp/8443": "intranet", "udp/9999": "telemetry" },
    FLOW_NAMES_LABELS: { "10.0.0.0/8": "head office", "2001:db8::/32": "lab" },
    FLOW_NAMES_INTERFACES: [{
      exporter: "192.0.2.1",
      if_index: 12,
      name: "wan-1",
      capacity: 2.5e9,
    }],
    FLOW_NETWORKS_INTERNAL: ["192.0.2.0/24"],
    FLOW_EXPECTED_SCANNERS: { "10.0.0.6": "Nessus", "10.9.0.0/28": "inventory" },
    FLOW_EXPECTED_MONITORING: { "10.0.0.5": "Zabbix" },
    FLOW_HISTORY_ENABLED: false,
    FLOW_DNS_REVERSE: true,
  };
  for (const key of keys) {
    const name = environmentName(key);
    const text = values[name] ?? "2048";
    const number = /SECONDS$|MAX$|PORT$|ROWS$|MIB$|BYTES$|DAYS$|MS$|SAMPLES$|ENTRIES$/.test(name);
    const wanted = name === "FLOW_COLLECTOR_MAX" ? "64" : text;
    const config = load({ environment: { [name]: wanted } }) as unknown as Settings;
    const value = parsed[name] ?? (number ? Number(wanted) : wanted);
    assert.deepEqual(config[key.section][key.name], value, name);
  }
});

Deno.test("the names of the first implementation hold, and give way to the new ones", () => {
  const older = { FLOW_CAPABILITY_NAME: "netflow_udp", POLL_SECONDS: "2.5" };
  assert.deepEqual(load({ environment: older }).agent, {
    capability: "netflow_udp",
    poll_seconds: 2.5,
  });
  const both = { ...older, FLOW_AGENT_CAPABILITY: "json_udp", FLOW_AGENT_POLL_SECONDS: "7" };
  assert.deepEqual(load({ environment: both }).agent, { capability: "json_udp", poll_seconds: 7 });
});

Deno.test("exporters may be listed in a file as YAML has lists and tables", () => {
  const { exporter } = load({
    file: "exporter:\n  allow: [10.0.0.0/8, 2001:db8::/32]\n" +
      "  sampling_rates:\n    192.0.2.1: 1000\n    10.1.0.0/16: '100'\n",
  });
  assert.deepEqual(exporter, {
    allow: ["10.0.0.0/8", "2001:db8::/32"],
    sampling_rates: { "192.0.2.1": 1000, "10.1.0.0/16": 100 },
  });
  assert.deepEqual(load({ file: "exporter: {allow: 192.0.2.1}" }).exporter.allow, ["192.0.2.1"]);
});

Deno.test("an empty variable is none", () => {
  assert.equal(load({ environment: { FLOW_HTTP_PORT: "" } }).http.port, 8055);
});

Deno.test("names are written in a file as YAML has lists and tables", () => {
  const { names, networks, dns } = load({
    file: [
      "names:",
      "  services: {tcp/8443: intranet}",
      "  labels:",
      "    10.0.0.0/8: head office",
      "    2001:db8::1: printer",
      "  interfaces:",
      "    - {exporter: 192.0.2.1, if_index: 12, name: wan-1, capacity: 10G, description: 2nd floor}",
      "    - {exporter: 2001:DB8::1, if_index: 3, capacity: 100000000}",
      "networks: {internal: [10.0.0.0/8]}",
      "dns: {reverse: true}",
    ].join("\n"),
  });
  assert.deepEqual(names, {
    services: { "tcp/8443": "intranet" },
    labels: { "10.0.0.0/8": "head office", "2001:db8::1": "printer" },
    interfaces: [
      {
        exporter: "192.0.2.1",
        if_index: 12,
        name: "wan-1",
        capacity: 1e10,
        description: "2nd floor",
      },
      { exporter: "2001:db8::1", if_index: 3, capacity: 1e8 },
    ],
  });
  assert.deepEqual(networks.internal, ["10.0.0.0/8"]);
  assert.equal(dns.reverse, true);
});

Deno.test("where each value comes from is told", () => {
  const { originOf } = explainConfig({
    file: { name: "flow.yaml", text: "log: {level: debug}\nhttp: {port: 1}" },
    environment: (name) => ({ FLOW_HTTP_PORT: "2", POLL_SECONDS: "3" })[name],
    flags: { state: { folder: ":memory:" } },
    parseYaml,
  });
  assert.deepEqual(
    [
      originOf("log", "level"),
      originOf("http", "port"),
      originOf("agent", "poll_seconds"),
      originOf("state", "folder"),
      originOf("http", "host"),
    ],
    ["flow.yaml", "FLOW_HTTP_PORT", "POLL_SECONDS", "command line", "default"],
  );
});

const REFUSED: readonly [string, Parameters<typeof load>[0], RegExp][] = [
  [
    "an unknown key",
    { file: "latency: {treshold_ms: 5}" },
    /there is no key "latency\.treshold_ms"; did you mean "threshold_ms"\?$/,
  ],
  [
    "an unknown key that is near to none",
    { file: "log: {colour: red}" },
    /there is no key "log\.colour"; known are level$/,
  ],
  [
    "an unknown section",
    { file: "latancy: {threshold_ms: 5}" },
    /there is no key "latancy"; did you mean "latency"\?/,
  ],
  ["a value out of range", { file: "http: {port: 65536}" }, /http\.port: .*<=65535/],
  ["a threshold of 0", { flags: { latency: { threshold_ms: 0 } } }, /latency\.threshold_ms: .*>0/],
  ["a fraction", { file: "latency: {min_samples: 1.5}" }, /latency\.min_samples: .*int/],
  ["a word for a number", { environment: { FLOW_HTTP_PORT: "http" } }, /http\.port: .*number/],
  ["a level there is not", { environment: { FLOW_LOG_LEVEL: "loud" } }, /log\.level: .*"debug"/],
  [
    "a prefix that is too long",
    { environment: { FLOW_EXPORTER_ALLOW: "10.0.0.0/8,10.0.0.0/33" } },
    /exporter\.allow\.1: "10\.0\.0\.0\/33" is no address or prefix; write one such as 192\.0\.2\.1/,
  ],
  ["a name for an address", { file: "exporter: {allow: [router]}" }, /allow\.0: "router" is no/],
  ["a number for a list", { file: "exporter: {allow: 10}" }, /exporter\.allow: .*array/],
  [
    "a rate without a number",
    { environment: { FLOW_EXPORTER_SAMPLING_RATES: "192.0.2.1" } },
    /exporter\.sampling_rates\.192\.0\.2\.1: .*number/,
  ],
  [
    "a rate of nothing",
    { environment: { FLOW_EXPORTER_SAMPLING_RATES: "192.0.2.1=0" } },
    /sampling_rates\.192\.0\.2\.1: .*>=1/,
  ],
  [
    "a rate of nobody",
    { file: "exporter: {sampling_rates: {router: 10}}" },
    /sampling_rates\.router: "router" is no address or prefix/,
  ],
  ["a key without a value", { file: "http: {port: }" }, /http\.port: .*expected number/],
  [
    "a list for a number",
    { file: "latency: {cooldown_seconds: []}" },
    /cooldown_seconds: .*number/,
  ],
  ["true for a number", { file: "latency: {min_samples: true}" }, /min_samples: .*number/],
  ["spaces for a number", { environment: { FLOW_HTTP_PORT: " " } }, /http\.port: .*number/],
  [
    "a level that is nearly one",
    { environment: { FLOW_LOG_LEVEL: "warnin" } },
    /log\.level: .*"debug".*, found "warnin"; did you mean "warning"\?/,
  ],
  [
    "a port without a protocol",
    { file: "names: {services: {8443: intranet}}" },
    /names\.services\.8443: "8443" is no protocol and port; write tcp, udp, sctp or dccp/,
  ],
  [
    "a service whose name the filter language could not read",
    { file: "names: {services: {tcp/8443: head office}}" },
    /names\.services\.tcp\/8443: "head office" is no name of a service/,
  ],
  [
    "a label of nobody",
    { environment: { FLOW_NAMES_LABELS: "printer=10.0.0.1" } },
    /names\.labels\.printer: "printer" is no address or prefix/,
  ],
  [
    "a label of nothing",
    { file: "names: {labels: {10.0.0.1: ' '}}" },
    /10\.0\.0\.1: " " cannot be/,
  ],
  [
    "an interface with a key that there is not",
    { file: "names: {interfaces: [{exporter: 192.0.2.1, ifindex: 1}]}" },
    /there is no key "names\.interfaces\.0\.ifindex"; did you mean "if_index"\?/,
  ],
  [
    "an interface of no exporter",
    { file: "names: {interfaces: [{exporter: r1, if_index: 1}]}" },
    /names\.interfaces\.0\.exporter: "r1" is no address/,
  ],
  [
    "a capacity without a number",
    { file: "names: {interfaces: [{exporter: 192.0.2.1, if_index: 1, capacity: fast}]}" },
    /names\.interfaces\.0\.capacity: "fast" is no capacity; write a number of bit\/s, such as 10M/,
  ],
  [
    "a capacity in a unit that there is not",
    { file: "names: {interfaces: [{exporter: 192.0.2.1, if_index: 1, capacity: 10Q}]}" },
    /names\.interfaces\.0\.capacity: "10Q" is no capacity; .* 10M, 2\.5G or 100000000/,
  ],
  [
    "an interface twice",
    {
      file: "names: {interfaces: [{exporter: 192.0.2.1, if_index: 1, capacity: 10M}, " +
        '{exporter: "::ffff:192.0.2.1", if_index: 1, capacity: 1G}]}',
    },
    /names\.interfaces\.1: interface 1 of 192\.0\.2\.1 stands here twice, as entries 0 and 1; leave/,
  ],
  [
    "a list that is none",
    { environment: { FLOW_NAMES_INTERFACES: "wan-1" } },
    /interfaces: .*array/,
  ],
  [
    "a flag that is none",
    { environment: { FLOW_DNS_REVERSE: "maybe" } },
    /dns\.reverse: .*found "maybe"/,
  ],
  [
    "a name server without an address",
    { environment: { FLOW_DNS_SERVER: "dns.example" } },
    /dns\.server: "dns\.example" is no name server; write its address/,
  ],
  ["what is no YAML", { file: "latency: {threshold_ms: 5" }, /^flow\.yaml is not YAML: /],
  ["a list", { file: "- latency" }, /^flow\.yaml wants sections with keys, such as/],
  ["text", { file: "latency" }, /^flow\.yaml wants sections/],
  ["a section that is none", { file: "latency: 5" }, /^flow\.yaml wants sections/],
  ["an empty section", { file: "latency:" }, /^flow\.yaml wants sections/],
];

for (const [title, sources, message] of REFUSED) {
  Deno.test(`loadConfig() refuses ${title}`, () => {
    assert.throws(() => load(sources), (error: Error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("every fault is named at once", () => {
  assert.throws(
    () => load({ file: "latency: {threshold_ms: -1, min_samples: 0}\nhttp: {prot: 5}" }),
    (error: Error) =>
      ["threshold_ms", "min_samples", '"http.prot"; did you mean "port"?'].every((text) =>
        error.message.includes(text)
      ),
  );
});
