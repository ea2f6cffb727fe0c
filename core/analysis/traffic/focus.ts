import type { TrafficItem } from "./traffic_item.ts";

/** What looking at traffic in one way gives. */
export interface FocusAnswer {
  readonly headline: string;
  readonly items: (TrafficItem | Record<string, unknown>)[];
  readonly omitted: number;
  /** Arguments of `query_flows` that lead on. */
  readonly query: Record<string, unknown>;
}
