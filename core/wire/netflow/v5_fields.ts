import type { WireField } from "../plan.ts";

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

/** Octets of one record. */
export const V5_RECORD_LENGTH = 48;

const SPEC = "table B-4";

// deno-fmt-ignore: one row a field reads as the table it is.
export const V5_FIELDS = [
  { name: "srcaddr", offset: 0, width: 4, kind: "ipv4", column: "src_addr", spec: SPEC },
  { name: "dstaddr", offset: 4, width: 4, kind: "ipv4", column: "dst_addr", spec: SPEC },
  { name: "nexthop", offset: 8, width: 4, kind: "ipv4", column: "next_hop", spec: SPEC },
  { name: "input", offset: 12, width: 2, kind: "unsigned", column: "in_if", spec: SPEC },
  { name: "output", offset: 14, width: 2, kind: "unsigned", column: "out_if", spec: SPEC },
  { name: "dPkts", offset: 16, width: 4, kind: "counter", column: "packets", spec: SPEC },
  { name: "dOctets", offset: 20, width: 4, kind: "counter", column: "bytes", spec: SPEC },
  { name: "First", offset: 24, width: 4, kind: "uptime", column: "start_at", spec: SPEC },
  { name: "Last", offset: 28, width: 4, kind: "uptime", column: "end_at", spec: SPEC },
  { name: "srcport", offset: 32, width: 2, kind: "unsigned", column: "src_port", spec: SPEC },
  { name: "dstport", offset: 34, width: 2, kind: "unsigned", column: "dst_port", spec: SPEC },
  { name: "pad1", offset: 36, width: 1, kind: "unsigned", spec: SPEC },
  { name: "tcp_flags", offset: 37, width: 1, kind: "unsigned", column: "tcp_flags", spec: SPEC },
  { name: "prot", offset: 38, width: 1, kind: "unsigned", column: "protocol", spec: SPEC },
  { name: "tos", offset: 39, width: 1, kind: "unsigned", column: "ip_tos", spec: SPEC },
  { name: "src_as", offset: 40, width: 2, kind: "unsigned", column: "src_as", spec: SPEC },
  { name: "dst_as", offset: 42, width: 2, kind: "unsigned", column: "dst_as", spec: SPEC },
  { name: "src_mask", offset: 44, width: 1, kind: "unsigned", column: "src_prefix_len", spec: SPEC },
  { name: "dst_mask", offset: 45, width: 1, kind: "unsigned", column: "dst_prefix_len", spec: SPEC },
  { name: "pad2", offset: 46, width: 2, kind: "unsigned", spec: SPEC },
] as const satisfies readonly WireField[];
