import { countOf } from "../../count_of.ts";
import type { NextChanges, Scope, Table } from "../inquiry.ts";
import { heldText } from "../held_text.ts";
import { nothingBecause } from "../nothing_told.ts";
import { windowText } from "../wording.ts";
import type { TrafficItem } from "./traffic_item.ts";

/** What looking at traffic in one way gives. */
export interface FocusAnswer {
  readonly headline: string;
  readonly items: (TrafficItem | Record<string, unknown>)[];
  readonly omitted: number;
  /** Arguments of `query_flows` that lead on. */
  readonly query: NextChanges;
}

/** The answer where there is nothing to look at, in as much of the window as was collected and read. */
export function noTraffic({ window, filter }: Scope, table: Table): FocusAnswer {
  const which = filter.trim() === "" ? "" : " that matches the filter";
  return {
    headline: table.absence !== null
      ? `${nothingBecause(window, table.absence)}.`
      : table.scan.stopped_at !== null
      ? `No traffic${which} among the ${
        countOf(table.scan.rows_scanned, "flow record")
      } that were ` +
        `read of ${windowText(window)}: the query reached its budget before all were.`
      : `No traffic${which} in ${heldText(window, table)}.`,
    items: [],
    omitted: 0,
    query: { group_by: [], metrics: ["bytes", "packets", "flows"] },
  };
}
