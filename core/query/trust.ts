import { countOf } from "../count_of.ts";
import type {
  CollectionHealth,
  SequenceLoss,
  SilentStream,
} from "../exporter/collection_health.ts";
import { formatTime } from "../flow/record_reader.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import { gapNotes, type Gaps, gapsOf } from "./gap_notes.ts";
import { collectedMs, uncollected } from "./held_gaps.ts";
import type { ScanReport } from "./scan.ts";
import { isAllUntold, isOfFlows, isWithinGap, type TierRead } from "./scan_report.ts";
import { untoldNote } from "./sums/untold.ts";

/** A figure that is not exact, and how far off it may be. */
export interface Approximation {
  figure: string;
  error: string;
}

/** A part of a window, by arrival, and what answered for it. */
export interface TrustTier {
  tier: TierRead["tier"];
  from: string | null;
  to: string | null;
  rows: number;
}

/** What an answer stands on, and what takes from it. */
export interface Trust {
  complete: boolean;
  asked_from: string | null;
  asked_to: string | null;
  covered_from: string | null;
  covered_to: string | null;
  rows_scanned: number;
  rows_missed: number;
  /** Of the rows scanned, those that memory did not hold any more. */
  rows_from_disk: number;
  /** What answered for which part of the window: the flows, or sums of them by minute or hour. */
  tiers: TrustTier[];
  loss: SequenceLoss[];
  sets_without_template: number;
  sampling: { source: string; rows: number }[];
  silent_exporters: string[];
  dedup_factor: number | null;
  approximate: Approximation[];
  notes: string[];
}

/** Most entries of each list of a trust block. */
const MAX_LISTED = 20;
/** Addresses that a sentence names. */
const MAX_NAMED = 5;

/** What an engine says of its own answer. */
export interface AnswerDoubts {
  /** Figures of the answer that are not exact. */
  readonly approximate?: readonly Approximation[];
  /** Plain sentences about what else takes from it. */
  readonly notes?: readonly string[];
  /** How many times traffic was counted on average; null where nobody looked. */
  readonly dedup_factor?: number | null;
  /** Whether figures are rates; default false. */
  readonly rates?: boolean;
  /** When nothing was collected, as far as it is to be told; default: all that is known of the window. */
  readonly gaps?: Gaps;
}

/**
 * Says what an answer stands on.
 *
 * @param scan what was read
 * @param health what collection knows of the same window
 * @param doubts what the engine says of its own answer
 */
export function trustBlock(
  scan: ScanReport,
  health: CollectionHealth,
  {
    approximate = [],
    notes: own = [],
    dedup_factor = null,
    rates = false,
    gaps = gapsOf(scan, health),
  }: AnswerDoubts = {},
): Trust {
  const { asked_from, asked_to } = scan;
  const covered = coverage(scan, health);
  const notes = [...describe(scan, health, gaps), ...own];
  if (rates && covered !== null && isPartlyDown(scan, health, covered)) {
    notes.push("Rates count the time in which a collector did not listen: they may be too low.");
  }
  return {
    complete: covered !== null && notes.length === 0 && approximate.length === 0,
    asked_from: formatTime(asked_from),
    asked_to: formatTime(asked_to),
    covered_from: covered === null ? null : formatTime(covered.from),
    covered_to: covered === null ? null : formatTime(covered.to),
    rows_scanned: scan.rows_scanned,
    rows_missed: scan.rows_missed,
    rows_from_disk: scan.rows_from_disk,
    tiers: tiersRead(scan, covered),
    loss: worstLoss(health).map((entry) => ({ ...entry })),
    sets_without_template: health.sets_without_template,
    sampling: SAMPLING_SOURCES.map((source, i) => ({ source, rows: scan.sampling_rows[i] }))
      .filter(({ rows }) => rows > 0),
    silent_exporters: health.silent_exporters.slice(0, MAX_LISTED),
    dedup_factor,
    approximate: [...approximate],
    notes,
  };
}

/** Whether of a time that is covered one collector did not listen while others did. */
function isPartlyDown(
  scan: ScanReport,
  health: CollectionHealth,
  covered: { from: number; to: number },
): boolean {
  const gaps = uncollected(scan, health);
  return [...scan.downtime, ...health.downtime].some((down) => {
    const from = Math.max(down.from, covered.from);
    const to = Math.min(down.to ?? Infinity, covered.to);
    return from < to && collectedMs(gaps, { from, to }) > 0;
  });
}

/** When collection ran, Unix milliseconds, as `CollectionHealth` has it; default: without a pause. */
export type CollectionTimes =
  & Pick<CollectionHealth, "collecting_since" | "collecting_until">
  & Partial<Pick<CollectionHealth, "not_listening">>;

/** Of what collection knows when it ran. */
export function collectionTimes(
  { collecting_since, collecting_until, not_listening }: CollectionTimes,
): CollectionTimes {
  return { collecting_since, collecting_until, not_listening };
}

/**
 * The part of the window that is covered, Unix milliseconds: what was collected of it, is held and
 * was read. null when that is nothing.
 *
 * @param scan what was read: rows that it found count, whoever collected them
 * @param times when collectors of this process ran
 */
export function coverage(
  scan: ScanReport,
  times: CollectionTimes,
): { from: number; to: number } | null {
  const collected = collectedPart(scan, times);
  return collected === null ? null : withinTiers(scan, collected);
}

/** The same as if what answers held all of it. */
function collectedPart(
  scan: ScanReport,
  times: CollectionTimes,
): { from: number; to: number } | null {
  const { asked_from, asked_to, oldest_row_at, stopped_at } = scan;
  const gaps = uncollected(scan, times);
  if (isAllUntold(scan)) return null;
  const since = heldSince(scan, times);
  if (since === null) return null;
  const begin = Math.max(asked_from, since);
  const start = gaps.find(({ fromMs, toMs }) => fromMs <= begin && begin < toMs)?.toMs ??
    begin;
  const from = scan.window_overwritten ? Math.max(start, oldest_row_at ?? start) : start;
  const last = Math.min(asked_to, collectedUntil(scan, times) ?? asked_to, stopped_at ?? asked_to);
  const to = gaps.find(({ fromMs, toMs }) => fromMs < last && last <= toMs)?.fromMs ??
    last;
  // What arrived in this very millisecond, or is all that a capture holds, was collected all the same.
  const empty = to === from && asked_to > asked_from && scan.rows_scanned === 0;
  return to < from || empty ? null : { from, to };
}

/** Of a time that is covered what was answered of it. */
function withinTiers(
  { tiers }: ScanReport,
  { from, to }: { from: number; to: number },
): { from: number; to: number } | null {
  const cut = {
    from: Math.max(from, tiers[0]?.from ?? from),
    to: tiers.length === 0 ? to : Math.min(to, Math.max(...tiers.map((part) => part.to))),
  };
  return cut.to < cut.from ? null : cut;
}

/**
 * From when on there are sums, of what was collected before and is held no more; null where they
 * reach back far enough. What is beside whole minutes or hours the query says.
 */
function sumsBeginLate(scan: ScanReport, times: CollectionTimes): number | null {
  const { sums_from, tiers: [first] } = scan;
  const collected = collectedPart(scan, times);
  if (sums_from === null || first === undefined || collected === null) return null;
  return first.from > collected.from && sums_from >= first.from ? first.from : null;
}

/** What answered for what; flows alone for all that is covered. */
function tiersRead(
  { tiers, rows_scanned }: ScanReport,
  covered: { from: number; to: number } | null,
): TrustTier[] {
  const read = tiers.length > 0 || covered === null
    ? tiers
    : [{ tier: "flows" as const, ...covered, rows: rows_scanned }];
  return read.map(({ tier, from, to, rows }) => ({
    tier,
    from: formatTime(from),
    to: formatTime(to),
    rows,
  }));
}

/** From when on there are flows, whichever window is asked for; null where there are none. */
export function heldSince(
  { held_since, collected_since, oldest_row_at }: ScanReport,
  { collecting_since }: CollectionTimes,
): number | null {
  const times = [held_since, collected_since, oldest_row_at, collecting_since].filter((time) =>
    time !== null
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** When collection ended, Unix milliseconds: that of an earlier process where this has begun none. */
export function collectedUntil(
  { held_until }: ScanReport,
  { collecting_since, collecting_until }: CollectionTimes,
): number | null {
  return collecting_since === null ? held_until : collecting_until;
}

/** The exporters that lost most. */
export function worstLoss({ loss }: Pick<CollectionHealth, "loss">): SequenceLoss[] {
  return [...loss].sort((a, b) => b.lost - a.lost).slice(0, MAX_LISTED);
}

/** What disk holds damaged, as a scan reports it. */
export type Damage = Pick<ScanReport, "rows_damaged" | "damage">;

/** Says how many rows disk holds damaged; null where there are none. */
export function damageNote(
  { rows_damaged, damage }: Damage,
): string | null {
  if (rows_damaged === 0) return null;
  return `${rows_damaged} flow records on disk are left out: their segments are damaged (${damage}).`;
}

/** One sentence for each thing that takes from the answer. */
function describe(scan: ScanReport, health: CollectionHealth, gaps: Gaps): string[] {
  const { asked_from, asked_to, held_since } = scan;
  const collecting_until = collectedUntil(scan, health);
  const since = heldSince(scan, health);
  const isWithin = isWithinGap(scan, uncollected(scan, health));
  const notes: string[] = [...scan.notes];
  if (scan.untold !== null && !isWithin) notes.push(untoldNote(scan.untold, asked_to));
  if (since === null) {
    notes.push("No collector has been started, so there is nothing to answer from.");
  } else if (scan.untold !== null && scan.rows_unplaced === 0 && isOfFlows(scan)) {
    // What is missing of the window is what sums do not tell.
  } else if (isWithin) {
    // Why nothing of it is held is told of the gap.
  } else if (scan.window_overwritten && (scan.oldest_row_at ?? asked_from) > asked_from) {
    notes.push(
      held_since === null
        ? "Memory holds fewer flows than the window: the oldest part is gone; raise " +
          "store.capacity_rows or ask for a shorter window."
        : scan.rows_unplaced > 0
        ? `History could not keep up, or write, before ${formatTime(scan.oldest_row_at!)}: the ` +
          "oldest part of the window is missing."
        : scan.oldest_row_at! >= asked_to
        ? "No time of the window is whole in memory or on disk any more: to keep flows for longer, " +
          "raise history.keep_days or history.max_bytes."
        : "The oldest part of the window is gone from memory and disk: where age or size took it, " +
          "raise history.keep_days or history.max_bytes, or ask for a shorter window.",
    );
  } else if (since >= asked_to && coverage(scan, health) === null) {
    const at = formatTime(since);
    notes.push(
      held_since === since
        ? `The oldest flow that is held arrived at ${at}: nothing of the window is.`
        : `Collection began only at ${at}, as far as is known: nothing of the window was collected.`,
    );
  } else if (since > asked_from) {
    const at = formatTime(since);
    notes.push(
      (held_since !== since
        ? `Collection began only at ${at}, as far as is known`
        : isOfFlows(scan)
        ? `The oldest flow that is held arrived at ${at}`
        : `Sums are kept only from ${at} on`) + ": the answer has nothing of what came before.",
    );
  }
  const sumsFrom = sumsBeginLate(scan, health);
  if (sumsFrom !== null) {
    notes.push(
      `Neither flows nor sums are kept of what arrived before ${formatTime(sumsFrom)}. To keep ` +
        "sums for longer, raise history.keep_hours_days or history.max_bytes.",
    );
  }
  const { elsewhere_until } = scan;
  if (elsewhere_until !== null) {
    notes.push(
      "Another flow-agent writes history: " +
        (elsewhere_until < asked_to
          ? `what it received after ${formatTime(elsewhere_until)} is not sealed yet, and `
          : "") +
        "what it lost on the way, could not decode or was told no sampling rate of it alone knows.",
    );
  } else if (collecting_until !== null && collecting_until < asked_to) {
    const at = formatTime(collecting_until);
    notes.push(
      health.collecting_since === null
        ? `No collector runs: nothing is held of what came after ${at}.`
        : `No collector runs: nothing was collected after ${at}.`,
    );
  }
  const damaged = damageNote(scan);
  if (damaged !== null) notes.push(damaged);
  const gone = scan.rows_missed - scan.rows_damaged;
  if (gone > 0) {
    notes.push(
      held_since === null
        ? `${gone} flow records were overwritten before they could be read.`
        : `${gone} flow records are neither in memory nor on disk.`,
    );
  }
  notes.push(...gapNotes(gaps));
  for (const { collector, until } of health.dated_ahead.slice(0, MAX_LISTED)) {
    notes.push(
      `The system's clock was set back: what arrives at ${collector} is dated ` +
        `${formatTime(until)} until the clock shows that again. Windows that end now have all of ` +
        "it, and earlier ones nothing. Restart flow-agent to date arrivals by the clock.",
    );
  }
  for (const { exporter, unit, lost } of worstLoss(health)) {
    notes.push(`${countOf(lost, unit.replace(/s$/, ""))} from ${exporter} never arrived.`);
  }
  if (health.loss.length > MAX_LISTED) {
    notes.push(`${health.loss.length - MAX_LISTED} further exporters lost data.`);
  }
  if (health.undecoded) {
    notes.push("Some of what arrived could not be decoded: capability_status counts it by reason.");
  }
  if (health.untracked > 0) {
    notes.push(`There are too many exporters: loss of some is not known.`);
  }
  if (health.uncountable.length > 0) {
    notes.push(`The sequence numbers of ${named(health.uncountable)} do not tell what was lost.`);
  }
  if (health.sets_without_template > 0) {
    notes.push(`Waiting for their template: ${countOf(health.sets_without_template, "set")}.`);
  }
  const assumed = scan.sampling_rows[SAMPLING_SOURCES.indexOf("assumed")];
  if (health.unknown_sampling.length > 0 && assumed > 0) {
    notes.push(
      `Some exporters sample, and no rate is said by ${named(health.unknown_sampling)}: ` +
        `${
          countOf(assumed, "flow record")
        } without one, whoever sent them, count as exported. Set ` +
        "exporter.sampling_rates: to the rate where they sample too, to 1 where they do not.",
    );
  }
  if (health.silent_exporters.length > 0) {
    notes.push(`Not heard from any more: ${named(health.silent_exporters)}.`);
  }
  if (health.silent_streams.length > 0) {
    const parts = named(health.silent_streams.map(silentText), "; ");
    notes.push(`Exporters are heard, but not all of what they sent: ${parts}.`);
  }
  return notes;
}

/** The first of some names, and how many more there are. */
function named(names: readonly string[], between = ", "): string {
  const more = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(between) + (more > 0 ? ` and ${more} more` : "");
}

/** "192.0.2.1, observation domain 7, at netflow_udp@[::]:2055". */
export function silentText({ address, observation_domain, collector }: SilentStream): string {
  const domain = observation_domain === null ? "" : `, observation domain ${observation_domain}`;
  return `${address}${domain}, at ${collector}`;
}
