import { fillHoles } from "./fill_holes.ts";
import { type Span, type SumTier, TIER_MS, type TierPart, type TierReach } from "./traffic_sums.ts";

/** Minutes that are read rather than hours, which say the same in less, and of hosts a little less. */
const MAX_MINUTES = 1440;

/** What there is to answer from. */
export interface TierReaches {
  /**
   * Arrival from which on no flow is missing in memory and on disk, Unix milliseconds; -Infinity
   * where none ever was, Infinity where nothing is known to be whole.
   */
  readonly flowsFromMs: number;
  /**
   * When flows arrived that were never written, since history could not keep up: from the last before
   * them to the first behind them, in the order of their begin.
   */
  readonly holes: readonly Span[];
  /** Whether reading all of these flows would cost more than the query may. */
  readonly tooMany: boolean;
  /** Arrival before which every flow is in sums, Unix milliseconds. */
  readonly summedToMs: number;
  /** Since when there are sums of what was collected: within the first of them, where all began then. */
  readonly summedSinceMs: number;
  readonly minutes: TierReach;
  readonly hours: TierReach;
}

/**
 * Chooses which tier answers for which part of a window. Parts meet at arrivals and at whole minutes
 * or hours, so that each flow is in one of them, whatever its own time is.
 *
 * Flows answer where they reach, since they answer everything exactly; sums for the time before, for
 * that in which some flows were never written, and where reading all flows would end at the query's
 * budget. Of sums minutes answer up to a day, and at the ends of what whole hours answer.
 *
 * @param window that is asked for
 * @param asked `bucketMs` of a series, 0 for none; `summed`: whether sums can tell what is asked
 * @param reaches what there is
 * @returns the parts, the oldest first, each beginning where the last ended; what lies before and
 *   behind them is nowhere. One part of flows alone is the whole window.
 */
export function planTiers(
  window: Span,
  { bucketMs, summed }: { bucketMs: number; summed: boolean },
  reaches: TierReaches,
): TierPart[] {
  const { fromMs, toMs } = window;
  const { flowsFromMs, holes, tooMany, summedToMs } = reaches;
  const flowsReach = flowsFromMs <= fromMs;
  const flows: TierPart = { tier: "flows", fromMs, toMs };
  if (!summed) return [flows];
  const fits = (tier: SumTier) => bucketMs % TIER_MS[tier] === 0 ? reaches[tier] : null;
  const tiers = { minutes: fits("minutes"), hours: unending(fits("hours"), reaches.minutes) };
  const finest = tiers.minutes !== null ? "minutes" : "hours";
  const seam = tooMany ? Infinity : ceil(flowsFromMs, finest);
  const sumsOf = (span: Span, tier: SumTier) =>
    sumParts(
      { ...span, toMs: Math.min(span.toMs, floor(summedToMs, tier), floor(toMs, tier)) },
      tiers,
    );
  const upTo = (ms: number, tier: SumTier) => sumsOf({ fromMs, toMs: ms }, tier);
  const whole = (parts: readonly TierPart[]) =>
    parts.flatMap((part) =>
      part.tier !== "flows" ? [part] : fillHoles(part, holes, {
        stepMs: TIER_MS[finest],
        sumsOf: (span) => sumsOf(span, finest),
      })
    );
  if (flowsReach && !tooMany) return whole([flows]);
  let parts = upTo(seam, finest);
  if (endOf(parts) < Math.min(seam, toMs)) {
    // There may be no minutes of the hour in which flows begin, and all of that hour.
    const further = upTo(ceil(seam, "hours"), "hours");
    if (endOf(further) > endOf(parts)) parts = further;
  }
  if (parts.length === 0) return whole([flows]);
  const last = endOf(parts);
  if (flowsReach && fromMs < parts[0].fromMs) {
    parts.unshift({ ...flows, toMs: parts[0].fromMs });
  }
  if (flowsFromMs < toMs && last < toMs) parts.push({ ...flows, fromMs: last });
  return whole(parts);
}

function endOf(parts: readonly TierPart[]): number {
  return parts.at(-1)?.toMs ?? -Infinity;
}

/** Hours without an end where no minute waits to be summed: behind the last there was no traffic. */
function unending(hours: TierReach, minutes: TierReach): TierReach {
  const waits = hours !== null && minutes !== null && minutes.toMs > hours.toMs;
  return hours === null || waits ? hours : { ...hours, toMs: Infinity };
}

/** The parts of a time that sums answer: as much of it as there is without a gap. */
function sumParts(
  { fromMs, toMs }: Span,
  { minutes, hours }: Readonly<Record<SumTier, TierReach>>,
): TierPart[] {
  const fine = minutes === null ? null : span(fromMs, toMs, "minutes", minutes);
  const coarse = hours === null ? null : span(fromMs, toMs, "hours", hours);
  const enough = fine !== null && (toMs - fromMs) / TIER_MS.minutes <= MAX_MINUTES &&
    (coarse === null || fine.fromMs <= coarse.fromMs);
  if (enough || coarse === null) return fine === null ? [] : [{ tier: "minutes", ...fine }];
  const parts: TierPart[] = [{ tier: "hours", ...coarse }];
  if (fine !== null) {
    if (fine.fromMs < coarse.fromMs) {
      parts.unshift({ tier: "minutes", fromMs: fine.fromMs, toMs: coarse.fromMs });
    }
    if (fine.fromMs <= coarse.toMs && coarse.toMs < fine.toMs) {
      parts.push({ tier: "minutes", fromMs: coarse.toMs, toMs: fine.toMs });
    }
  }
  return parts;
}

/** The whole minutes or hours of a time that there are; null for none. */
function span(fromMs: number, toMs: number, tier: SumTier, reach: Span): Span | null {
  const found = {
    fromMs: Math.max(ceil(fromMs, tier), reach.fromMs),
    toMs: floor(tier === "hours" ? Math.min(toMs, reach.toMs) : toMs, tier),
  };
  return found.fromMs < found.toMs ? found : null;
}

function floor(ms: number, tier: SumTier): number {
  return Math.floor(ms / TIER_MS[tier]) * TIER_MS[tier];
}

function ceil(ms: number, tier: SumTier): number {
  return Math.ceil(ms / TIER_MS[tier]) * TIER_MS[tier];
}
