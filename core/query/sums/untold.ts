import { formatTime } from "../../flow/record_reader.ts";
import type { TierReaches } from "./plan_tiers.ts";
import { sumsReach } from "./tier_reaches.ts";
import { type Span, TIER_MS } from "./traffic_sums.ts";

/** A part of a window of which only sums are kept, which do not tell all that was asked. */
export interface Untold extends Span {
  /** What they do not tell, in words; none where they would tell it of whole minutes or hours. */
  readonly lacking: readonly string[];
  /** Begin of the oldest sums there are, Unix milliseconds. */
  readonly sumsFromMs: number;
  /** Begin of the oldest by the minute, Unix milliseconds; null where there are hours alone. */
  readonly minutesFromMs: number | null;
}

/** What is said of one by one; further ones are counted. */
const MAX_LACKING = 8;

/**
 * The part of a window of which flows are gone, and sums are not.
 *
 * @param window by arrival, Unix milliseconds
 * @param reaches what there is to answer from
 * @returns null where there is none; `lacking` is for the caller to say
 */
export function summedAlone(
  { fromMs, toMs }: Span,
  { flowsFromMs, summedSinceMs, minutes, hours }: TierReaches,
): Omit<Untold, "lacking"> | null {
  const { fromMs: sumsFromMs } = sumsReach({ minutes, hours });
  const end = Math.min(flowsFromMs, toMs);
  if (flowsFromMs <= fromMs || summedSinceMs >= end) return null;
  return { fromMs, toMs: end, sumsFromMs, minutesFromMs: minutes?.fromMs ?? null };
}

/**
 * Length of the shortest buckets that sums of all of a part answer, milliseconds.
 *
 * @param untold the part
 */
export function finestStepMs({ fromMs, sumsFromMs, minutesFromMs }: Untold): number {
  const begin = Math.max(fromMs, sumsFromMs);
  return minutesFromMs !== null && minutesFromMs <= begin ? TIER_MS.minutes : TIER_MS.hours;
}

/** What sums of all of a part are at least of: "minute" or "hour". */
export function unitOfSums(untold: Untold): string {
  return finestStepMs(untold) === TIER_MS.minutes ? "minute" : "hour";
}

/**
 * Says what is not in an answer since only sums are kept, and what can be asked or done.
 *
 * @param untold the part, and what is lacking of it
 * @param askedToMs end of the window, Unix milliseconds
 */
export function untoldNote(untold: Untold, askedToMs: number): string {
  const { toMs, lacking, minutesFromMs } = untold;
  const where = toMs < askedToMs ? `Of what arrived before ${formatTime(toMs)}` : "Of the window";
  if (lacking.length === 0) {
    const unit = unitOfSums(untold);
    return `${where} only sums by the ${unit} are kept, and of no whole ${unit} in the window: ask ` +
      `for a window of whole ${unit}s.`;
  }
  const since = minutesFromMs === null ? "" : ` (hours before ${formatTime(minutesFromMs)})`;
  return `${where} only sums are kept, and they do not tell ${lackingText(lacking)}: ${
    lacking.length === 1 ? "it is" : "these are"
  } not in the answer. ` +
    "They tell bytes, packets, flows, bps and pps by exporter, in_if, out_if, protocol, service, " +
    "src_addr or dst_addr, one at a time (an interface with its exporter), with conditions on that " +
    `alone, in buckets of whole ${
      minutesFromMs === null ? "hours" : `minutes${since}`
    }. Flows are ` +
    "kept for longer with a higher history.keep_days or history.max_bytes.";
}

/** "a", "a and b", "a, b and 3 more". */
export function lackingText(lacking: readonly string[]): string {
  const shown = lacking.length > MAX_LACKING
    ? [...lacking.slice(0, MAX_LACKING - 1), `${lacking.length - MAX_LACKING + 1} more`]
    : lacking;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
