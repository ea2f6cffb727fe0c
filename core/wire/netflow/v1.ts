import type { WireField } from "../plan/wire_field.ts";
import type { FixedFormat } from "./fixed_codec.ts";
import { V5_FIELDS } from "./v5_fields.ts";

/** Up to the ports version 1 is as version 5. */
const FIELDS: readonly WireField[] = [
  ...V5_FIELDS.slice(0, V5_FIELDS.findIndex(({ name }) => name === "pad1")),
  { name: "pad1", width: 2 },
  { name: "prot", width: 1, uses: [{ target: "protocol", kind: "unsigned" }] },
  { name: "tos", width: 1, uses: [{ target: "ip_tos", kind: "unsigned" }] },
  { name: "flags", width: 1, uses: [{ target: "tcp_flags", kind: "unsigned" }] },
  { name: "pad2", width: 3 },
  { name: "reserved", width: 4 },
];

/**
 * NetFlow version 1: tables B-1 and B-2. It numbers nothing, so that loss cannot be known. Records
 * of 48 octets are what probes send; Cisco's own have 4 more, reserved.
 */
export const NETFLOW1: FixedFormat = {
  format: "netflow1",
  header: { length: 16, count: 2, sysUptime: 4, unixSecs: 8, unixNsecs: 12 },
  layouts: [FIELDS, [...FIELDS, { name: "reserved2", width: 4 }]],
};
