import { ringKey } from "../flow/ring_identity.ts";
import type { ArchivedLife, ArchivedRing, FlowArchive } from "./flow_archive.ts";
import type { FlowSource } from "./flow_source.ts";
import { type CollectorLife, heldGaps } from "./held_gaps.ts";
import type { ScanReport } from "./scan_report.ts";
import { summedSince } from "./sums/summed_since.ts";
import { TIER_MS } from "./sums/traffic_sums.ts";

/** So far back at most lies what a process that runs has sealed of a ring. */
const SEALED_WITHIN_MS = 60_000;

/**
 * Notes what disk knows of when flows of a window were collected: since when, until when by earlier
 * processes, and when not.
 *
 * @param report to note it in
 * @param archive what disk has, or a view of it
 * @param kept `sources`, the rings in memory; `rings`, those with rows on disk at or after the
 *   window's begin; `summedFromMs`, begin of the oldest sums, where they answer too
 */
export function noteLives(
  report: ScanReport,
  archive: Pick<
    FlowArchive,
    "heldSince" | "heldUntil" | "collectedSince" | "lives" | "writtenElsewhere"
  >,
  { sources, rings, summedFromMs = Infinity }: {
    sources: readonly FlowSource[];
    rings: readonly ArchivedRing[];
    summedFromMs?: number;
  },
): void {
  const { asked_from, asked_to } = report;
  const here = new Set(sources.map(ringKey));
  const heldSince = archive.heldSince() ?? Infinity;
  report.collected_since = archive.collectedSince(here);
  const ends = new Map(rings.map((ring) => [ringKey(ring), ring.toMs]));
  // Those of the time of sums are remembered as long as these, but for the oldest of very many.
  const elsewhere = archive.writtenElsewhere();
  const sealedMs = elsewhere === null ? Infinity : elsewhere - SEALED_WITHIN_MS;
  const known = archive.lives(
    Math.min(asked_from, summedFromMs, sealedMs, ...sources.map(({ epoch }) => epoch)),
  );
  report.held_since = knownTime(Math.min(heldSince, summedSince(summedFromMs, known)));
  // Of who goes on elsewhere what is sealed may end before the window.
  const lived = known.filter((life) =>
    life.toMs >= Math.min(asked_from, sealedMs) && !here.has(ringKey(life))
  );
  // In the order of their begin: a collector that was stopped and started has several.
  const last = new Map(lived.map((life) => [ringKey(life), life]));
  const earlier: (CollectorLife & { readonly lasts: boolean })[] = [
    ...lived.map((life) => {
      const isLast = last.get(ringKey(life)) === life;
      return {
        collector: `${life.capability} on port ${life.port}`,
        fromMs: life.fromMs,
        // Rows may have been written after its life was noted last.
        toMs: isLast ? Math.max(life.toMs, ends.get(ringKey(life)) ?? -Infinity) : life.toMs,
        lasts: isLast && life.toMs >= sealedMs,
      };
    }).filter(({ toMs, lasts }) => lasts || toMs >= asked_from),
    // Of what was imported nobody knows more than its rows.
    ...rings.filter((ring) => !here.has(ringKey(ring)) && !last.has(ringKey(ring)))
      .map(({ epoch, fromMs, toMs }) => ({
        collector: null,
        fromMs: Math.min(epoch, fromMs),
        toMs,
        lasts: false,
      })),
  ];
  for (const { collector, fromMs, toMs, lasts } of earlier) {
    if (fromMs >= asked_to) continue;
    if (lasts) {
      report.elsewhere_until = Math.min(report.elsewhere_until ?? toMs, toMs);
      continue;
    }
    // What was imported may say of itself that it came later than now.
    const until = collector === null ? Math.min(toMs, asked_to) : toMs;
    report.earlier_until = Math.max(report.earlier_until ?? until, until);
  }
  // Of sums from before all that is remembered nobody knows more than that they are.
  const remembered = Math.min(
    known[0]?.fromMs ?? Infinity,
    asked_to,
    ...sources.map(({ epoch }) => epoch),
  );
  if (summedFromMs + TIER_MS.hours <= remembered && asked_from < remembered) {
    report.earlier_until = Math.max(report.earlier_until ?? remembered, remembered);
  }
  // Of a window that begins behind all that is held that is when it ends.
  const heldUntil = archive.heldUntil();
  report.held_until = heldUntil === null ? null : Math.min(heldUntil, asked_to);
  const firsts = firstLives(known);
  const begin = Math.min(
    heldSince,
    report.collected_since ?? Infinity,
    Math.max(summedFromMs, known[0]?.fromMs ?? Infinity),
    // Where the file was begun anew it does not have what was taken in before.
    ...[...firsts.values()].filter(({ epoch, fromMs }) => epoch < fromMs)
      .map(({ epoch }) => epoch),
  );
  if (begin === Infinity) return;
  const running = sources.map((source) => ({
    collector: `${source.capability} on port ${source.port}`,
    fromMs: heldFrom(source, { asked_from, first: firsts.get(ringKey(source)) }),
    toMs: Infinity,
  }));
  const fromMs = Math.max(asked_from, begin);
  const lives = earlier.map((life) => life.lasts ? { ...life, toMs: Infinity } : life);
  const gaps = heldGaps([...running, ...lives], { fromMs, toMs: asked_to });
  report.not_collected = gaps.notCollected;
  report.downtime = gaps.downtime;
}

/** The first life of each ring, of lives in the order of their begin. */
function firstLives(lives: readonly ArchivedLife[]): Map<string, ArchivedLife> {
  return new Map(lives.toReversed().map((life) => [ringKey(life), life]));
}

/** Since when what a ring took in is in memory or on disk; where that is all of a window, since ever. */
function heldFrom(
  { ring, epoch }: FlowSource,
  { asked_from, first }: { asked_from: number; first: ArchivedLife | undefined },
): number {
  if (ring.oldest === 0 || first === undefined) return epoch;
  const oldestMs = ring.times[ring.oldest & ring.mask];
  return asked_from >= oldestMs ? epoch : Math.max(epoch, Math.min(first.fromMs, oldestMs));
}

/** Null for a time that there is none of. */
function knownTime(ms: number): number | null {
  return ms === Infinity ? null : ms;
}
