import type { Downtime } from "../exporter/collection_health.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import type { SumTier } from "./sums/traffic_sums.ts";
import type { Untold } from "./sums/untold.ts";

/** What was read of a part of a window. */
export interface TierRead {
  /** "flows": in memory and on disk; else their sums. */
  readonly tier: "flows" | SumTier;
  /** Arrival, Unix milliseconds: inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  /** Rows of flows, or of sums. */
  readonly rows: number;
}

/** A time, Unix milliseconds: `fromMs` inclusive and `toMs` exclusive. */
export interface HeldTime {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a scan covered: the part of a trust block that only the reader of rows can know. */
export interface ScanReport {
  /** Unix milliseconds of the window asked for. */
  asked_from: number;
  asked_to: number;
  /**
   * Arrival of the oldest row that is held of the window, or null when there is none; where rows
   * were overwritten, the arrival from which on every source is whole.
   */
  oldest_row_at: number | null;
  /** Whether rows of the window are neither in memory nor on disk any more. */
  window_overwritten: boolean;
  rows_scanned: number;
  /** Those of them that were read from disk. */
  rows_from_disk: number;
  /** Rows that were gone when they were to be read, that disk never got, or that it holds damaged. */
  rows_missed: number;
  /** Those of them that disk holds damaged, and what is wrong with the last; null for none. */
  rows_damaged: number;
  damage: string | null;
  /**
   * Rows that disk never got, before the first of the window that is held: nobody knows which of
   * them arrived within it.
   */
  rows_unplaced: number;
  /** Rows by where their sampling rate came from, in the order of SAMPLING_SOURCES. */
  sampling_rows: number[];
  /** Arrival from which on rows were not read, since the scan was ended early; else null. */
  stopped_at: number | null;
  /** Arrival of the oldest row on disk; null where there is none, or disk was not asked. */
  held_since: number | null;
  /**
   * Until when disk has what arrived, which may be before the window; behind it that is the window's
   * end. Null as above.
   */
  held_until: number | null;
  /** When collection is known to have begun in an earlier process, Unix milliseconds; else null. */
  collected_since: number | null;
  /** Until when earlier processes collected what may be of the window; null where none did. */
  earlier_until: number | null;
  /**
   * Until when is sealed what another process collects, which goes on and has some of the window; null
   * where none does.
   */
  elsewhere_until: number | null;
  /** When nothing was collected, between processes, in order: it may last beyond the window. */
  not_collected: HeldTime[];
  /** When single collectors of earlier processes did not listen while others did. */
  downtime: Downtime[];
  /** By parts of the window, the oldest first, where flows alone do not answer; else empty. */
  tiers: TierRead[];
  /** Whether sums answer for flows that are gone, and not only for more than a query may read. */
  summed_gone: boolean;
  /** Begin of the oldest sums there are, where sums answer too; else null. */
  sums_from: number | null;
  /** What is not in the answer since only sums are kept of it; null where that is nothing. */
  untold: Untold | null;
  /** Plain sentences about what takes from it. */
  notes: string[];
}

/** Which rows a question is about, by arrival. */
export interface TimeWindow {
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs: number;
  /**
   * The window ends "now": every row there is counts, also those that arrive in this very
   * millisecond, or whose arrival was clamped because the clock was set back.
   */
  readonly untilNow: boolean;
}

/** A report on a window of which nothing has been read. */
export function emptyReport({ fromMs, toMs }: TimeWindow): ScanReport {
  return {
    asked_from: fromMs,
    asked_to: toMs,
    oldest_row_at: null,
    window_overwritten: false,
    rows_scanned: 0,
    rows_from_disk: 0,
    rows_missed: 0,
    rows_damaged: 0,
    damage: null,
    rows_unplaced: 0,
    sampling_rows: SAMPLING_SOURCES.map(() => 0),
    stopped_at: null,
    held_since: null,
    held_until: null,
    collected_since: null,
    earlier_until: null,
    elsewhere_until: null,
    not_collected: [],
    downtime: [],
    tiers: [],
    summed_gone: false,
    sums_from: null,
    untold: null,
    notes: [],
  };
}

/** Whether no sums were read. */
export function isOfFlows({ tiers }: Pick<ScanReport, "tiers">): boolean {
  return tiers.every(({ tier }) => tier === "flows");
}

/** Whether nothing of a window that was asked for is told. */
export function isAllUntold(
  { untold, asked_to, tiers, rows_scanned }: Pick<
    ScanReport,
    "untold" | "asked_to" | "tiers" | "rows_scanned"
  >,
): boolean {
  return untold !== null && untold.toMs >= asked_to && rows_scanned === 0 && isOfFlows({ tiers });
}

/** Whether all of a window lies in one of some times, as those of which nothing is held. */
export function isWithinGap(
  { asked_from, asked_to }: Pick<ScanReport, "asked_from" | "asked_to">,
  gaps: readonly HeldTime[],
): boolean {
  return gaps.some(({ fromMs, toMs }) => fromMs <= asked_from && toMs >= asked_to);
}

/**
 * Notes where one source begins within the window.
 *
 * @param report to note it in
 * @param begin arrival of its first row `atMs`, and whether it is `whole`: no row of the window may
 *   have been before it
 */
export function noteBegin(
  report: ScanReport,
  { atMs, whole }: { atMs: number; whole: boolean },
): void {
  if (!whole) {
    const latest = report.window_overwritten ? report.oldest_row_at! : -Infinity;
    report.oldest_row_at = Math.max(latest, atMs);
    report.window_overwritten = true;
  } else if (!report.window_overwritten) {
    report.oldest_row_at = Math.min(report.oldest_row_at ?? Infinity, atMs);
  }
}

/** Why a segment is not read. */
export type WithoutSegment = "gone" | "damaged" | "lost";

/**
 * Counts rows of a segment that was not read.
 *
 * @param report to count them in
 * @param without how many `rows` were wanted of it, and `why` there are none
 */
export function countWithout(
  report: ScanReport,
  { rows, why }: { rows: number; why: WithoutSegment },
): void {
  report.rows_missed += rows;
  if (why === "damaged") report.rows_damaged += rows;
}

/**
 * Counts rows of a block by where their sampling rate came from.
 *
 * @param report to count them in
 * @param column of the sampling source, and the `[start, end)` of the rows
 */
export function countSampling(
  { sampling_rows }: ScanReport,
  column: Uint8Array,
  { start, end }: { start: number; end: number },
): void {
  const first = column[start];
  // Mostly all are alike: four are looked at in one go, and nothing branches.
  const aligned = (column.byteOffset + start) % 4 === 0;
  const fours = aligned ? (end - start) >> 2 : 0;
  const words = new Int32Array(column.buffer, aligned ? column.byteOffset + start : 0, fours);
  const four = Math.imul(first, 0x01010101);
  let others = 0;
  for (let i = 0; i < fours; i++) others |= words[i] ^ four;
  for (let slot = start + 4 * fours; slot < end; slot++) others |= column[slot] ^ first;
  if (others === 0 && end > start) sampling_rows[first] += end - start;
  else for (let slot = start; slot < end; slot++) sampling_rows[column[slot]]++;
}

/**
 * What several scans of parts of a window came to together. When flows were collected is of their parts
 * alone: `noteLives` says it of the whole window, where that can be read.
 *
 * @param reports of the parts, the oldest first
 * @param window that is asked for
 */
export function joinedReport(reports: readonly ScanReport[], window: TimeWindow): ScanReport {
  const joined = emptyReport(window);
  for (const [i, report] of reports.entries()) {
    // Where a part begins among rows that were never written, what is before it is answered all the
    // same: they are missing within the window, not before it.
    const within = i > 0 && report.rows_unplaced > 0;
    if (within) joined.rows_missed += report.rows_unplaced;
    else joined.rows_unplaced += report.rows_unplaced;
    joined.rows_scanned += report.rows_scanned;
    joined.rows_from_disk += report.rows_from_disk;
    joined.rows_missed += report.rows_missed;
    joined.rows_damaged += report.rows_damaged;
    joined.damage ??= report.damage;
    report.sampling_rows.forEach((rows, i) => joined.sampling_rows[i] += rows);
    joined.stopped_at ??= report.stopped_at;
    if (report.oldest_row_at !== null) {
      noteBegin(joined, {
        atMs: report.oldest_row_at,
        whole: within || !report.window_overwritten,
      });
    }
    joined.held_since = least(joined.held_since, report.held_since);
    joined.held_until = most(joined.held_until, report.held_until);
    joined.collected_since = least(joined.collected_since, report.collected_since);
    joined.earlier_until = most(joined.earlier_until, report.earlier_until);
    joined.elsewhere_until = least(joined.elsewhere_until, report.elsewhere_until);
    joined.not_collected = [...joined.not_collected, ...report.not_collected];
    joined.downtime = [...joined.downtime, ...report.downtime];
    joined.notes = [...new Set([...joined.notes, ...report.notes])];
  }
  return joined;
}

/**
 * A report on a window of what was read of other arrivals, since flows of it are told of later. Of when
 * nothing was collected it says what may take from it: what lies in it, or behind it up to a time.
 *
 * @param report of those arrivals
 * @param window that is asked for, Unix milliseconds
 * @param untilMs until when flows of the window may be told of
 */
export function reportOn(
  report: ScanReport,
  { fromMs, toMs }: HeldTime,
  untilMs: number,
): ScanReport {
  const { not_collected, downtime, earlier_until } = report;
  const end = Math.max(toMs, untilMs);
  return {
    ...report,
    asked_from: fromMs,
    asked_to: toMs,
    not_collected: not_collected.filter((gap) => gap.toMs > fromMs && gap.fromMs < end)
      .map((gap) => ({ fromMs: Math.max(gap.fromMs, fromMs), toMs: gap.toMs })),
    downtime: downtime.filter(({ from, to }) => (to ?? Infinity) > fromMs && from < end)
      .map((down) => ({ ...down, from: Math.max(down.from, fromMs) })),
    earlier_until: earlier_until !== null && earlier_until > fromMs ? earlier_until : null,
  };
}

/** The lesser of two times that may not be known. */
function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? a ?? b : Math.min(a, b);
}

/** The greater of two times that may not be known. */
function most(a: number | null, b: number | null): number | null {
  return a === null || b === null ? a ?? b : Math.max(a, b);
}
