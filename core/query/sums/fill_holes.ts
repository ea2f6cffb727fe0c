import { type Span, TIER_MS, type TierPart } from "./traffic_sums.ts";

/** Holes that are filled one by one: what lies between two is a scan of its own. */
const MAX_HOLES = 16;

/** How holes are filled. */
export interface FillOptions {
  /** Length of what sums sum together, milliseconds. */
  readonly stepMs: number;
  /** The sums that there are of a time. */
  readonly sumsOf: (span: Span) => TierPart[];
}

/**
 * Puts sums in the place of the minutes or hours of which flows are not whole.
 *
 * @param part that flows answer
 * @param holes arrivals between which flows are missing, both inclusive, in the order of their begin
 * @param options how they are filled: where there are no sums, flows answer as far as they can
 * @returns parts that meet, and reach as far
 */
export function fillHoles(
  part: TierPart,
  holes: readonly Span[],
  { stepMs, sumsOf }: FillOptions,
): TierPart[] {
  const parts: TierPart[] = [];
  let at = part.fromMs;
  for (const hole of joined(within(holes, part), stepMs)) {
    const sums = sumsOf({
      fromMs: Math.max(hole.fromMs, Math.ceil(part.fromMs / stepMs) * stepMs),
      toMs: Math.min(hole.toMs, Math.floor(part.toMs / stepMs) * stepMs),
    });
    if (sums.length === 0) continue;
    if (sums[0].fromMs > at) parts.push({ ...part, fromMs: at, toMs: sums[0].fromMs });
    parts.push(...sums);
    at = sums[sums.length - 1].toMs;
  }
  if (at < part.toMs) parts.push({ ...part, fromMs: at });
  return parts;
}

function within(holes: readonly Span[], { fromMs, toMs }: Span): Span[] {
  return holes.filter((hole) => hole.toMs >= fromMs && hole.fromMs < toMs);
}

/** Whole steps that holes are in; longer ones where there were too many, or all from first to last. */
function joined(holes: readonly Span[], stepMs: number): Span[] {
  for (const step of [stepMs, TIER_MS.hours, 24 * TIER_MS.hours]) {
    const found: { fromMs: number; toMs: number }[] = [];
    for (const { fromMs, toMs } of holes) {
      const begin = Math.floor(fromMs / step) * step;
      // What arrived at the very end counts too.
      const end = (Math.floor(toMs / step) + 1) * step;
      const last = found.at(-1);
      if (last !== undefined && begin <= last.toMs) last.toMs = Math.max(last.toMs, end);
      else found.push({ fromMs: begin, toMs: end });
    }
    if (found.length <= MAX_HOLES) return found;
  }
  const ends = holes.map(({ toMs }) => toMs);
  return joined([{ fromMs: holes[0].fromMs, toMs: Math.max(...ends) }], stepMs);
}
