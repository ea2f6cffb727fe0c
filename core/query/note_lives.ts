import { ringKey } from "../flow/ring_identity.ts";
import type { StoredFieldName } from "../flow/schema.ts";
import type { ArchiveView } from "./archive_view.ts";
import type { ArchivedRing } from "./flow_archive.ts";
import type { FlowSource } from "./flow_source.ts";
import { type CollectorLife, heldGaps } from "./held_gaps.ts";
import type { ScanReport } from "./scan_report.ts";

/**
 * Notes what disk knows of when flows of a window were collected: since when, until when by earlier
 * processes, and when not.
 *
 * @param report to note it in
 * @param view of the archive
 * @param kept `sources`, the rings in memory, and `rings`, those with rows on disk at or after the
 *   window's begin
 */
export function noteLives<F extends StoredFieldName>(
  report: ScanReport,
  view: ArchiveView<F>,
  { sources, rings }: { sources: readonly FlowSource[]; rings: readonly ArchivedRing[] },
): void {
  const { asked_from, asked_to } = report;
  const here = new Set(sources.map(ringKey));
  report.held_since = view.heldSince();
  report.collected_since = view.collectedSince(here);
  const ends = new Map(rings.map((ring) => [ringKey(ring), ring.toMs]));
  const lived = view.lives(asked_from).filter((life) => !here.has(ringKey(life)));
  // In the order of their begin: a collector that was stopped and started has several.
  const last = new Map(lived.map((life) => [ringKey(life), life]));
  const earlier: CollectorLife[] = [
    ...lived.map((life) => ({
      collector: `${life.capability} on port ${life.port}`,
      fromMs: life.fromMs,
      toMs: last.get(ringKey(life)) === life
        // Rows may have been written after its life was noted last.
        ? Math.max(life.toMs, ends.get(ringKey(life)) ?? -Infinity)
        : life.toMs,
    })),
    // Of what was imported nobody knows more than its rows.
    ...rings.filter((ring) => !here.has(ringKey(ring)) && !last.has(ringKey(ring)))
      .map(({ epoch, fromMs, toMs }) => ({
        collector: null,
        fromMs: Math.min(epoch, fromMs),
        toMs,
      })),
  ];
  for (const { collector, fromMs, toMs } of earlier) {
    if (fromMs >= asked_to) continue;
    // What was imported may say of itself that it came later than now.
    const until = collector === null ? Math.min(toMs, asked_to) : toMs;
    report.earlier_until = Math.max(report.earlier_until ?? until, until);
  }
  for (const { toMs } of [...rings, ...earlier]) {
    const until = Math.min(toMs, asked_to);
    report.held_until = Math.max(report.held_until ?? until, until);
  }
  const begins = [report.held_since, report.collected_since].filter((time) => time !== null);
  if (begins.length === 0) return;
  const running = sources.map(({ capability, port, epoch }) => ({
    collector: `${capability} on port ${port}`,
    fromMs: epoch,
    toMs: Infinity,
  }));
  const fromMs = Math.max(asked_from, Math.min(...begins));
  const gaps = heldGaps([...running, ...earlier], { fromMs, toMs: asked_to });
  report.not_collected = gaps.notCollected;
  report.downtime = gaps.downtime;
}
