import type { CollectionHealth, SequenceLoss } from "../exporter/collection_health.ts";
import { formatTime } from "../flow/record_reader.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import type { Budget } from "./engine/query_answer.ts";
import { gapsOf, joinedGaps } from "./gap_notes.ts";
import { joinedTimes } from "./held_gaps.ts";
import { isOfFlows, type ScanReport, type TierRead } from "./scan_report.ts";
import type { Untold } from "./sums/untold.ts";
import {
  type AnswerDoubts,
  type Approximation,
  type CollectionTimes,
  coverage,
  type Trust,
  trustBlock,
  worstLoss,
} from "./trust.ts";

/** What collection knows of a window, Unix milliseconds. */
type HealthOf = (fromMs: number, toMs: number) => CollectionHealth;

/** What one of several queries says of its answer. */
export interface AnswerBasis extends AnswerDoubts {
  readonly scan: ScanReport;
  /** Which budgets it reached, where it says so. */
  readonly reached?: readonly Budget[];
}

/**
 * Says what an answer stands on that was put together from several queries. Queries over one window
 * read the same rows: these count once, and the worst of what each missed holds for all. What
 * different windows lack is said with the window it is of; what was asked and covered, and how often
 * conversations count, is told of the first.
 *
 * @param answers what each query says, at least one; the first is over the window that was asked for
 * @param health what collection knows of a window, Unix milliseconds
 */
export function mergedTrust(
  answers: readonly AnswerBasis[],
  health: HealthOf,
): Trust {
  const windows = [
    ...Map.groupBy(answers, ({ scan }) => `${scan.asked_from}/${scan.asked_to}`).values(),
  ];
  const parts = windows.map((same) => {
    const scans = same.map((answer) => answer.scan);
    const collected = health(scans[0].asked_from, scans[0].asked_to);
    return { same, scans, collected, scan: worstScan(scans, collected) };
  });
  const all = joinedGaps(parts.map(({ scan, collected }) => gapsOf(scan, collected)));
  const [first] = parts;
  const blocks = parts.map(({ same, scans, collected, scan }) => {
    // What was found in memory alone is no factor of what came from disk or sums too.
    const alike = same.filter((one) => !scans.some(reachesBack) || reachesBack(one.scan));
    // What says its own times, or is said of exporters, is said once.
    const isFirst = scan === first.scan;
    const known = isFirst || !saysNoRate(first)
      ? collected
      : { ...collected, unknown_sampling: [] };
    const block = trustBlock(scan, known, {
      gaps: isFirst ? all : joinedGaps([]),
      notes: told(same.flatMap(({ notes = [] }) => notes)),
      approximate: doubted(same.flatMap(({ approximate = [] }) => approximate)),
      rates: same.some(({ rates = false }) => rates),
      dedup_factor: alike.find(({ dedup_factor = null }) => dedup_factor !== null)?.dedup_factor,
    });
    return { ...block, ...coveredByAll(scans, collected) };
  });
  if (blocks.length === 1) return blocks[0];
  return { ...together(blocks), loss: allLoss(answers.map(({ scan }) => scan), health) };
}

/** Whether flows were read of a window that tell no sampling rate, while others sample. */
function saysNoRate(
  { scan: { sampling_rows }, collected: { unknown_sampling } }: {
    scan: ScanReport;
    collected: CollectionHealth;
  },
): boolean {
  return unknown_sampling.length > 0 && sampling_rows[SAMPLING_SOURCES.indexOf("assumed")] > 0;
}

/** Whether not all of it was in memory. */
function reachesBack({ rows_from_disk, tiers }: ScanReport): boolean {
  return rows_from_disk > 0 || !isOfFlows({ tiers });
}

/**
 * The part of a window that every query covered. Of those that ask what sums do not tell, it is said
 * what they lack: where others were answered from sums, what these covered holds.
 */
function coveredByAll(
  all: readonly ScanReport[],
  times: CollectionTimes,
): Pick<Trust, "covered_from" | "covered_to"> {
  const whole = all.filter((scan) => scan.untold === null || !isOfFlows(scan));
  const scans = whole.length > 0 ? whole : all;
  const parts = scans.map((scan) => coverage(scan, times)).filter((part) => part !== null);
  const from = Math.max(...parts.map((part) => part.from));
  const to = Math.min(...parts.map((part) => part.to));
  return parts.length < scans.length || to < from
    ? { covered_from: null, covered_to: null }
    : { covered_from: formatTime(from), covered_to: formatTime(to) };
}

/** What answered for what, where sums did for one of them; flows alone are of all that they cover. */
function allTiers(scans: readonly ScanReport[], times: CollectionTimes): TierRead[] {
  if (scans.every(({ tiers }) => tiers.length === 0)) return [];
  const parts = scans.flatMap((scan) => {
    const covered = coverage(scan, times);
    return scan.tiers.length > 0 || covered === null
      ? scan.tiers
      : [{ tier: "flows" as const, ...covered, rows: scan.rows_scanned }];
  });
  return [...Map.groupBy(parts, ({ tier }) => tier).values()].flatMap(joinedParts)
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
}

/**
 * Parts of one tier that overlap are one, as they hold the same rows: so many as the query has read that
 * read the most of them.
 */
function joinedParts(parts: readonly TierRead[]): TierRead[] {
  const joined: TierRead[] = [];
  for (const part of parts.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = joined.at(-1);
    const isSame = last?.from === part.from && last.to === part.to;
    if (last === undefined || (part.from >= last.to && !isSame)) {
      joined.push(part);
      continue;
    }
    const [to, rows] = [Math.max(last.to, part.to), Math.max(last.rows, part.rows)];
    joined[joined.length - 1] = { ...last, to, rows };
  }
  return joined;
}

function sampledRows({ sampling_rows }: ScanReport): number {
  return sampling_rows.reduce((sum, rows) => sum + rows, 0);
}

function worstScan(scans: readonly ScanReport[], times: CollectionTimes): ScanReport {
  const widest = scans.reduce((a, b) => b.rows_scanned > a.rows_scanned ? b : a);
  // By flows' own time only those are looked at that match a query's filter: the most tell of the window.
  const sampled = scans.reduce((a, b) => sampledRows(b) > sampledRows(a) ? b : a);
  // Where sums alone are kept it is said what they do not tell.
  const overwritten = scans.filter(({ window_overwritten, untold, rows_unplaced }) =>
    window_overwritten && (untold === null || rows_unplaced > 0)
  );
  const oldest = (overwritten.length > 0 ? overwritten : scans)
    .flatMap(({ oldest_row_at }) => oldest_row_at ?? []);
  const stops = scans.flatMap(({ stopped_at }) => stopped_at ?? []);
  return {
    ...widest,
    sampling_rows: sampled.sampling_rows,
    rows_missed: Math.max(...scans.map(({ rows_missed }) => rows_missed)),
    rows_damaged: Math.max(...scans.map(({ rows_damaged }) => rows_damaged)),
    damage: scans.find(({ damage }) => damage !== null)?.damage ?? null,
    rows_unplaced: Math.max(...scans.map(({ rows_unplaced }) => rows_unplaced)),
    notes: told(scans.flatMap(({ notes }) => notes)),
    window_overwritten: overwritten.length > 0,
    oldest_row_at: oldest.length === 0
      ? null
      : overwritten.length > 0
      ? Math.max(...oldest)
      : Math.min(...oldest),
    stopped_at: stops.length === 0 ? null : Math.min(...stops),
    tiers: allTiers(scans, times),
    sums_from: earliest(scans.flatMap(({ sums_from }) => sums_from ?? [])),
    untold: allUntold(scans),
    earlier_until: latest(scans.flatMap(({ earlier_until }) => earlier_until ?? [])),
  };
}

/** What sums do not tell of all that was asked: of the longest part of the window that it is of. */
function allUntold(scans: readonly ScanReport[]): Untold | null {
  const found = scans.flatMap(({ untold }) => untold ?? []);
  if (found.length === 0) return null;
  const longest = found.reduce((a, b) => b.toMs > a.toMs ? b : a);
  return { ...longest, lacking: [...new Set(found.flatMap(({ lacking }) => lacking))] };
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times);
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.max(...times);
}

/** A sentence whatever it counts: "1 flow" and "2 flows" are of one thing. */
function withoutCounts(text: string): string {
  return text.replace(/\d+(?: (\w+?)s?\b)?/g, "# $1");
}

/** Sentences that differ only in their figures are told once, as the first query has them. */
function told(notes: readonly string[]): string[] {
  return [...Map.groupBy(notes, (note) => withoutCounts(note)).values()]
    .map(([first]) => first);
}

/** A figure that several queries doubt is doubted once, as the first has it. */
function doubted(approximate: readonly Approximation[]): Approximation[] {
  return [
    ...Map.groupBy(approximate, ({ figure, error }) => `${figure} ${withoutCounts(error)}`)
      .values(),
  ].map(([first]) => first);
}

function together(blocks: readonly Trust[]): Omit<Trust, "loss"> {
  const sum = (key: "rows_scanned" | "rows_missed" | "rows_from_disk") =>
    blocks.reduce((total, block) => total + block[key], 0);
  return {
    ...blocks[0],
    complete: blocks.every(({ complete }) => complete),
    rows_scanned: sum("rows_scanned"),
    rows_missed: sum("rows_missed"),
    rows_from_disk: sum("rows_from_disk"),
    tiers: blocks.flatMap(({ tiers }) => tiers),
    sets_without_template: Math.max(...blocks.map((block) => block.sets_without_template)),
    sampling: [...Map.groupBy(blocks.flatMap(({ sampling }) => sampling), ({ source }) => source)]
      .map(([source, entries]) => ({
        source,
        rows: entries.reduce((total, { rows }) => total + rows, 0),
      })),
    silent_exporters: [...new Set(blocks.flatMap((block) => block.silent_exporters))],
    approximate: blocks.flatMap(({ approximate }) => approximate),
    notes: blocks.flatMap(({ notes, asked_from, asked_to }, i) =>
      i === 0 ? notes : notes.filter((note) => !blocks[0].notes.includes(note))
        .map((note) => `${asked_from}/${asked_to}: ${note}`)
    ),
  };
}

/** Loss in the time of all scans: where windows touch or overlap, it is told once. */
function allLoss(scans: readonly ScanReport[], health: HealthOf): SequenceLoss[] {
  const key = ({ exporter, observation_domain, unit }: SequenceLoss) =>
    JSON.stringify([exporter, observation_domain, unit]);
  const windows = scans.map(({ asked_from, asked_to }) => ({ fromMs: asked_from, toMs: asked_to }));
  const told = joinedTimes(windows).flatMap(({ fromMs, toMs }) => health(fromMs, toMs).loss);
  const loss = [...Map.groupBy(told, key).values()].map((entries) => ({
    ...entries[0],
    lost: entries.reduce((total, { lost }) => total + lost, 0),
  }));
  return worstLoss({ loss });
}
