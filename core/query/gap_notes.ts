import { countOf } from "../count_of.ts";
import type { CollectionHealth, Downtime } from "../exporter/collection_health.ts";
import { formatTime } from "../flow/record_reader.ts";
import { joinedTimes } from "./held_gaps.ts";
import type { HeldTime, ScanReport } from "./scan_report.ts";

/** Times of one kind that are told one by one; of further ones it is said how many they are. */
const MAX_TIMES = 5;
/** Collectors of which it is told when they were not there; of further ones it is said how many they are. */
const MAX_COLLECTORS = 20;

/** When nothing was collected of what an answer is about. */
export interface Gaps extends Pick<ScanReport, "earlier_until"> {
  /** By nobody, and by single collectors of earlier processes. */
  readonly not_collected: readonly HeldTime[];
  readonly downtime: readonly Downtime[];
  /** What the answer is about: the window that was asked for, then those that it is compared with. */
  readonly windows: readonly HeldTime[];
  /** Collectors of this process, which know when they did not listen. */
  readonly live: readonly Downtime[];
}

/**
 * What a scan and collection know of it.
 *
 * @param scan of a window
 * @param health of the same window
 */
export function gapsOf(
  { not_collected, downtime, earlier_until, asked_from, asked_to }: ScanReport,
  { downtime: live }: Pick<CollectionHealth, "downtime">,
): Gaps {
  const windows = [{ fromMs: asked_from, toMs: asked_to }];
  return { not_collected, downtime, earlier_until, windows, live };
}

/** The same of several windows, the one that was asked for first: what lies in more than one is there once. */
export function joinedGaps(all: readonly Gaps[]): Gaps {
  return {
    not_collected: joinedTimes(all.flatMap(({ not_collected }) => not_collected)),
    downtime: joinedDowntime(all.flatMap(({ downtime }) => downtime)),
    live: joinedDowntime(all.flatMap(({ live }) => live)),
    earlier_until: all.reduce<number | null>(
      (last, { earlier_until }) =>
        last === null || earlier_until === null
          ? last ?? earlier_until
          : Math.max(last, earlier_until),
      null,
    ),
    windows: all.flatMap(({ windows }) => windows),
  };
}

/**
 * Says when nothing was collected, or is held of what was: a sentence for each kind, however many
 * processes, collectors and windows it is of.
 *
 * @param gaps as `gapsOf` and `joinedGaps` give them
 */
export function gapNotes(
  { not_collected, downtime, earlier_until, live, windows: [asked, ...others] }: Gaps,
): string[] {
  const notes: string[] = [];
  const { within = [], compared = [], behind = [] } = Object.groupBy(
    not_collected,
    (gap) =>
      overlaps(gap, asked)
        ? "within"
        : others.some((other) => overlaps(gap, other))
        ? "compared"
        : "behind",
  );
  if (within.length > 0) {
    notes.push(`Nothing is held ${timesText(within.map(times))}: ${WHY_NOTHING_IS_HELD}.`);
  }
  if (compared.length > 0) {
    notes.push(
      `Of what the window is compared with nothing is held ${timesText(compared.map(times))}: ` +
        `${WHY_NOTHING_IS_HELD}.`,
    );
  }
  if (behind.length > 0) {
    notes.push(
      `Nothing is held ${timesText(behind.map(times))}, behind the window: flows that were under ` +
        "way in it and were told of then are missing.",
    );
  }
  if (earlier_until !== null) {
    notes.push(
      "What was lost on the way, could not be decoded or told no sampling rate before " +
        `${formatTime(earlier_until)} is not known any more: flow-agent was started again since.`,
    );
  }
  const isCompared = (down: Downtime) => others.length > 0 && !overlaps(timeOf(down), asked);
  for (const [where, all] of byPlace(downtime, isCompared)) {
    const { told, omitted } = byCollector(all);
    for (const [collector, own] of told) {
      notes.push(
        `${where}${collector} took in nothing that is held ` +
          `${timesText(own.map((down) => times(timeOf(down))))}: it did not listen then, or what ` +
          "it received was not written.",
      );
    }
    if (omitted > 0) {
      notes.push(
        `${where}${
          countOf(omitted, "further collector")
        } took in nothing that is held for a part ` +
          "of the time.",
      );
    }
  }
  for (const [where, all] of byPlace(live, isCompared)) {
    const { told, omitted } = byCollector(all);
    for (const [collector, own] of told) {
      notes.push(`${where}${collector} did not listen ${timesText(own.map(until))}.`);
    }
    if (omitted > 0) {
      notes.push(
        `${where}${countOf(omitted, "further collector")} did not listen for a part of the time.`,
      );
    }
  }
  return notes;
}

/** Why nothing is held of a time between two in which it was collected. */
export const WHY_NOTHING_IS_HELD =
  "no collector ran then, flow-agent was ended before it had written " +
  "what it received, or wrote it to a history.db that is gone";

function overlaps(gap: HeldTime, { fromMs, toMs }: HeldTime): boolean {
  return gap.fromMs < toMs && gap.toMs > fromMs;
}

function timeOf({ from, to }: Downtime): HeldTime {
  return { fromMs: from, toMs: to ?? Infinity };
}

/** Those of the window, and those of what it is compared with. */
function byPlace(
  downtime: readonly Downtime[],
  isCompared: (down: Downtime) => boolean,
): [string, Downtime[]][] {
  const compared = downtime.filter(isCompared);
  return [
    ["", downtime.filter((down) => !compared.includes(down))],
    ["Of what the window is compared with: ", compared],
  ];
}

/** The last collectors that it is told of, each with its times, and how many are not. */
function byCollector(
  downtime: readonly Downtime[],
): { told: [string, Downtime[]][]; omitted: number } {
  const all = [...Map.groupBy(downtime, ({ collector }) => collector)];
  return { told: all.slice(-MAX_COLLECTORS), omitted: Math.max(0, all.length - MAX_COLLECTORS) };
}

function times({ fromMs, toMs }: HeldTime): string {
  return `from ${formatTime(fromMs)} to ${formatTime(toMs)}`;
}

function until({ from, to }: Downtime): string {
  return `from ${formatTime(from)} ${to === null ? "and does not yet" : `until ${formatTime(to)}`}`;
}

/** The last of some times, and how many there are before them. */
function timesText(all: readonly string[]): string {
  const earlier = all.length - MAX_TIMES;
  return all.slice(-MAX_TIMES).join(", ") +
    (earlier > 0 ? ` and ${earlier} time${earlier === 1 ? "" : "s"} before that` : "");
}

/** Of each collector times that overlap or touch are one. */
function joinedDowntime(all: readonly Downtime[]): Downtime[] {
  return [...Map.groupBy(all, ({ collector }) => collector)].flatMap(([collector, own]) =>
    joinedTimes(own.map(({ from, to }) => ({ fromMs: from, toMs: to ?? Infinity })))
      .map(({ fromMs, toMs }) => ({ collector, from: fromMs, to: toMs === Infinity ? null : toMs }))
  );
}
