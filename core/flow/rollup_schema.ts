import { Table, type TableField } from "./table.ts";

/** By what traffic is summed. */
export const DIMENSIONS = [
  "exporter",
  "in_if",
  "out_if",
  "protocol",
  "service",
  "src_addr",
  "dst_addr",
] as const;
/** One of them. An interface goes with its exporter, a service with its protocol. */
export type Dimension = (typeof DIMENSIONS)[number];

/** Fields of a dimension's values, in the order of their words; an address has four. */
export const KEY_FIELDS = {
  exporter: ["exporter"],
  in_if: ["exporter", "in_if"],
  out_if: ["exporter", "out_if"],
  protocol: ["protocol"],
  service: ["protocol", "service_port"],
  src_addr: ["src_addr"],
  dst_addr: ["dst_addr"],
} as const satisfies Record<Dimension, readonly string[]>;

const KEYLESS = "the flows did not say, or it is the rest";

// deno-fmt-ignore: one row a field reads as the table it is.
/**
 * What came of one value of a dimension in one minute or hour of arrival. Fields have the names of
 * the flow schema where they mean the same. Events are not traffic and never summed.
 */
export const ROLLUP_FIELDS = [
  { name: "received_at", storage: "time", unit: "ms", description: "begin of the minute or hour", absence: "never null" },
  { name: "dimension", storage: "enum", values: DIMENSIONS, unit: "", description: "by what the row is summed", absence: "never null" },
  { name: "exporter", storage: "address", unit: "", description: "address of the exporter", absence: KEYLESS },
  { name: "in_if", storage: "u32", unit: "", description: "ifIndex of the ingress interface", absence: KEYLESS },
  { name: "out_if", storage: "u32", unit: "", description: "ifIndex of the egress interface", absence: KEYLESS },
  { name: "protocol", storage: "u8", unit: "", description: "IP protocol number (IANA)", absence: KEYLESS },
  { name: "service_port", storage: "u16", unit: "", description: "port of the service; 0 where the protocol has none", absence: KEYLESS },
  { name: "src_addr", storage: "address", unit: "", description: "source address", absence: KEYLESS },
  { name: "dst_addr", storage: "address", unit: "", description: "destination address", absence: KEYLESS },
  { name: "flows", storage: "f64", unit: "flows", description: "flow records", absence: "never null" },
  { name: "bytes", storage: "f64", unit: "octets", description: "sum of bytes", absence: "no flow said" },
  { name: "packets", storage: "f64", unit: "packets", description: "sum of packets", absence: "no flow said" },
  { name: "rest_of", storage: "f64", unit: "", description: "of how many values the row is the rest: those with least bytes, at least so many", absence: "the row is of one value" },
] as const satisfies readonly TableField[];

/** A row of ROLLUP_FIELDS. */
export type RollupRow = (typeof ROLLUP_FIELDS)[number];

/** The table of rollups. */
export const ROLLUP_TABLE: Table<RollupRow> = new Table(ROLLUP_FIELDS);
