import { type Cell, figure, type Row, type Table } from "../inquiry.ts";

/** What one part of the traffic came to. */
export interface TrafficItem {
  /** What it is: "host", "service", "exporter" and so on. */
  kind: string;
  /** null where the exporter does not say. */
  name: Cell;
  bytes: number;
  packets: number;
  flows: number;
  /** Over the part of the window that was collected. */
  bits_per_second: number | null;
  /** Of the bytes of all traffic in question; null where there is none. */
  share_percent: number | null;
  [more: string]: unknown;
}

/** The metrics that make an item. */
export const ITEM_METRICS: readonly string[] = ["bytes", "packets", "flows"];

/**
 * Makes an item.
 *
 * @param metrics its own
 * @param item what it `kind` is, its `name`, and the `whole` that it is a part of
 */
export function trafficItem(
  metrics: Row,
  { kind, name, whole }: { kind: string; name: Cell; whole: Table },
): TrafficItem {
  const bytes = figure(metrics, "bytes");
  const all = figure(whole.totals.metrics, "bytes");
  return {
    kind,
    name,
    bytes,
    packets: figure(metrics, "packets"),
    flows: figure(metrics, "flows"),
    bits_per_second: whole.seconds > 0 ? bytes * 8 / whole.seconds : null,
    share_percent: all > 0 ? 100 * bytes / all : null,
  };
}

/** The metrics of several rows together. */
export function added(rows: readonly Row[]): Row {
  return Object.fromEntries(
    ITEM_METRICS.map((name) => [name, rows.reduce((sum, row) => sum + figure(row, name), 0)]),
  );
}
