import { FLOW_FIELDS, type StoredFieldName } from "../../core/flow/schema.ts";

/**
 * How a JSON value is read.
 *
 * - `plain`: as the column's storage says (a number, an address, a string, an enum name)
 * - `protocol`: a number, or a name such as "TCP"
 * - `time`: ISO 8601 text, or a number of epoch seconds (below 10^11) or milliseconds
 * - `epoch_ns`, `duration_ns`: nanoseconds
 * - `prefix`: the length of a prefix, alone or behind its address
 * - `direction`: ECS or goflow2 words and numbers for ingress and egress
 */
export type JsonReading =
  | "plain"
  | "protocol"
  | "time"
  | "epoch_ns"
  | "duration_ns"
  | "prefix"
  | "direction";

/** One name that an object may use for a column. */
export interface JsonName {
  /** Key; dots stand for nesting as well as for themselves. */
  readonly name: string;
  readonly column: StoredFieldName;
  readonly reading: JsonReading;
}

/** Columns that an object cannot set: the collector knows better. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(["export_format", "received_at"]);

const READING_OF: Readonly<Record<string, JsonReading>> = {
  protocol: "protocol",
  direction: "direction",
  start_at: "time",
  end_at: "time",
};

const OWN_NAMES: readonly JsonName[] = FLOW_FIELDS
  .filter((field) => field.storage !== "computed" && !OWN_COLUMNS.has(field.name))
  .map(({ name }) => ({
    name,
    column: name as StoredFieldName,
    reading: READING_OF[name] ?? "plain",
  }));

// deno-fmt-ignore: one row a name reads as the table it is.
const OTHER_NAMES: readonly JsonName[] = [
  // Short spellings.
  { name: "src", column: "src_addr", reading: "plain" },
  { name: "dst", column: "dst_addr", reading: "plain" },
  { name: "src_ip", column: "src_addr", reading: "plain" },
  { name: "dst_ip", column: "dst_addr", reading: "plain" },
  { name: "proto", column: "protocol", reading: "protocol" },
  { name: "protocol_name", column: "protocol", reading: "protocol" },
  { name: "ts", column: "end_at", reading: "time" },
  // Elastic Common Schema.
  { name: "@timestamp", column: "end_at", reading: "time" },
  { name: "event.start", column: "start_at", reading: "time" },
  { name: "event.end", column: "end_at", reading: "time" },
  { name: "event.duration", column: "duration_ms", reading: "duration_ns" },
  { name: "source.ip", column: "src_addr", reading: "plain" },
  { name: "source.port", column: "src_port", reading: "plain" },
  { name: "source.mac", column: "src_mac", reading: "plain" },
  { name: "source.as.number", column: "src_as", reading: "plain" },
  { name: "source.nat.ip", column: "nat_src_addr", reading: "plain" },
  { name: "source.nat.port", column: "nat_src_port", reading: "plain" },
  { name: "destination.ip", column: "dst_addr", reading: "plain" },
  { name: "destination.port", column: "dst_port", reading: "plain" },
  { name: "destination.mac", column: "dst_mac", reading: "plain" },
  { name: "destination.as.number", column: "dst_as", reading: "plain" },
  { name: "destination.nat.ip", column: "nat_dst_addr", reading: "plain" },
  { name: "destination.nat.port", column: "nat_dst_port", reading: "plain" },
  { name: "network.bytes", column: "bytes", reading: "plain" },
  { name: "network.packets", column: "packets", reading: "plain" },
  { name: "network.iana_number", column: "protocol", reading: "protocol" },
  { name: "network.transport", column: "protocol", reading: "protocol" },
  { name: "network.direction", column: "direction", reading: "direction" },
  { name: "network.application", column: "application", reading: "plain" },
  { name: "network.vlan.id", column: "vlan", reading: "plain" },
  { name: "observer.ip", column: "exporter", reading: "plain" },
  { name: "observer.ingress.interface.id", column: "in_if", reading: "plain" },
  { name: "observer.ingress.interface.name", column: "in_if_name", reading: "plain" },
  { name: "observer.egress.interface.id", column: "out_if", reading: "plain" },
  { name: "observer.egress.interface.name", column: "out_if_name", reading: "plain" },
  // goflow2's JSON, where it differs.
  { name: "sampler_address", column: "exporter", reading: "plain" },
  { name: "time_flow_start_ns", column: "start_at", reading: "epoch_ns" },
  { name: "time_flow_end_ns", column: "end_at", reading: "epoch_ns" },
  { name: "observation_domain_id", column: "observation_domain", reading: "plain" },
  { name: "flow_direction", column: "direction", reading: "direction" },
  { name: "src_net", column: "src_prefix_len", reading: "prefix" },
  { name: "dst_net", column: "dst_prefix_len", reading: "prefix" },
  { name: "vlan_id", column: "vlan", reading: "plain" },
];

/** Every key that `json_udp` understands. Where two of an object set one column, the first counts. */
export const JSON_NAMES: readonly JsonName[] = [...OWN_NAMES, ...OTHER_NAMES];

/**
 * A key that only goflow2 writes. Its counters are as exported and have to be scaled; in
 * flow-agent's own JSON they are scaled already.
 */
export const GOFLOW2_MARK = "sampler_address";

/** Prefixes of dotted names: the nested objects worth looking into. */
export const JSON_PREFIXES: ReadonlySet<string> = new Set(
  JSON_NAMES.flatMap(({ name }) => {
    const parts = name.split(".");
    return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join("."));
  }),
);
