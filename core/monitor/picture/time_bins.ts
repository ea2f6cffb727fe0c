import type { TimeWindow } from "../../query/scan.ts";

const DAY_MS = 86_400_000;
/** Bins that a window is divided into. */
export const WINDOW_BINS = 15;
/** How many windows before it a window is compared with. */
export const REFERENCE_WINDOWS = 4;
const SHORTEST_BIN_MS = 1000;
/** Bins before and after the same time of the day before: jobs do not start to the second. */
const MARGIN_BINS = 3;

/** A stretch of time divided into bins. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Number of its first bin, and of the bin behind its last. */
  readonly first: number;
  readonly end: number;
}

/**
 * The time that is judged, the time before it, and the same time of the day before, divided into bins
 * of one length that are numbered through.
 */
export class TimeBins {
  readonly binMs: number;
  readonly dayBefore: Stretch | null;
  readonly reference: Stretch;
  readonly window: Stretch;
  /** Both of the latter: flows that arrived in the one may have been under way in the other. */
  readonly recent: Stretch;

  /** @param window that is judged */
  constructor({ fromMs, toMs }: TimeWindow) {
    const binMs = Math.max(SHORTEST_BIN_MS, (toMs - fromMs) / WINDOW_BINS);
    this.binMs = binMs;
    const bins = Math.max(1, Math.ceil((toMs - fromMs) / binMs));
    const before = bins * REFERENCE_WINDOWS;
    const daily = bins + 2 * MARGIN_BINS;
    // Where the time before reaches back a day there is nothing to look up besides it.
    const withDay = before * binMs < DAY_MS - (bins + MARGIN_BINS) * binMs;
    const start = withDay ? daily : 0;
    this.dayBefore = withDay
      ? stretch(0, { fromMs: fromMs - DAY_MS - MARGIN_BINS * binMs, bins: daily, binMs })
      : null;
    this.reference = stretch(start, { fromMs: fromMs - before * binMs, bins: before, binMs });
    this.window = stretch(start + before, { fromMs, bins, binMs });
    const { reference: { fromMs: oldest, first }, window: { toMs: newest, end } } = this;
    this.recent = { fromMs: oldest, toMs: newest, first, end };
  }

  /** Bins in all. */
  get count(): number {
    return this.window.end;
  }
}

function stretch(
  first: number,
  { fromMs, bins, binMs }: { fromMs: number; bins: number; binMs: number },
): Stretch {
  return { fromMs, toMs: fromMs + bins * binMs, first, end: first + bins };
}
