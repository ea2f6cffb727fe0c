import type { WireField } from "../plan/wire_field.ts";

/**
 * NetFlow version 5 as Cisco's "NetFlow Export Datagram Format" lays it out (tables B-3 and B-4).
 * All integers are big-endian.
 */
export const V5_HEADER = {
  length: 24,
  /** 16 bits: records that follow. */
  count: 2,
  /** 32 bits: milliseconds since the exporter started. */
  sysUptime: 4,
  /** 32 bits: seconds since 1970. */
  unixSecs: 8,
  /** 32 bits: residual nanoseconds. */
  unixNsecs: 12,
  /** 32 bits: flows exported before this datagram. */
  flowSequence: 16,
  engineType: 20,
  engineId: 21,
  /** 16 bits: mode in the top 2, interval in the low 14. */
  samplingInterval: 22,
} as const;

/** The fields of a record in order (table B-4). */
// deno-fmt-ignore: one row a field reads as the table it is.
export const V5_FIELDS = [
  { name: "srcaddr", width: 4, uses: [{ target: "src_addr", kind: "ipv4" }] },
  { name: "dstaddr", width: 4, uses: [{ target: "dst_addr", kind: "ipv4" }] },
  { name: "nexthop", width: 4, uses: [{ target: "next_hop", kind: "ipv4" }] },
  { name: "input", width: 2, uses: [{ target: "in_if", kind: "unsigned" }] },
  { name: "output", width: 2, uses: [{ target: "out_if", kind: "unsigned" }] },
  { name: "dPkts", width: 4, uses: [{ target: "packets", kind: "counter" }] },
  { name: "dOctets", width: 4, uses: [{ target: "bytes", kind: "counter" }] },
  { name: "First", width: 4, uses: [{ target: "start_at", kind: "uptime" }] },
  { name: "Last", width: 4, uses: [{ target: "end_at", kind: "uptime" }] },
  { name: "srcport", width: 2, uses: [{ target: "src_port", kind: "unsigned" }] },
  { name: "dstport", width: 2, uses: [{ target: "dst_port", kind: "unsigned" }] },
  { name: "pad1", width: 1 },
  { name: "tcp_flags", width: 1, uses: [{ target: "tcp_flags", kind: "unsigned" }] },
  { name: "prot", width: 1, uses: [{ target: "protocol", kind: "unsigned" }] },
  { name: "tos", width: 1, uses: [{ target: "ip_tos", kind: "unsigned" }] },
  { name: "src_as", width: 2, uses: [{ target: "src_as", kind: "unsigned" }] },
  { name: "dst_as", width: 2, uses: [{ target: "dst_as", kind: "unsigned" }] },
  { name: "src_mask", width: 1, uses: [{ target: "src_prefix_len", kind: "unsigned" }] },
  { name: "dst_mask", width: 1, uses: [{ target: "dst_prefix_len", kind: "unsigned" }] },
  { name: "pad2", width: 2 },
] as const satisfies readonly WireField[];

/** Octets of one record. */
export const V5_RECORD_LENGTH = V5_FIELDS.reduce((sum, { width }) => sum + width, 0);

/** Names of the fields in the specification. */
export type V5FieldName = (typeof V5_FIELDS)[number]["name"];

/**
 * Where a field lies.
 *
 * @param name as in the specification
 * @returns octets from the start of the record, and its width
 */
export function v5Place(name: V5FieldName): { offset: number; width: number } {
  const index = V5_FIELDS.findIndex((field) => field.name === name);
  const offset = V5_FIELDS.slice(0, index).reduce((sum, { width }) => sum + width, 0);
  return { offset, width: V5_FIELDS[index].width };
}
