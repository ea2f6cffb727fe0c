import { countOf } from "../../count_of.ts";
import { joinedReport, type ScanReport, type TimeWindow } from "../scan.ts";
import type { SummedRest, SumsRead } from "../sums/fold_sums.ts";
import { noteUntold } from "../sums/note_untold.ts";
import type { TierPart } from "../sums/traffic_sums.ts";
import type { QueryTiers } from "../sums/query_tiers.ts";

/** How the parts of a window are read. */
export interface TierReaders {
  /** Reads flows that arrived in a window. */
  readonly flows: (window: TimeWindow) => Promise<ScanReport>;
  /** Reads sums of a part. */
  readonly sums: (part: TierPart) => Promise<SumsRead>;
  /** Notes in a report when flows of its window were collected. */
  readonly lives: (report: ScanReport) => void;
}

/** What was read of all parts. */
export interface TiersRead {
  readonly scan: ScanReport;
  /** What sums did not tell apart. */
  readonly rest: SummedRest;
}

/**
 * The arrivals of a part.
 *
 * @param tiers with the part
 * @param arrivals of all of them: the first and the last part reach to their ends
 */
export function arrivalsOf(
  { parts }: QueryTiers,
  part: TierPart,
  arrivals: TimeWindow,
): TimeWindow {
  const last = part === parts[parts.length - 1];
  return {
    fromMs: part === parts[0] ? arrivals.fromMs : part.fromMs,
    toMs: last ? arrivals.toMs : part.toMs,
    untilNow: last && arrivals.untilNow,
  };
}

/**
 * Reads what answers a query, part by part, until one was cut short.
 *
 * @param tiers what answers
 * @param arrivals among which flows are looked for
 * @param readers of each kind
 */
export async function readTiers(
  tiers: QueryTiers,
  arrivals: TimeWindow,
  readers: TierReaders,
): Promise<TiersRead> {
  const rest: SummedRest = { values: 0, flows: 0, bytes: 0, packets: 0 };
  const { parts, dimension, sums: held } = tiers;
  if (dimension === null) {
    const scan = await readers.flows(arrivals);
    if (tiers.untold === null) return { scan, rest };
    noteUntold(scan, tiers.untold, parts[0]);
    return { scan: { ...scan, notes: [...scan.notes, ...noteLives(scan, readers)] }, rest };
  }
  const scans: ScanReport[] = [];
  const notes: string[] = [];
  const read: ScanReport["tiers"] = [];
  let stoppedAt: number | null = null;
  const unsummed = new Map<string, number>();
  let damaged = 0;
  for (const part of parts) {
    const { tier, fromMs: from, toMs: to } = part;
    if (tier === "flows") {
      const scan = await readers.flows(arrivalsOf(tiers, part, arrivals));
      scans.push(scan);
      read.push({ tier, from, to, rows: scan.rows_scanned });
      stoppedAt = scan.stopped_at;
    } else {
      try {
        const sums = await readers.sums(part);
        read.push({ tier, from, to: sums.stoppedAt ?? to, rows: sums.rows });
        addRest(rest, sums.rest);
        damaged += sums.damaged;
        // Two parts may touch one such time.
        for (const { fromMs, toMs, rows } of sums.unsummed) unsummed.set(`${fromMs} ${toMs}`, rows);
        stoppedAt = sums.stoppedAt;
      } catch (error) {
        if (!isStorageError(error)) throw error;
        notes.push(
          `Sums could not be read (${
            (error as Error).message
          }): what they have is not in the answer.`,
        );
      }
    }
    if (stoppedAt !== null) break;
  }
  if (damaged > 0) notes.push(`Left out, since damaged on disk: ${countOf(damaged, "sum")}.`);
  const scan = joinedReport(scans, arrivals);
  for (const rows of unsummed.values()) scan.rows_missed += rows;
  notes.push(...noteLives(scan, readers));
  return {
    rest,
    scan: {
      ...scan,
      stopped_at: stoppedAt,
      // Where lives are not known, the newest sums say when there was traffic last.
      held_until: scan.held_until ?? held?.toMs ?? null,
      tiers: read,
      summed_gone: tiers.gone,
      sums_from: held?.fromMs ?? null,
      notes: [...scan.notes, ...notes],
    },
  };
}

/** Notes when flows were collected; what to say where that cannot be read. */
function noteLives(scan: ScanReport, { lives }: TierReaders): string[] {
  try {
    lives(scan);
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const { message } = error as Error;
    return [`When flows were collected could not be read (${message}): rates may be too low.`];
  }
}

function addRest(into: SummedRest, rest: SummedRest): void {
  into.values = Math.max(into.values, rest.values);
  into.flows += rest.flows;
  into.bytes += rest.bytes;
  into.packets += rest.packets;
}

/**
 * What the database throws, or who opens it, other than what readers are ended by; by name, since
 * questions know nothing of how rows are kept.
 */
function isStorageError(error: unknown): boolean {
  return error instanceof Error && ("code" in error || error.name === "StorageError");
}
