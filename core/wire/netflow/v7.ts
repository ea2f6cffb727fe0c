import type { WireField } from "../plan/wire_field.ts";
import type { FixedFormat } from "./fixed_codec.ts";
import { V5_FIELDS, V5_HEADER } from "./v5_fields.ts";

/** Up to its end version 7 is as version 5, with flags for padding and a router behind. */
const FIELDS: readonly WireField[] = [...V5_FIELDS, { name: "router_sc", width: 4 }];

/** NetFlow version 7 of Catalyst switches: tables B-5 and B-6. */
export const NETFLOW7: FixedFormat = {
  format: "netflow7",
  header: {
    length: V5_HEADER.length,
    count: V5_HEADER.count,
    sysUptime: V5_HEADER.sysUptime,
    unixSecs: V5_HEADER.unixSecs,
    unixNsecs: V5_HEADER.unixNsecs,
    flowSequence: V5_HEADER.flowSequence,
  },
  layouts: [FIELDS],
};
