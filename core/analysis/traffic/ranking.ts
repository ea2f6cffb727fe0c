import type { Untold } from "../../query/sums/untold.ts";
import type { Inquiry, Table } from "../inquiry.ts";
import { ITEM_METRICS, type TrafficItem, trafficItem } from "./traffic_item.ts";

/** Parts of the traffic, the largest first. */
export interface Ranking {
  readonly kind: string;
  readonly items: TrafficItem[];
  /** Parts that are not listed. */
  readonly omitted: number;
  /** Whether there may be even more: what was added up was not everything. */
  readonly atLeast?: boolean;
  /** Of what they are parts, where that is not all traffic: sums do not tell them of the rest. */
  readonly of?: Table;
  /** What sums did not tell of them, if anything. */
  readonly untold: Untold | null;
}

/**
 * The largest parts of the traffic by one term.
 *
 * @param inquiry to ask
 * @param options `term` to group by, what `kind` of thing that is, how many at most, and the `whole`
 *   traffic
 */
export async function ranking(
  inquiry: Inquiry,
  { term, kind, limit, whole }: { term: string; kind: string; limit: number; whole: Table },
): Promise<Ranking> {
  const table = await inquiry.ask({ group_by: [term], metrics: ITEM_METRICS, limit });
  return {
    kind,
    items: table.rows.map((row) => trafficItem(row, { kind, name: row[term], whole })),
    omitted: table.totals.groups - table.rows.length,
    untold: table.untold,
  };
}
