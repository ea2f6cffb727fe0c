import { formatTime } from "../flow/record_reader.ts";
import type { ScanReport } from "./scan_report.ts";

/** Shorter silence is nothing to tell of. */
const WORTH_SAYING_MS = 60_000;
/** Gaps told of one by one. */
const MAX_TOLD = 5;

/** A time of which flows are held, Unix milliseconds. */
export interface HeldTime {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Says when within a window no ring was there to take flows in, before one was again: memory tells of
 * this process alone, and disk only what arrived.
 *
 * @param lives of all rings with rows at or after the window's begin
 * @param report of the window, with what disk holds
 * @returns plain sentences
 */
export function heldGaps(
  lives: readonly HeldTime[],
  { asked_from, asked_to, held_since }: ScanReport,
): string[] {
  // Before the first flow of all there is nothing to miss: the trust block says when that was.
  if (held_since === null) return [];
  const gaps: HeldTime[] = [];
  let end = Math.max(asked_from, held_since);
  for (const { fromMs, toMs } of lives.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs >= asked_to) break;
    if (fromMs - end >= WORTH_SAYING_MS) gaps.push({ fromMs: end, toMs: fromMs });
    end = Math.max(end, toMs);
  }
  const told = gaps.slice(0, MAX_TOLD).map(({ fromMs, toMs }) =>
    `No flows are held from ${formatTime(fromMs)} to ${formatTime(toMs)}: flow-agent did not run ` +
    "then, or heard nothing."
  );
  return gaps.length > MAX_TOLD ? [...told, `${gaps.length - MAX_TOLD} further such times.`] : told;
}
