import type { StoredFieldName } from "../../flow/schema.ts";
import { MAX_LIMIT } from "../../query/engine/flow_query.ts";
import { QueryError } from "../../query/query_error.ts";
import { figure, type Inquiry, type Row, type Table } from "../inquiry.ts";
import type { Ranking } from "./ranking.ts";
import { ITEM_METRICS, trafficItem } from "./traffic_item.ts";
import { doubtUnseen, leastCount } from "./unseen.ts";

/** What has a name on both sides of a flow. */
export interface Sides {
  readonly kind: string;
  readonly source: string;
  readonly destination: string;
  /** Whether much traffic may have one name on both sides, as within an AS: it counts once. */
  readonly within: boolean;
  /** What it is that sums do not tell, in words; left out where they do. */
  readonly about?: string;
  /** Filter that a side must match to be ranked; none for all. */
  readonly only?: (side: "src" | "dst") => string;
}

export const HOSTS: Sides = {
  kind: "host",
  source: "src_addr" satisfies StoredFieldName,
  destination: "dst_addr" satisfies StoredFieldName,
  within: false,
};

/**
 * As `twoSided`, where the engine may not know the names.
 *
 * @returns null where it cannot group by them
 */
export async function twoSidedIfKnown(
  inquiry: Inquiry,
  sides: Sides,
  options: { limit: number; whole: Table },
): Promise<TwoSided | null> {
  try {
    return await twoSided(inquiry, sides, options);
  } catch (error) {
    // The terms are ours: there is nothing that the caller could mend.
    if (error instanceof QueryError && error.message.startsWith("group_by: ")) return null;
    throw error;
  }
}

/** A ranking, and the bytes of sides without a name. */
export interface TwoSided extends Ranking {
  readonly unnamed: { readonly sent: number; readonly received: number };
}

/**
 * Ranks what stands on either side of flows by all that it sent and received. Names that are not
 * known are not ranked; `unnamed` says what they came to.
 *
 * @param inquiry to ask
 * @param sides of which terms
 * @param options `limit` of names to list, and the `whole` traffic that they are parts of
 */
export async function twoSided(
  inquiry: Inquiry,
  sides: Sides,
  { limit, whole }: { limit: number; whole: Table },
): Promise<TwoSided> {
  const { kind, source, destination, only = () => "" } = sides;
  const by = (group_by: readonly string[], filter: string, about?: string) =>
    inquiry.ask({ group_by, filter, metrics: ITEM_METRICS, limit: MAX_LIMIT }, { about });
  const sent = await by([source], only("src"), sides.about);
  const received = await by([destination], only("dst"), sides.about);
  const inside = sides.within
    ? await by([source, destination], "", sides.about ?? `what stays within one ${kind}`)
    : null;
  // Where sums tell of both sides, but not of what has one name on both.
  const blurred = inside?.untold && sent.untold === null;
  if (blurred) {
    inquiry.doubt({
      figure: `bytes by ${kind}`,
      error:
        "at least what is said, at most what was sent and received together: sums do not tell " +
        "what stays within one",
    });
  }
  const from = new Map(sent.rows.map((row) => [row[source], row]));
  const to = new Map(received.rows.map((row) => [row[destination], row]));
  const both = new Map(
    inside?.rows.filter((row) => row[source] === row[destination]).map((row) => [row[source], row]),
  );
  const all = [...new Set([...from.keys(), ...to.keys()])].filter((name) => name !== null)
    .map((name) => {
      const parts = { sent: from.get(name), received: to.get(name), both: both.get(name) };
      return {
        ...trafficItem(blurred ? larger(parts) : takenTogether(parts), { kind, name, whole }),
        bytes_sent: figure(parts.sent, "bytes"),
        bytes_received: figure(parts.received, "bytes"),
      };
    })
    .sort((a, b) => b.bytes - a.bytes || (String(a.name) < String(b.name) ? -1 : 1));
  const items = all.slice(0, limit);
  doubtUnseen(inquiry, kind, inside === null ? [sent, received] : [sent, received, inside]);
  return {
    kind,
    items,
    omitted: leastCount(all.length, [sent, received]) - items.length,
    atLeast: sent.more || received.more,
    untold: sent.untold,
    unnamed: {
      sent: figure(from.get(null), "bytes"),
      received: figure(to.get(null), "bytes"),
    },
  };
}

/** What the whole of two sides comes to at least. */
function larger({ sent, received }: { sent?: Row; received?: Row }): Row {
  return figure(sent, "bytes") > figure(received, "bytes") ? sent! : received ?? sent!;
}

function takenTogether(
  { sent, received, both }: { sent?: Row; received?: Row; both?: Row },
): Row {
  return Object.fromEntries(
    ITEM_METRICS.map((name) => [
      name,
      figure(sent, name) + figure(received, name) - figure(both, name),
    ]),
  );
}
