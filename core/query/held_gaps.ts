import type { CollectionHealth, Downtime } from "../exporter/collection_health.ts";
import type { HeldTime, ScanReport } from "./scan_report.ts";

/** A time in which flows were taken in. */
export interface CollectorLife extends HeldTime {
  /** Capability and port; null where nobody listened, as of flows that were imported. */
  readonly collector: string | null;
}

/** When flows were not taken in. */
export interface HeldGaps {
  /** By nobody, in order. */
  readonly notCollected: HeldTime[];
  /** By one collector that was there before and after, while others were there. */
  readonly downtime: Downtime[];
}

/** Collectors of a process begin and end one after another: so much beside a time without any is that. */
const STAGGER_MS = 1000;

/**
 * Finds when within a window no ring was there to take flows in, before one was again: memory tells
 * of this process alone, and rows only of what arrived. Of a time that nobody was there it is not said
 * of each collector again.
 *
 * @param lives of all rings that lasted until the window's begin or longer, in any order
 * @param window `fromMs` not before anything was collected at all: there is nothing to miss
 */
export function heldGaps(lives: readonly CollectorLife[], { fromMs, toMs }: HeldTime): HeldGaps {
  const ordered = lives.toSorted((a, b) => a.fromMs - b.fromMs);
  const notCollected = gapsOf(ordered, { fromMs, toMs });
  const downtime: Downtime[] = [];
  for (const [collector, own] of Map.groupBy(ordered, (life) => life.collector)) {
    if (collector === null) continue;
    for (const gap of gapsOf(own, { fromMs: Math.max(fromMs, own[0].fromMs), toMs })) {
      const alone = gapsOf(
        notCollected.filter((one) => one.fromMs < gap.toMs && one.toMs > gap.fromMs),
        gap,
        gap.toMs,
      );
      const least = Math.min(STAGGER_MS, gap.toMs - gap.fromMs);
      for (const { fromMs: from, toMs: to } of alone) {
        if (to - from >= least) downtime.push({ collector, from, to });
      }
    }
  }
  return { notCollected, downtime };
}

/** How long of a time lies in gaps, milliseconds. */
export function missingMs(gaps: readonly HeldTime[], { fromMs, toMs }: HeldTime): number {
  return gaps.reduce(
    (sum, gap) => sum + Math.max(0, Math.min(toMs, gap.toMs) - Math.max(fromMs, gap.fromMs)),
    0,
  );
}

/**
 * When nothing was collected: between processes, and while one ran. In order; it may last beyond the
 * window.
 *
 * @param scan what was read of the window
 * @param times when collectors of this process did not listen
 */
export function uncollected(
  { not_collected, elsewhere_until }: Pick<ScanReport, "not_collected" | "elsewhere_until">,
  { not_listening = [] }: Partial<Pick<CollectionHealth, "not_listening">>,
): readonly HeldTime[] {
  // Another process that goes on may have listened then.
  return elsewhere_until !== null
    ? not_collected
    : joinedTimes([...not_collected, ...not_listening]);
}

/** How long of a part of a window that is covered was collected, milliseconds. */
export function collectedMs(
  gaps: readonly HeldTime[],
  { from, to }: { from: number; to: number },
): number {
  return to - from - missingMs(gaps, { fromMs: from, toMs: to });
}

/** A part of a bucket that is missing, above which flows that reach back into it make a rate untrue. */
const MOST_MISSING = 0.01;

/**
 * Whether nobody can say at which rate flows passed by their own time: those that are told of after
 * a gap reach back into it, and those that it cut off are not told of. Over a time that is long
 * against the gap that is next to nothing; sums are by arrival and do not reach back.
 *
 * @param gaps when nothing was collected, as `uncollected` gives it
 * @param time Unix milliseconds, a bucket
 * @param tiers what answered
 */
export function isGapBlurred(
  gaps: readonly HeldTime[],
  { fromMs, toMs }: HeldTime,
  { tiers }: Pick<ScanReport, "tiers">,
): boolean {
  const summed = tiers.some(({ tier, from, to }) =>
    tier !== "flows" && from <= fromMs && toMs <= to
  );
  return !summed && missingMs(gaps, { fromMs, toMs }) > MOST_MISSING * (toMs - fromMs);
}

/**
 * Times in order that several lists of them cover; no two of them touch.
 *
 * @param times in any order
 */
export function joinedTimes(times: readonly HeldTime[]): HeldTime[] {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of times.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last === undefined || fromMs > last.toMs) joined.push({ fromMs, toMs });
    else last.toMs = Math.max(last.toMs, toMs);
  }
  return joined;
}

/** What of a time lies in none of some: before each of them, and behind the last up to `untilMs`. */
function gapsOf(
  ordered: readonly HeldTime[],
  window: HeldTime,
  untilMs: number = -Infinity,
): HeldTime[] {
  const gaps: HeldTime[] = [];
  let end = window.fromMs;
  for (const { fromMs, toMs } of ordered) {
    if (end >= window.toMs) break;
    if (fromMs > end) gaps.push({ fromMs: end, toMs: fromMs });
    end = Math.max(end, toMs);
  }
  if (end < untilMs) gaps.push({ fromMs: end, toMs: untilMs });
  return gaps;
}
