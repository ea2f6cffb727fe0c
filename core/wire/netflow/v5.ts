import type { FixedFormat } from "./fixed_codec.ts";
import { V5_FIELDS, V5_HEADER } from "./v5_fields.ts";

/** NetFlow version 5: tables B-3 and B-4. */
export const NETFLOW5: FixedFormat = {
  format: "netflow5",
  header: V5_HEADER,
  layouts: [V5_FIELDS],
};
