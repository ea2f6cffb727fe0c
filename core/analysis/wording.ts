import { countOf } from "../count_of.ts";
import { formatTime } from "../flow/record_reader.ts";
import type { ScanReport, TimeWindow } from "../query/scan.ts";
import type { Untold } from "../query/sums/untold.ts";

/** Quantities as people say them: three digits, in the unit that fits. */

/** "12.3 Mbit/s"; `null` is unknown. */
export function bitRate(bitsPerSecond: number | null): string {
  return scaled(bitsPerSecond, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]);
}

/** "1.23 GB", powers of 1000. */
export function octets(bytes: number | null): string {
  return scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);
}

function scaled(value: number | null, units: readonly string[]): string {
  if (value === null) return "an unknown amount";
  let step = 0;
  let shown = threeDigits(value);
  while (Math.abs(shown) >= 1000 && step < units.length - 1) {
    step++;
    shown = threeDigits(value / 1000 ** step);
  }
  return `${shown} ${units[step]}`;
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}

/** "45 %", "4.5 %", "under 0.1 %". */
export function percent(share: number): string {
  if (share > 0 && share < 0.1) return "under 0.1 %";
  return `${share < 9.95 ? Number(share.toFixed(1)) : Math.round(share)} %`;
}

/**
 * How a rate compares with another: "12 % more than", "a third as much" is never said.
 *
 * @returns null where there is nothing to compare with
 */
export function comparison(now: number, before: number): string | null {
  if (before <= 0) return null;
  const change = (100 * (now - before)) / before;
  if (Math.abs(change) < 1) return "as much as";
  if (change >= 200) return `${threeDigits(now / before)} times as much as`;
  return `${percent(Math.abs(change))} ${change > 0 ? "more" : "less"} than`;
}

const SPANS = [
  { noun: "day", ms: 86_400_000 },
  { noun: "hour", ms: 3_600_000 },
  { noun: "minute", ms: 60_000 },
  { noun: "second", ms: 1000 },
] as const;

/** Numbers of a unit that people still picture. */
const FEW = 120;

/** "15 minutes", "90 minutes", "2 hours": in one unit, the largest that loses nothing if that will do. */
export function span(ms: number): string {
  const exact = SPANS.find((unit) => ms >= unit.ms && ms % unit.ms === 0 && ms / unit.ms <= FEW);
  const unit = exact ?? SPANS.find((one) => ms >= 2 * one.ms) ?? SPANS[3];
  return countOf(Math.round(ms / unit.ms), unit.noun);
}

/** "the last 15 minutes", "the 15 minutes to 2026-01-31T10:00:00.000Z". */
export function windowText({ fromMs, toMs, untilNow }: TimeWindow): string {
  const length = span(toMs - fromMs).replace(/^1 /, "");
  return untilNow ? `the last ${length}` : `the ${length} to ${formatTime(toMs)}`;
}

/** Below this share of a window that was collected, it is said. */
const NEARLY_ALL = 0.9;

/** What an answer is of. */
interface Answered {
  /** Seconds of the window that were collected, and are told of. */
  readonly seconds: number;
  /** What is not told of since only sums are kept. */
  readonly untold: Untold | null;
  /** What was read. */
  readonly scan?: Pick<ScanReport, "stopped_at" | "window_overwritten">;
}

/**
 * "the last 15 minutes", with what of it was collected, is held and was read where that is not nearly all.
 *
 * @param window that was asked for
 * @param answered what of it the answer is of
 */
export function collectedText(window: TimeWindow, { seconds, untold, scan }: Answered): string {
  const text = windowText(window);
  if (seconds * 1000 >= NEARLY_ALL * (window.toMs - window.fromMs)) return text;
  const part = span(seconds * 1000);
  if (untold !== null) return `${text} (of which flows are kept of ${part})`;
  const [was, are] = part.startsWith("1 ") ? ["was", "is"] : ["were", "are"];
  const became = becameOf(scan === undefined ? [] : [scan]);
  return `${text} (of which ${part} ${became === "held" ? are : was} ${became})`;
}

/**
 * What was done with a part of some windows, and not with the rest: what was not read may be held, and
 * what is held no more was collected.
 *
 * @param scans what was read of them
 */
export function becameOf(
  scans: readonly Pick<ScanReport, "stopped_at" | "window_overwritten">[],
): "read" | "held" | "collected" {
  if (scans.some(({ stopped_at }) => stopped_at !== null)) return "read";
  return scans.some(({ window_overwritten }) => window_overwritten) ? "held" : "collected";
}

/** The window as the argument `time_range` takes it. */
export function timeRangeText({ fromMs, toMs }: TimeWindow): string {
  return `${formatTime(fromMs)}/${formatTime(toMs)}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
