import type { StoredFieldName } from "../../flow/schema.ts";
import { isSet, setBit } from "./presence.ts";
import type { RowSources } from "./row_sources.ts";

/** Forwarding statuses of packets that were dropped (RFC 7270 §4.12: the top bits are 10). */
const DROPPED = { from: 128, to: 191 } as const;

/** Columns that the statements of `writeDrops` may write. */
export const DROP_COLUMNS: readonly StoredFieldName[] = ["forwarding_status", "dropped_packets"];

/**
 * Statements that note what a device says it dropped, to come after its columns: a flow of which it
 * says so without a number of packets was dropped whole.
 *
 * @param sources of the row
 * @param options `withoutExit`: that a record without an egress interface and without a next hop is
 *   of a flow that was discarded, which its device does not say otherwise
 */
export function writeDrops(
  sources: RowSources,
  { withoutExit }: { withoutExit: boolean },
): string[] {
  const told = withoutExit && sources.has("out_if") && sources.has("next_hop");
  const counted = sources.has("packets") && !sources.has("dropped_packets");
  const lines: string[] = [];
  if (told) {
    lines.push(
      `if (out_if[slot] === 0 && !(${isSet("next_hop")}) && !(${isSet("forwarding_status")})) ` +
        `{ forwarding_status[slot] = ${DROPPED.from}; ${setBit("forwarding_status")} }`,
    );
  }
  if (counted && (told || sources.has("forwarding_status"))) {
    const status = "forwarding_status[slot]";
    lines.push(
      `if (${isSet("forwarding_status")} && ${isSet("packets")} && ` +
        `${status} >= ${DROPPED.from} && ${status} <= ${DROPPED.to}${
          sources.has("event") ? " && happened < 0" : ""
        }) { dropped_packets[slot] = packets[slot]; ${setBit("dropped_packets")} }`,
    );
  }
  return lines;
}
