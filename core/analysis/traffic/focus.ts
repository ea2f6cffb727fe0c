import type { Scope } from "../inquiry.ts";
import { windowText } from "../wording.ts";
import type { TrafficItem } from "./traffic_item.ts";

/** What looking at traffic in one way gives. */
export interface FocusAnswer {
  readonly headline: string;
  readonly items: (TrafficItem | Record<string, unknown>)[];
  readonly omitted: number;
  /** Arguments of `query_flows` that lead on. */
  readonly query: Record<string, unknown>;
}

/** The answer where there is nothing to look at. */
export function noTraffic({ window, filter }: Scope): FocusAnswer {
  const which = filter.trim() === "" ? "" : " that matches the filter";
  return {
    headline: `No traffic${which} in ${windowText(window)}.`,
    items: [],
    omitted: 0,
    query: { group_by: [], metrics: ["bytes", "packets", "flows"] },
  };
}
