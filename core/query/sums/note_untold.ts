import type { FlowArchive } from "../flow_archive.ts";
import type { FlowSource } from "../flow_source.ts";
import { noteLives } from "../note_lives.ts";
import { reachesBehind } from "../scan.ts";
import type { ScanReport, TimeWindow } from "../scan_report.ts";
import { tierReaches } from "./tier_reaches.ts";
import { summedAlone, type Untold } from "./untold.ts";

/**
 * Notes in a report of flows that alone answer what of the window they do not answer for, while sums
 * of it are kept.
 *
 * @param report of a scan
 * @param untold the part, and what is lacking of it
 * @param window end of what is asked for, Unix milliseconds
 */
export function noteUntold(
  report: ScanReport,
  untold: Untold,
  { toMs: to }: Pick<TimeWindow, "toMs">,
): void {
  report.untold = untold;
  const { rows_scanned: rows, oldest_row_at, window_overwritten } = report;
  if (untold.toMs >= to) return;
  // What was read of the time in which some may be gone counts, so it is covered: notes say the rest.
  const from = window_overwritten
    ? untold.toMs
    : Math.min(untold.toMs, oldest_row_at ?? untold.toMs);
  report.tiers = [{ tier: "flows", from, to, rows }];
}

/**
 * The same for what looks at single flows, of which sums tell nothing.
 *
 * @param report of a scan
 * @param lacking what is made of single flows, in words
 * @param kept `sources`, the rings in memory, and the `archive` on disk; null for none
 */
export function noteSumsAlone(
  report: ScanReport,
  lacking: string,
  { sources, archive }: {
    sources: readonly FlowSource[];
    archive?: FlowArchive | null;
  },
): void {
  const window = { fromMs: report.asked_from, toMs: report.asked_to, untilNow: false };
  if (!archive || !reachesBehind(sources, window)) return;
  try {
    const alone = summedAlone(window, tierReaches(sources, archive, { window, maxRows: Infinity }));
    if (alone === null) return;
    noteUntold(report, { ...alone, lacking: [lacking] }, window);
    const rings = archive.rings(window.fromMs);
    noteLives(report, archive, { sources, rings, summedFromMs: alone.sumsFromMs });
  } catch {
    // The scan of the flows says that the archive cannot be read.
  }
}
