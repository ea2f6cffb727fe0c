import { formatTime } from "../../flow/record_reader.ts";
import type { Dimension } from "../../flow/rollup_schema.ts";
import type { ReadQuery } from "../engine/flow_query.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { FlowArchive } from "../flow_archive.ts";
import type { FlowSource } from "../flow_source.ts";
import { reachesBehind } from "../scan.ts";
import { chooseDimension } from "./choose_dimension.ts";
import { planTiers, type TierReaches } from "./plan_tiers.ts";
import { sumsReach, tierReaches } from "./tier_reaches.ts";
import { type Span, TIER_MS, type TierPart } from "./traffic_sums.ts";
import { summedAlone, type Untold } from "./untold.ts";

/** What answers a query. */
export interface QueryTiers {
  readonly parts: readonly TierPart[];
  /** Whose sums are read; null where none are. */
  readonly dimension: Dimension | null;
  /** From the begin of the oldest sums there are to the end of the newest; null where none are read. */
  readonly sums: Span | null;
  /** Whether flows are gone of the time that sums answer for: else there are too many to be read. */
  readonly gone: boolean;
  /** What flows do not answer for, and sums do not tell, where flows answer alone; else null. */
  readonly untold: Untold | null;
  /** What of the window lies beside whole minutes or hours. */
  readonly notes: readonly string[];
  /** What to ask instead where reading takes too long; else nothing. */
  readonly advice: readonly string[];
}

/**
 * Finds what answers a query: the flows alone, or also sums.
 *
 * @param sources rings in memory
 * @param read the query
 * @param options its filter `node`, what is kept on disk, and how many flows it may read
 */
export function queryTiers(
  sources: readonly FlowSource[],
  read: ReadQuery,
  { node, archive, maxRows }: {
    node: FilterNode;
    archive: FlowArchive | null | undefined;
    maxRows: number;
  },
): QueryTiers {
  const { window } = read.query;
  const flows: QueryTiers = {
    parts: [{ tier: "flows", ...window }],
    dimension: null,
    sums: null,
    gone: false,
    untold: null,
    notes: [],
    advice: [],
  };
  if (!archive || !reachesBehind(sources, window)) return flows;
  const choice = chooseDimension(read, node);
  let reaches: TierReaches;
  try {
    reaches = tierReaches(sources, archive, { window, maxRows });
  } catch {
    // The scan of the flows says that the archive cannot be read.
    return flows;
  }
  const summed = choice.dimension !== null;
  const parts = planTiers(window, { bucketMs: read.bucketMs, summed }, reaches);
  const sums = sumsReach(reaches);
  if (parts.some(({ tier }) => tier !== "flows")) {
    const notes = [...cutEdges(read, parts, reaches)];
    return {
      ...flows,
      parts,
      dimension: choice.dimension,
      sums,
      gone: areGone(parts, reaches),
      notes,
      advice: quicker(read, parts),
    };
  }
  const alone = summedAlone(window, reaches);
  if (alone === null) return flows;
  const fits = (["minutes", "hours"] as const)
    .some((tier) =>
      (reaches[tier]?.fromMs ?? Infinity) < alone.toMs && read.bucketMs % TIER_MS[tier] === 0
    );
  const buckets = fits ? [] : [`buckets of ${read.query.bucket_seconds} s`];
  const lacking = choice.dimension === null ? choice.lacking : buckets;
  return { ...flows, untold: { ...alone, lacking } };
}

/** Whether of the time that sums answer for not all flows are held. */
function areGone(
  parts: readonly TierPart[],
  { flowsFromMs, holes }: Pick<TierReaches, "flowsFromMs" | "holes">,
): boolean {
  return parts.some(({ tier, fromMs, toMs }) =>
    tier !== "flows" && (fromMs < flowsFromMs ||
      holes.some((hole) => hole.fromMs < toMs && fromMs < hole.toMs))
  );
}

/** The nearest buckets that hours answer, where minutes answered for want of whole ones. */
function quicker({ bucketMs }: ReadQuery, parts: readonly TierPart[]): string[] {
  if (bucketMs % TIER_MS.hours === 0 || parts.every(({ tier }) => tier !== "minutes")) return [];
  const hours = Math.max(1, Math.round(bucketMs / TIER_MS.hours));
  return [
    `Buckets of ${3600 * hours} s are answered from sums by the hour, of which there are sixty ` +
    "times fewer: ask for these, or for a shorter window.",
  ];
}

/** Sums are cut at whole minutes or hours: what of the window lies beside them, where flows are gone. */
function* cutEdges(
  { query: { window }, bucketMs }: ReadQuery,
  parts: readonly TierPart[],
  reaches: TierReaches,
): Generator<string> {
  const [first, last] = [parts[0], parts[parts.length - 1]];
  const hasMinutes = (ms: number) => reaches.minutes !== null && reaches.minutes.fromMs <= ms;
  const edges: { cut: string; hours: boolean }[] = [];
  if (first.fromMs > window.fromMs && sumsReach(reaches).fromMs < first.fromMs) {
    edges.push({
      cut: `begins at ${formatTime(first.fromMs)}`,
      hours: !hasMinutes(first.fromMs - 1),
    });
  }
  if (last.toMs < window.toMs) {
    edges.push({ cut: `ends at ${formatTime(last.toMs)}`, hours: !hasMinutes(last.toMs) });
  }
  for (const [hours, same] of Map.groupBy(edges, ({ hours }) => hours)) {
    const unit = hours ? "hour" : "minute";
    const what = hours && bucketMs % TIER_MS.hours !== 0 ? "buckets" : "a window";
    yield `The answer ${same.map(({ cut }) => cut).join(" and ")}: of the time around that only ` +
      `sums by the ${unit} are kept, so ask for ${what} of whole ${
        hours ? "hours" : `minutes of ${TIER_MS.minutes / 1000} s`
      }.`;
  }
}
