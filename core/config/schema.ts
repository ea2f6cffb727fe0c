import { z } from "zod";
import { INTERNAL_NETWORKS } from "../flow/internal_networks.ts";
import { parseNetwork } from "../flow/network.ts";
import { MAX_SAMPLING_RATE } from "../flow/sampling_rate.ts";
import { interfaceList, labelTable, serviceTable } from "./name_forms.ts";
import { readNumber } from "./read_number.ts";

/** Most addresses and prefixes in a list: each new source is held against all of them. */
const MAX_EXPORTERS = 4096;

/** A number, or the text of one, since the environment holds nothing else. */
const numeric = (schema: z.ZodNumber) => z.preprocess(readNumber, schema);
const whole = (min: number, max: number) => numeric(z.number().int().min(min).max(max));
const seconds = (min: number, max: number) => numeric(z.number().min(min).max(max));
const port = whole(0, 65_535);
/** A list, or the text of one. */
const listOf = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => typeof value === "string" ? value.split(/[\s,]+/).filter(Boolean) : value,
    z.array(schema).max(MAX_EXPORTERS),
  );
/** Values by name, or the text `name=value,…` of them. */
const tableOf = <K extends z.ZodType<string, string>, V extends z.ZodType>(name: K, value: V) =>
  z.preprocess(
    (found) =>
      typeof found === "string"
        ? Object.fromEntries(
          found.split(/[\s,]+/).filter(Boolean).map((pair) => {
            const at = pair.lastIndexOf("=");
            return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
          }),
        )
        : found,
    z.record(name, value).refine(
      (table) => Object.keys(table).length <= MAX_EXPORTERS,
      `at most ${MAX_EXPORTERS} are taken`,
    ),
  );
const FLAGS: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };
/** true or false, or the text of one. */
const flag = z.preprocess(
  (value) => typeof value === "string" ? FLAGS[value.toLowerCase()] ?? value : value,
  z.boolean(),
);
const network = z.string().refine((text) => parseNetwork(text) !== null, {
  error: ({ input }) =>
    `"${input}" is no address or prefix; write one such as 192.0.2.1 or 10.0.0.0/8`,
});

/** An address, with or without a port; "" for none. */
const nameServer = z.string().refine((text) => {
  const [, inner, plain] = /^(?:\[([^\]/]+)\]|([^:[\]/]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return text === "" || parseNetwork(inner ?? plain ?? "") !== null;
}, {
  error: ({ input }) =>
    `"${input}" is no name server; write its address such as 192.0.2.53, 192.0.2.53:5353 or ` +
    "[2001:db8::53]",
});

/** Levels of the log, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/**
 * All that can be configured: one object a component. A key `section.name` has the environment
 * variable FLOW_SECTION_NAME.
 */
export const configSchema = z.strictObject({
  store: z.strictObject({
    capacity_rows: whole(1024, 1 << 24).default(1 << 20)
      .describe("flow records kept in memory per collector, rounded up to a power of two"),
    max_mib: whole(1, 1 << 20).default(1024)
      .describe(
        "MiB that the flows of all collectors may take; a new one has at most half of what is left",
      ),
  }).prefault({}),
  collector: z.strictObject({
    host: z.string().min(1).default("::")
      .describe(
        "address to listen on; :: receives IPv4 too, 0.0.0.0 is used where there is no IPv6",
      ),
    max: whole(1, 64).default(16)
      .describe("most collectors whose flows are kept in memory"),
  }).prefault({}),
  exporter: z.strictObject({
    allow: listOf(network).default([])
      .describe("addresses and prefixes that may export; none: everyone"),
    sampling_rates: tableOf(
      network,
      numeric(z.number().min(1).max(MAX_SAMPLING_RATE)),
    ).default({})
      .describe(
        "sampling rate (one in N) by address or prefix, above what the exporter says; the longest " +
          "prefix counts",
      ),
  }).prefault({}),
  state: z.strictObject({
    folder: z.string().default("")
      .describe(
        "folder of state.db, which keeps templates and names over a restart; :memory: for none; " +
          "unset: the platform's state folder",
      ),
  }).prefault({}),
  history: z.strictObject({
    enabled: flag.default(true)
      .describe("whether flows are kept on disk, where there is a folder for it"),
    folder: z.string().default("")
      .describe("folder of history.db; :memory: for none; unset: that of state.db"),
    keep_days: numeric(z.number().min(0.01).max(36_500)).default(7)
      .describe("how long flows are kept"),
    keep_minutes_days: numeric(z.number().min(0.01).max(36_500)).default(90)
      .describe("how long sums by the minute are kept"),
    keep_hours_days: numeric(z.number().min(0.01).max(36_500)).default(730)
      .describe("how long sums by the hour are kept"),
    max_bytes: whole(16 * 1024 * 1024, 2 ** 50).default(2 * 1024 ** 3)
      .describe("most that history.db may take; beyond it the oldest flows go"),
  }).prefault({}),
  capture: z.strictObject({
    folder: z.string().default("")
      .describe("folder that captures of a running server go to; unset: none are made"),
    max_file_bytes: whole(1024, 2 ** 30).default(64 * 1024 * 1024)
      .describe("largest capture"),
    max_folder_bytes: whole(1024, 2 ** 40).default(1024 * 1024 * 1024)
      .describe("most that captures in the folder may take together; beyond it none are made"),
  }).prefault({}),
  latency: z.strictObject({
    threshold_ms: numeric(z.number().positive().max(1e7)).default(150)
      .describe("a flow whose 95th percentile is above this raises an alert"),
    window_seconds: whole(1, 86_400).default(300)
      .describe("how far back the monitor looks"),
    min_samples: whole(1, 1_000_000).default(5)
      .describe("a flow with fewer measurements in the window is not judged"),
    cooldown_seconds: seconds(0, 604_800).default(300)
      .describe("after an alert a flow is quiet for this long"),
  }).prefault({}),
  monitor: z.strictObject({
    interval_seconds: seconds(0.1, 3600).default(1)
      .describe("how often the monitors look at their windows"),
  }).prefault({}),
  query: z.strictObject({
    max_rows: whole(1, 2 ** 32).default(2 ** 26)
      .describe("flow records that one query reads at most; then it answers with what it has"),
    max_seconds: seconds(0.1, 50).default(15).describe("how long one query reads at most"),
    max_memory_bytes: whole(65_536, 2 ** 32).default(192 * 1024 * 1024)
      .describe("memory that groups, quantiles and distinct counts of one query may take, each"),
  }).prefault({}),
  http: z.strictObject({
    host: z.string().min(1).default("127.0.0.1").describe("address of serve --http; loopback only"),
    port: port.default(8055).describe("port of serve --http"),
    max_body_bytes: whole(1024, 16 * 1024 * 1024).default(1024 * 1024)
      .describe("largest request body"),
  }).prefault({}),
  names: z.strictObject({
    services: serviceTable.default({})
      .describe("names of services by protocol and port, such as tcp/8443, above those of IANA"),
    labels: labelTable.default({})
      .describe("labels of hosts and networks by address or prefix; the longest prefix counts"),
    interfaces: interfaceList.default([])
      .describe(
        "interfaces of exporters: exporter, if_index, and name, capacity (bit/s, as 10G), description",
      ),
  }).prefault({}),
  networks: z.strictObject({
    internal: listOf(network).default([...INTERNAL_NETWORKS])
      .describe("networks whose hosts are one's own"),
  }).prefault({}),
  expected: z.strictObject({
    scanners: labelTable.default({})
      .describe(
        "hosts that scan on purpose, by address or prefix, with what they are: counted, no finding",
      ),
    monitoring: labelTable.default({})
      .describe(
        "hosts that poll others on purpose, likewise: neither beacons nor rare ports, but scans",
      ),
  }).prefault({}),
  geo: z.strictObject({
    country_mmdb: z.string().default("")
      .describe("MaxMind DB file with the countries of addresses; unset: countries are not known"),
    asn_mmdb: z.string().default("")
      .describe("MaxMind DB file with AS numbers and names; unset: only numbers that flows hold"),
  }).prefault({}),
  dns: z.strictObject({
    reverse: flag.default(false)
      .describe("whether answers name hosts by reverse DNS; names come with a later answer"),
    server: nameServer.default("")
      .describe("address of the name server to ask; unset: those of the system"),
    timeout_ms: whole(10, 60_000).default(2000).describe("time limit of one question"),
    cache_entries: whole(1, 1_000_000).default(10_000).describe("most addresses remembered"),
    cache_seconds: seconds(1, 604_800).default(3600).describe("how long a name is remembered"),
    missing_seconds: seconds(1, 604_800).default(300)
      .describe("how long it is remembered that an address has no name"),
  }).prefault({}),
  agent: z.strictObject({
    capability: z.string().default("json_udp")
      .describe("what the agent collects where no --capability says otherwise"),
    poll_seconds: seconds(0.1, 86_400).default(10).describe("how often the agent polls"),
  }).prefault({}),
  log: z.strictObject({
    level: z.enum(LOG_LEVELS).default("info").describe("least severe level that is logged"),
  }).prefault({}),
});

/** The effective configuration. */
export type Config = z.infer<typeof configSchema>;

/** Whether a key is given as YAML, or JSON, where it is given as text. */
export function isYamlText(section: string, name: string): boolean {
  return section === "names" && name === "interfaces";
}

/** One key of the configuration. */
export interface ConfigKey {
  readonly section: string;
  readonly name: string;
  readonly description: string;
}

/** Every key there is, in order. */
export function configKeys(): ConfigKey[] {
  return Object.entries(configSchema.shape).flatMap(([section, object]) => {
    const shape: Record<string, z.ZodType> = object.unwrap().shape;
    return Object.entries(shape).map(([name, field]) => ({
      section,
      name,
      description: field.description ?? "",
    }));
  });
}

/** The environment variable of a key. */
export function environmentName({ section, name }: ConfigKey): string {
  return `FLOW_${section}_${name}`.toUpperCase();
}
