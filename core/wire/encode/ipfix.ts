import {
  type EncodedField,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  SAMPLE_INTERFACES,
} from "./template_table.ts";
import type { ExportDialect } from "./templated_encoder.ts";

/** Most flows, whatever their addresses, that surely fit a datagram of an Ethernet frame. */
export const IPFIX_FLOWS_PER_DATAGRAM = 15;

/** The elements that both templates share: 64-bit counters, times in milliseconds since 1970. */
// deno-fmt-ignore: one row a field reads as the table it is.
const FIELDS: readonly EncodedField[] = [
  /* sourceTransportPort */      { id: 7, length: 2, value: ({ flow }) => flow.src_port },
  /* destinationTransportPort */ { id: 11, length: 2, value: ({ flow }) => flow.dst_port },
  /* protocolIdentifier */       { id: 4, length: 1, value: ({ flow }) => flow.protocol },
  /* tcpControlBits */           { id: 6, length: 1, value: ({ flow }) => flow.tcp_flags ?? 0 },
  /* octetDeltaCount */          { id: 1, length: 8, value: ({ flow }) => flow.bytes },
  /* packetDeltaCount */         { id: 2, length: 8, value: ({ flow }) => flow.packets },
  /* flowStartMilliseconds */    { id: 152, length: 8, value: ({ flow }) => flow.start_ms },
  /* flowEndMilliseconds */      { id: 153, length: 8, value: ({ flow }) => flow.end_ms },
  /* ingressInterface */         { id: 10, length: 4, value: () => SAMPLE_INTERFACES.in },
  /* egressInterface */          { id: 14, length: 4, value: () => SAMPLE_INTERFACES.out },
];

/** IPFIX as RFC 7011 has exporters write it, without padding. */
export const IPFIX_EXPORT: ExportDialect = {
  version: 10,
  second: "octets",
  writeHeader: (out, { exportMs, sequence, domain }) =>
    out.words([Math.floor(exportMs / 1000), sequence, domain]),
  templateSet: 2,
  optionsTemplateSet: 3,
  optionsHeader: "fields",
  align: 1,
  sequenceUnit: "records",
  ipv4: { id: 256, fields: [...IPV4_ADDRESSES, ...FIELDS] },
  ipv6: { id: 257, fields: [...IPV6_ADDRESSES, ...FIELDS] },
  // Of the observation domain (149): selectorAlgorithm 1, systematic count-based sampling, takes
  // samplingPacketInterval packets and leaves samplingPacketSpace (RFC 5477 §8.2).
  sampling: {
    id: 258,
    scope: [{ id: 149, length: 4, value: ({ domain }) => domain }],
    fields: [
      { id: 304, length: 2, value: () => 1 },
      { id: 305, length: 4, value: () => 1 },
      { id: 306, length: 4, value: ({ samplingRate }) => samplingRate - 1 },
    ],
  },
};
