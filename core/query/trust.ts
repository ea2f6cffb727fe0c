import type { CollectionHealth, SequenceLoss } from "../exporter/collection_health.ts";
import { formatTime } from "../flow/record_reader.ts";
import { SAMPLING_SOURCES } from "../flow/schema.ts";
import type { ScanReport } from "./scan.ts";

/** A figure that is not exact, and how far off it may be. */
export interface Approximation {
  figure: string;
  error: string;
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

/**
 * Says what an answer stands on.
 *
 * @param scan what was read
 * @param health what collection knows of the same window
 * @param approximate figures of the answer that are not exact
 */
export function trustBlock(
  scan: ScanReport,
  health: CollectionHealth,
  approximate: readonly Approximation[] = [],
): Trust {
  const { asked_from, asked_to } = scan;
  const coveredFrom = coverage(scan, health);
  const notes = describe(scan, { health, coveredFrom });
  return {
    complete: notes.length === 0 && approximate.length === 0,
    asked_from: formatTime(asked_from),
    asked_to: formatTime(asked_to),
    covered_from: coveredFrom === null ? null : formatTime(coveredFrom),
    covered_to: coveredFrom === null ? null : formatTime(asked_to),
    rows_scanned: scan.rows_scanned,
    rows_missed: scan.rows_missed,
    loss: health.loss.slice(0, MAX_LISTED).map((entry) => ({ ...entry })),
    sets_without_template: health.sets_without_template,
    sampling: SAMPLING_SOURCES.map((source, i) => ({ source, rows: scan.sampling_rows[i] }))
      .filter(({ rows }) => rows > 0),
    silent_exporters: health.silent_exporters.slice(0, MAX_LISTED),
    dedup_factor: null,
    approximate: [...approximate],
    notes,
  };
}

/** From when on the window is covered; null when nothing has been collected at all. */
function coverage(scan: ScanReport, { collecting_since }: CollectionHealth): number | null {
  if (collecting_since === null) return null;
  const start = Math.max(scan.asked_from, Math.min(collecting_since, scan.asked_to));
  return scan.window_overwritten ? Math.max(start, scan.oldest_row_at ?? start) : start;
}

/** One sentence for each thing that takes from the answer. */
function describe(
  scan: ScanReport,
  { health, coveredFrom }: { health: CollectionHealth; coveredFrom: number | null },
): string[] {
  const notes: string[] = [];
  if (coveredFrom === null) {
    notes.push("No collector has been started, so there is nothing to answer from.");
  } else if (scan.window_overwritten) {
    notes.push(
      "Memory holds fewer flows than the window: the oldest part is gone; raise " +
        "store.capacity_rows or ask for a shorter window.",
    );
  } else if (coveredFrom > scan.asked_from) {
    const seconds = Math.round((scan.asked_to - coveredFrom) / 1000);
    notes.push(`Collection began within the window: it covers the last ${seconds} s only.`);
  }
  if (scan.rows_missed > 0) {
    notes.push(`${scan.rows_missed} flow records were overwritten before they could be read.`);
  }
  for (const { exporter, unit, lost } of health.loss.slice(0, MAX_LISTED)) {
    notes.push(`${lost} ${unit} from ${exporter} never arrived.`);
  }
  if (health.sets_without_template > 0) {
    notes.push(`${health.sets_without_template} sets wait for their template.`);
  }
  if (health.silent_exporters.length > 0) {
    notes.push(`Not heard from any more: ${health.silent_exporters.slice(0, 5).join(", ")}.`);
  }
  return notes;
}
