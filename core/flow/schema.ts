/**
 * The flow schema, declared once. Types, column layout, JSON names and documentation follow from
 * this table: adding a field to flow-agent is adding a row here.
 */
import {
  type NameOf,
  type RecordOf,
  type Storage,
  type StoredName,
  Table,
  type TableField,
} from "./table.ts";

export type { Storage } from "./table.ts";

/** One row of the schema. */
export interface FlowField extends TableField {
  /** IANA IPFIX information element this comes from, where there is a main one. */
  readonly ipfix?: number;
  /** NetFlow v9 field type (RFC 3954 §8), where there is one. */
  readonly netflow9?: number;
}

export const EXPORT_FORMATS = [
  "json",
  "netflow1",
  "netflow5",
  "netflow7",
  "netflow9",
  "ipfix",
  "sflow5",
] as const;
/** The wire format that a flow was exported in. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const SAMPLING_SOURCES = ["announced", "in_record", "configured", "assumed"] as const;
/** Where a sampling rate came from; `assumed` means that nobody said and counters are as exported. */
export type SamplingSource = (typeof SAMPLING_SOURCES)[number];

// deno-fmt-ignore: one row a field reads as the table it is.
export const FLOW_FIELDS = [
  { name: "capability", storage: "computed", unit: "", description: "capability whose collector received the flow", absence: "never null" },
  { name: "export_format", storage: "enum", values: EXPORT_FORMATS, unit: "", description: "wire format of the datagram", absence: "never null" },
  { name: "exporter", storage: "address", unit: "", description: "address of the device that exported the flow", absence: "the source is not known (a raw datagram file)", ipfix: 130 },
  { name: "observation_domain", storage: "u32", unit: "", description: "observation domain, source id, or engine type × 256 + engine id", absence: "the format has none", ipfix: 149 },
  { name: "received_at", storage: "time", unit: "ms", description: "when the collector received the datagram; never decreases within a collector", absence: "only in decode, of a file that does not say" },
  { name: "start_at", storage: "time", unit: "ms", description: "when the first packet of the flow was seen", absence: "not exported", ipfix: 152, netflow9: 22 },
  { name: "end_at", storage: "time", unit: "ms", description: "when the last packet of the flow was seen", absence: "not exported", ipfix: 153, netflow9: 21 },
  { name: "duration_ms", storage: "f64", unit: "ms", description: "time from first to last packet", absence: "not exported, or the end lies before the start", ipfix: 161 },
  { name: "src_addr", storage: "address", unit: "", description: "source address", absence: "not an IP flow", ipfix: 8, netflow9: 8 },
  { name: "dst_addr", storage: "address", unit: "", description: "destination address", absence: "not an IP flow", ipfix: 12, netflow9: 12 },
  { name: "src_port", storage: "u16", unit: "", description: "source transport port", absence: "not exported", ipfix: 7, netflow9: 7 },
  { name: "dst_port", storage: "u16", unit: "", description: "destination transport port", absence: "not exported", ipfix: 11, netflow9: 11 },
  { name: "protocol", storage: "u8", unit: "", description: "IP protocol number (IANA)", absence: "not exported", ipfix: 4, netflow9: 4 },
  { name: "protocol_name", storage: "computed", unit: "", description: "name of the IP protocol", absence: "no protocol, or one without a name" },
  { name: "tcp_flags", storage: "u16", unit: "", description: "TCP control bits seen, or-ed together", absence: "not exported", ipfix: 6, netflow9: 6 },
  { name: "ip_tos", storage: "u8", unit: "", description: "type of service or traffic class octet", absence: "not exported", ipfix: 5, netflow9: 5 },
  { name: "bytes", storage: "f64", unit: "octets", description: "layer 3 octets: exported value × sampling_rate; exact to 2^53, then the nearest number", absence: "not exported", ipfix: 1, netflow9: 1 },
  { name: "packets", storage: "f64", unit: "packets", description: "packets: exported value × sampling_rate", absence: "not exported", ipfix: 2, netflow9: 2 },
  { name: "l2_bytes", storage: "f64", unit: "octets", description: "layer 2 octets: exported value × sampling_rate", absence: "not exported", ipfix: 352 },
  { name: "dropped_packets", storage: "f64", unit: "packets", description: "packets of the flow that the device dropped; all of them where its forwarding status alone says so", absence: "not exported", ipfix: 133 },
  { name: "sampling_rate", storage: "f64", unit: "", description: "one packet in this many was seen; bytes and packets are scaled by it already", absence: "unknown: counters are as exported", ipfix: 305, netflow9: 34 },
  { name: "sampling_source", storage: "enum", values: SAMPLING_SOURCES, unit: "", description: "where sampling_rate came from", absence: "never null" },
  { name: "in_if", storage: "u32", unit: "", description: "ifIndex of the ingress interface; 0 where the device says it was none", absence: "not exported", ipfix: 10, netflow9: 10 },
  { name: "out_if", storage: "u32", unit: "", description: "ifIndex of the egress interface; 0 where dropped or for the device itself", absence: "not exported", ipfix: 14, netflow9: 14 },
  { name: "in_if_name", storage: "string", unit: "", description: "name of the ingress interface", absence: "not learnt", ipfix: 82, netflow9: 82 },
  { name: "out_if_name", storage: "string", unit: "", description: "name of the egress interface", absence: "not learnt", ipfix: 82, netflow9: 82 },
  { name: "direction", storage: "enum", values: ["ingress", "egress"], unit: "", description: "where on the interface the flow was observed", absence: "not exported", ipfix: 61, netflow9: 61 },
  { name: "next_hop", storage: "address", zeroIsUnknown: true, unit: "", description: "next hop router", absence: "not exported, or 0.0.0.0", ipfix: 15, netflow9: 15 },
  { name: "bgp_next_hop", storage: "address", zeroIsUnknown: true, unit: "", description: "next hop router in BGP", absence: "not exported, or 0.0.0.0", ipfix: 18, netflow9: 18 },
  { name: "src_as", storage: "u32", zeroIsUnknown: true, unit: "", description: "autonomous system of the source (origin or peer, as the device is set)", absence: "not exported, or 0", ipfix: 16, netflow9: 16 },
  { name: "dst_as", storage: "u32", zeroIsUnknown: true, unit: "", description: "autonomous system of the destination (origin or peer, as the device is set)", absence: "not exported, or 0", ipfix: 17, netflow9: 17 },
  { name: "src_prefix_len", storage: "u8", unit: "bits", description: "length of the source's prefix in the routing table", absence: "not exported", ipfix: 9, netflow9: 9 },
  { name: "dst_prefix_len", storage: "u8", unit: "bits", description: "length of the destination's prefix in the routing table", absence: "not exported", ipfix: 13, netflow9: 13 },
  { name: "vlan", storage: "u16", unit: "", description: "VLAN id", absence: "not exported", ipfix: 58, netflow9: 58 },
  { name: "vrf", storage: "string", unit: "", description: "VRF name or id", absence: "not exported", ipfix: 236 },
  { name: "mpls_label", storage: "u32", unit: "", description: "top MPLS label", absence: "not exported", ipfix: 70, netflow9: 70 },
  { name: "src_mac", storage: "mac", unit: "", description: "source MAC address", absence: "not exported", ipfix: 56, netflow9: 56 },
  { name: "dst_mac", storage: "mac", unit: "", description: "destination MAC address", absence: "not exported", ipfix: 80, netflow9: 80 },
  { name: "icmp_type", storage: "u8", unit: "", description: "ICMP type", absence: "not ICMP, or not exported", ipfix: 176 },
  { name: "icmp_code", storage: "u8", unit: "", description: "ICMP code", absence: "not ICMP, or not exported", ipfix: 177 },
  { name: "latency_ms", storage: "f64", unit: "ms", description: "latency that the exporter measured for the flow", absence: "not measured; never counted as 0" },
  { name: "latency_source", storage: "string", unit: "", description: "which measurement latency_ms is (docs/collecting.md)", absence: "no latency" },
  { name: "retransmits", storage: "u32", unit: "packets", description: "retransmitted packets", absence: "not measured" },
  { name: "forwarding_status", storage: "u8", unit: "", description: "forwarding status and reason code", absence: "not exported", ipfix: 89, netflow9: 89 },
  { name: "event", storage: "string", unit: "", description: "NAT, firewall or drop event; such a row never counts as traffic", absence: "ordinary traffic", ipfix: 230 },
  { name: "nat_src_addr", storage: "address", unit: "", description: "source address after translation", absence: "not translated, or not exported", ipfix: 225 },
  { name: "nat_dst_addr", storage: "address", unit: "", description: "destination address after translation", absence: "not translated, or not exported", ipfix: 226 },
  { name: "nat_src_port", storage: "u16", unit: "", description: "source port after translation", absence: "not translated, or not exported", ipfix: 227 },
  { name: "nat_dst_port", storage: "u16", unit: "", description: "destination port after translation", absence: "not translated, or not exported", ipfix: 228 },
  { name: "application", storage: "string", unit: "", description: "application as the device named it", absence: "not exported", ipfix: 96 },
] as const satisfies readonly FlowField[];

/** A row of FLOW_FIELDS. */
export type FlowRow = (typeof FLOW_FIELDS)[number];

/** The table of flows: what collectors fill and queries read. */
export const FLOW_TABLE: Table<FlowRow> = new Table(FLOW_FIELDS);

/** Name of any field. */
export type FieldName = FlowRow["name"];

/** Name of a field that has a column. */
export type StoredFieldName = StoredName<FlowRow>;

/** Names of the fields of one storage kind. */
export type FieldNameOf<S extends Storage> = NameOf<FlowRow, S>;

/** One flow as people and programs see it: snake_case, unknown values are `null`. */
export type FlowRecord = RecordOf<FlowRow>;

/** The rows that have a column, in storage order; a field's place is its bit in the presence map. */
export const STORED_FIELDS: readonly (FlowField & { readonly name: StoredFieldName })[] =
  FLOW_TABLE.stored;

/** 32-bit words of presence map a row. */
export const PRESENCE_WORDS = FLOW_TABLE.presenceWords;

/**
 * The place of a field in the presence map.
 *
 * @param name stored field
 * @returns its bit: word `bit >> 5`, position `bit & 31`
 */
export function presenceBit(name: StoredFieldName): number {
  return FLOW_TABLE.presenceBit(name);
}

const FIELD_OF = new Map<string, FlowField>(FLOW_FIELDS.map((field) => [field.name, field]));

/**
 * Looks a field up by a name from outside.
 *
 * @param name any text
 * @returns the schema row, or undefined when there is no such field
 */
export function findField(name: string): FlowField | undefined {
  return FIELD_OF.get(name);
}
