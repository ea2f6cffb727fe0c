import { countOf } from "../../count_of.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { TimeWindow } from "../../query/scan.ts";
import { figure, type Inquiry, type Table } from "../inquiry.ts";
import { nothingBecause } from "../nothing_told.ts";
import { bitRate, collectedText, comparison, listed, octets, percent } from "../wording.ts";
import { conversations } from "./conversations.ts";
import { interfaces } from "./interfaces.ts";
import { type Ranking, ranking } from "./ranking.ts";
import type { FocusAnswer } from "./focus.ts";
import { type TrafficItem, trafficItem } from "./traffic_item.ts";
import { HOSTS, twoSided } from "./two_sided.ts";

/** Entries of each kind. */
const TOP = 5;
/** Windows of which less was collected are compared with nothing. */
const LEAST_COVERED = 0.9;

/** What is the traffic like? Totals, the change against the window before, the largest of each kind. */
export async function summary(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const { window } = inquiry.scope;
  const before = await inquiry.ask({
    window: { fromMs: 2 * window.fromMs - window.toMs, toMs: window.fromMs, untilNow: false },
    metrics: ["bytes", "packets", "flows"],
  });
  const options = { limit: TOP, whole };
  const hosts = await twoSided(inquiry, HOSTS, options);
  const services = await ranking(inquiry, { term: "service", kind: "service", ...options });
  const pairs = await conversations(inquiry, options);
  const links = await interfaces(inquiry, options);
  const exporters = await ranking(inquiry, { term: "exporter", kind: "exporter", ...options });
  const rankings: readonly Ranking[] = [hosts, services, pairs, links, exporters];
  const change = changeAgainst(inquiry, { whole, before });
  const tops = [
    ...hosts.items.slice(0, 1).map((item) => `${item.name} takes part in ${shareOf(item)}`),
    ...services.items.slice(0, 1).map((item) => `${item.name ?? "no service"} is ${shareOf(item)}`),
  ];
  const [bytes, flows] = ["bytes", "flows"].map((name) => figure(whole.totals.metrics, name));
  const rate = whole.seconds > 0 ? `, ${bitRate(bytes * 8 / whole.seconds)} on average` : "";
  return {
    headline:
      `In ${collectedText(window, whole)} ${octets(bytes)} in ${countOf(flows, "flow")}${rate}` +
      `${change.text === null ? "" : `, ${change.text}`}; ${listed(tops)}.`,
    items: [totalItem(whole), change.item, ...rankings.flatMap(({ items }) => items)],
    omitted: rankings.reduce((sum, { omitted }) => sum + omitted, 0),
    query: { group_by: ["src_addr", "dst_addr", "service"], metrics: ["bytes", "flows", "bps"] },
  };
}

function shareOf({ share_percent }: TrafficItem): string {
  return `${percent(share_percent ?? 0)} of it`;
}

function totalItem(whole: Table): TrafficItem {
  const { metrics } = whole.totals;
  const packets = figure(metrics, "packets");
  return {
    ...trafficItem(metrics, { kind: "total", name: "all traffic", whole }),
    packets_per_second: whole.seconds > 0 ? packets / whole.seconds : null,
    // Not known where only sums are kept.
    sources: metrics["distinct(src_addr)"],
    destinations: metrics["distinct(dst_addr)"],
    covered_seconds: whole.seconds,
  };
}

/** What passed in the window before: of one of which nothing is known, no figures, and why. */
function beforeItem(before: Table, window: TimeWindow): Record<string, unknown> {
  const named = {
    kind: "window_before",
    name: `${formatTime(window.fromMs)}/${formatTime(window.toMs)}`,
  };
  const item = trafficItem(before.totals.metrics, { ...named, whole: before });
  if (before.absence === null) return { ...item, covered_seconds: before.seconds };
  const unknown = Object.fromEntries(Object.keys(item).map((name) => [name, null]));
  const why = `${nothingBecause(window, before.absence)}.`;
  return { ...unknown, ...named, covered_seconds: 0, why };
}

/** By rates, over what was collected of each; nothing is said where too little of either was. */
function changeAgainst(
  inquiry: Inquiry,
  { whole, before }: { whole: Table; before: Table },
): { item: Record<string, unknown>; text: string | null } {
  const { fromMs, toMs } = inquiry.scope.window;
  const least = LEAST_COVERED * (toMs - fromMs) / 1000;
  const comparable = whole.seconds >= least && before.seconds >= least;
  const now = figure(whole.totals.metrics, "bytes") / Math.max(whole.seconds, 1e-3);
  const then = figure(before.totals.metrics, "bytes") / Math.max(before.seconds, 1e-3);
  const words = comparable ? comparison(now, then) : null;
  return {
    item: {
      ...beforeItem(before, { fromMs: 2 * fromMs - toMs, toMs: fromMs, untilNow: false }),
      change_percent: comparable && then > 0 ? 100 * (now - then) / then : null,
    },
    text: words === null
      ? comparable ? "after none in the window before" : null
      : `${words} in the window before`,
  };
}
