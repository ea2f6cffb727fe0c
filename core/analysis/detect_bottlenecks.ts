import { countOf } from "../count_of.ts";
import { type Analysis, figure, type Ground, Inquiry, type Scope, type Table } from "./inquiry.ts";
import type { InterfaceCapacities, InterfaceCapacity } from "./interface_capacities.ts";
import {
  type InterfaceLoad,
  interfaceLoads,
  interfaceText,
  isInterface,
} from "./interface_loads.ts";
import { nothingBecause } from "./nothing_told.ts";
import { bucketSeconds, type RateSeries, rateSeries, SERIES_METRICS } from "./rate_series.ts";
import { bitRate, collectedText, listed, percent, span } from "./wording.ts";

/** Interfaces listed, of which so many with what fills them. */
const LISTED = 20;
const EXPLAINED = 5;
const TOP = 3;
/** Beyond that no interface was full, but a figure is wrong; buckets may take a little too much. */
export const IMPOSSIBLE_PERCENT = 110;
/** Utilisation in percent from which 95 % of the time is grave: queues grow fast beyond 70 %. */
const CRITICAL = 90;
const WARNING = 70;
/** How far a line is drawn on, in lengths of the window that it was fitted to. */
const FORESEEABLE_WINDOWS = 10;

/** One direction of an interface: how full it is, or why nobody can say. */
export interface BottleneckItem {
  kind: "bottleneck" | "not_judged";
  severity: "critical" | "warning" | "info" | null;
  exporter: string | null;
  if_index: number | null;
  if_name: string | null;
  direction: "in" | "out";
  capacity_bits_per_second: number | null;
  capacity_source: InterfaceCapacity["source"] | null;
  p95_bits_per_second: number | null;
  peak_bits_per_second: number | null;
  peak_at: string | null;
  p95_percent: number | null;
  peak_percent: number | null;
  /** From the end of the window on, where the whole load is known and rises significantly; else null. */
  seconds_to_saturation: number | null;
  top_sources: Filler[];
  top_services: Filler[];
  /** Why it is not judged. */
  why: string | null;
}

/** Who or what fills an interface. */
export interface Filler {
  name: string | number | null;
  bytes: number;
  share_percent: number;
}

interface Judged {
  readonly load: InterfaceLoad;
  readonly series: RateSeries;
  readonly item: BottleneckItem;
}

/**
 * Which interfaces are full, since when, and of what? Load over buckets of the flows' own time
 * against capacity, for each exporter, interface and direction. Flows count octets of layer 3: the
 * framing of Ethernet, 38 octets a packet, comes on top of what is said here.
 *
 * @param ground what to ask
 * @param question which flows, from which `thresholdPercent` of its capacity on an interface is
 *   listed, and the `capacities`
 * @throws {FilterError} when the filter is not one
 */
export async function detectBottlenecks(
  ground: Ground,
  { thresholdPercent, capacities, ...scope }: Scope & {
    thresholdPercent: number;
    capacities: InterfaceCapacities;
  },
): Promise<Analysis<BottleneckItem>> {
  const inquiry = new Inquiry(ground, scope);
  return inquiry.conclude(await bottlenecks(inquiry, { thresholdPercent, capacities }));
}

/** As `detectBottlenecks`, as a part of another analysis. */
export async function bottlenecks(
  inquiry: Inquiry,
  { thresholdPercent, capacities }: { thresholdPercent: number; capacities: InterfaceCapacities },
): Promise<Omit<Analysis<BottleneckItem>, "trust">> {
  const { scope, ground: { nowMs } } = inquiry;
  const { loads, table } = await interfaceLoads(inquiry, {
    bucket_seconds: bucketSeconds(scope.window),
    metrics: SERIES_METRICS,
  });
  const judged = loads.filter(isInterface).map((load): Judged => {
    const series = rateSeries({ ...table, rows: load.rows }, { nowMs });
    const capacity = capacities.capacity(load.exporter ?? "", load.if_index!, load.direction);
    return { load, series, item: judge(load, { series, capacity, scope }) };
  });
  const full = judged.filter(({ item }) => (item.peak_percent ?? -1) >= thresholdPercent)
    .sort((a, b) => b.item.p95_percent! - a.item.p95_percent!);
  const unknown = judged.filter(({ item }) => item.kind === "not_judged")
    .sort((a, b) => (b.series.peak ?? 0) - (a.series.peak ?? 0));
  for (const { load, item } of full.slice(0, EXPLAINED)) {
    item.top_sources = await fillers(inquiry, load, "src_addr");
    item.top_services = await fillers(inquiry, load, "service");
  }
  const items = [...full, ...unknown].slice(0, LISTED);
  if (judged.length > 0 && isFiltered(scope)) {
    inquiry.note(
      "Load is that of the traffic which matches the filter: interfaces carry more, and nothing is " +
        "foretold of them.",
    );
  }
  const [worst] = full;
  return {
    headline: headline(judged, { full, unknown, thresholdPercent, scope, table }),
    items: items.map(({ item }) => item),
    omitted: full.length + unknown.length - items.length,
    query: inquiry.next(
      { group_by: ["src_addr", "service"], metrics: ["bytes", "bps"], time: "flow" },
      worst?.load.filter,
    ),
  };
}

function judge(
  load: InterfaceLoad,
  { series, capacity, scope }: {
    series: RateSeries;
    capacity: InterfaceCapacity | null;
    scope: Scope;
  },
): BottleneckItem {
  const { exporter, if_index, if_name, direction } = load;
  const { peak, p95, peak_at } = series;
  const why = capacity === null
    ? "capacity is neither configured nor told by the device"
    : peak === null
    ? "too little of the window was collected"
    : null;
  const share = (rate: number | null) =>
    rate === null || capacity === null ? null : 100 * rate / capacity.bits_per_second;
  const p95_percent = share(p95);
  return {
    kind: why === null ? "bottleneck" : "not_judged",
    severity: p95_percent === null
      ? null
      : p95_percent >= CRITICAL
      ? "critical"
      : p95_percent >= WARNING
      ? "warning"
      : "info",
    exporter,
    if_index,
    if_name,
    direction,
    capacity_bits_per_second: capacity?.bits_per_second ?? null,
    capacity_source: capacity?.source ?? null,
    p95_bits_per_second: p95,
    peak_bits_per_second: peak,
    peak_at,
    p95_percent,
    peak_percent: share(peak),
    seconds_to_saturation: capacity === null || isFiltered(scope)
      ? null
      : saturation(series, capacity, scope.window),
    top_sources: [],
    top_services: [],
    why,
  };
}

/** Whether only a part of the load is looked at. */
function isFiltered({ filter }: Scope): boolean {
  return filter.trim() !== "";
}

/** When the fitted line meets the capacity; null without a trend, or too far off to be foreseen. */
function saturation(
  { slope, fitted_end }: RateSeries,
  { bits_per_second }: InterfaceCapacity,
  { fromMs, toMs }: Scope["window"],
): number | null {
  if (slope === null || fitted_end === null || slope <= 0) return null;
  const seconds = Math.max(0, (bits_per_second - fitted_end) / slope);
  return seconds <= FORESEEABLE_WINDOWS * (toMs - fromMs) / 1000 ? seconds : null;
}

async function fillers(
  inquiry: Inquiry,
  { filter }: InterfaceLoad,
  term: "src_addr" | "service",
): Promise<Filler[]> {
  const { rows, totals } = await inquiry.ask({
    filter,
    group_by: [term],
    metrics: ["bytes"],
    time: "flow",
    // At one interface nothing is counted twice.
    dedup: "off",
    limit: TOP,
  }, { about: "what fills an interface" });
  const all = figure(totals.metrics, "bytes");
  return rows.map((row) => ({
    name: row[term],
    bytes: row.bytes as number,
    share_percent: all > 0 ? 100 * (row.bytes as number) / all : 0,
  }));
}

function headline(
  judged: readonly Judged[],
  { full, unknown, thresholdPercent, scope, table }: {
    table: Table;
    full: readonly Judged[];
    unknown: readonly Judged[];
    thresholdPercent: number;
    scope: Scope;
  },
): string {
  const when = collectedText(scope.window, table);
  const matching = isFiltered(scope) ? " with the traffic that matches the filter" : "";
  if (judged.length === 0 && table.absence !== null) {
    return `${nothingBecause(scope.window, table.absence)}.`;
  }
  if (judged.length === 0) return `No interface is named by the traffic${matching} of ${when}.`;
  const known = judged.length - unknown.length;
  const dark = unknown.length === 0
    ? ""
    : `${countOf(unknown.length, "interface direction")} cannot be judged (${
      listed([...new Set(unknown.map(({ item }) => item.why!))])
    })`;
  if (known === 0) return `In ${when} no interface can be judged: ${dark}.`;
  const [worst] = full;
  const verdict = worst === undefined
    ? `none of ${countOf(known, "interface direction")} reached ${thresholdPercent} % of ` +
      `capacity${matching}`
    : `${full.length} of ${countOf(known, "interface direction")} reached ${thresholdPercent} % ` +
      `of capacity${matching}, the fullest ${describe(worst)}`;
  return `In ${when} ${verdict}${dark === "" ? "" : `; ${dark}`}.`;
}

function describe({ load, item }: Judged): string {
  const { p95_percent, peak_percent, capacity_bits_per_second, seconds_to_saturation } = item;
  const [source] = item.top_sources;
  return `${interfaceText(load)}: 95 % of the time at most ${percent(p95_percent!)} of ` +
    `${bitRate(capacity_bits_per_second)}, at the peak ${percent(peak_percent!)}` +
    (p95_percent! > IMPOSSIBLE_PERCENT
      ? " (more than it can carry: its capacity or the sampling rate is wrong, or flows count twice)"
      : "") +
    (source === undefined
      ? ""
      : `, ${percent(source.share_percent)} of it from ${source.name ?? "unknown sources"}`) +
    (seconds_to_saturation === null
      ? ""
      : seconds_to_saturation === 0
      ? ", saturated by its trend"
      : `, saturated in about ${span(seconds_to_saturation * 1000)} if the trend holds`);
}
