import {
  type EncodedField,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  SAMPLE_INTERFACES,
} from "./template_table.ts";
import type { ExportDialect } from "./templated_encoder.ts";

/** Most flows, whatever their addresses, that surely fit a datagram of an Ethernet frame. */
export const V9_FLOWS_PER_DATAGRAM = 20;

/** The field types of RFC 3954 §8 that both templates share; counters and interfaces by default width. */
// deno-fmt-ignore: one row a field reads as the table it is.
const FIELDS: readonly EncodedField[] = [
  /* L4_SRC_PORT */    { id: 7, length: 2, value: ({ flow }) => flow.src_port },
  /* L4_DST_PORT */    { id: 11, length: 2, value: ({ flow }) => flow.dst_port },
  /* PROTOCOL */       { id: 4, length: 1, value: ({ flow }) => flow.protocol },
  /* TCP_FLAGS */      { id: 6, length: 1, value: ({ flow }) => flow.tcp_flags ?? 0 },
  /* IN_BYTES */       { id: 1, length: 4, value: ({ flow }) => flow.bytes },
  /* IN_PKTS */        { id: 2, length: 4, value: ({ flow }) => flow.packets },
  /* FIRST_SWITCHED */ { id: 22, length: 4, value: ({ flow, bootMs }) => uptime(flow.start_ms, bootMs) },
  /* LAST_SWITCHED */  { id: 21, length: 4, value: ({ flow, bootMs }) => uptime(flow.end_ms, bootMs) },
  /* INPUT_SNMP */     { id: 10, length: 2, value: () => SAMPLE_INTERFACES.in },
  /* OUTPUT_SNMP */    { id: 14, length: 2, value: () => SAMPLE_INTERFACES.out },
];

/** NetFlow version 9 as RFC 3954 has exporters write it: sets are padded to 32 bits (§5.3). */
export const NETFLOW9_EXPORT: ExportDialect = {
  version: 9,
  second: "records",
  writeHeader: (out, { uptimeMs, exportMs, sequence, domain }) =>
    out.words([uptimeMs, Math.floor(exportMs / 1000), sequence, domain]),
  templateSet: 0,
  optionsTemplateSet: 1,
  optionsHeader: "octets",
  align: 4,
  sequenceUnit: "datagrams",
  ipv4: { id: 256, fields: [...IPV4_ADDRESSES, ...FIELDS] },
  ipv6: { id: 257, fields: [...IPV6_ADDRESSES, ...FIELDS] },
  // SAMPLING_INTERVAL and SAMPLING_ALGORITHM (1: every so many packets) of scope 1, the system.
  sampling: {
    id: 258,
    scope: [{ id: 1, length: 4, value: ({ domain }) => domain }],
    fields: [
      { id: 34, length: 4, value: ({ samplingRate }) => samplingRate },
      { id: 35, length: 1, value: () => 1 },
    ],
  },
};

/** 32 bits that wrap after 49.7 days. */
function uptime(atMs: number, bootMs: number): number {
  return (atMs - bootMs) >>> 0;
}
