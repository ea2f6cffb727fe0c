import { firstRowSince } from "../../flow/ring_reader.ts";
import { ringKey } from "../../flow/ring_identity.ts";
import type { ArchivedRing, FlowArchive } from "../flow_archive.ts";
import type { FlowSource } from "../flow_source.ts";
import { summedSince } from "./summed_since.ts";
import type { TierReaches } from "./plan_tiers.ts";
import { type Span, TIER_MS, type TierReach } from "./traffic_sums.ts";

/**
 * Finds what there is to answer from: how far back flows are whole, and which are in sums.
 *
 * @param sources rings in memory
 * @param archive of them and of earlier ones
 * @param options `window` that is asked for, `maxRows` that a query may read
 * @throws what the archive throws
 */
export function tierReaches(
  sources: readonly FlowSource[],
  archive: FlowArchive,
  { window, maxRows }: { window: Span; maxRows: number },
): TierReaches {
  const { sums } = archive;
  const archived = new Map(archive.rings(-Infinity).map((ring) => [ringKey(ring), ring]));
  const minutes = sums.reach("minutes");
  const hours = sums.reach("hours");
  const held = new Map(sources.map((source) => [ringKey(source), source]));
  const alone = [...archived].filter(([key]) => !held.has(key)).map(([, ring]) => ring);
  let rows = archive.rowsWithin(window);
  const holes: Span[] = archive.holes(window).filter((hole) =>
    (held.get(ringKey(hole))?.ring.oldest ?? Infinity) > hole.firstRow
  );
  let summedToMs = Infinity;
  let flowsFromMs = -Infinity;
  let oldestMs = Infinity;
  for (const ring of alone) {
    oldestMs = Math.min(oldestMs, ring.fromMs);
    // Its first rows are gone, or were never written.
    if (ring.firstRow > 0) flowsFromMs = Math.max(flowsFromMs, ring.fromMs);
    summedToMs = Math.min(summedToMs, firstUnsummed(archive, ring));
  }
  for (const source of sources) {
    const { ring } = source;
    const disk = archived.get(ringKey(source)) ?? null;
    rows += Math.max(
      0,
      ring.committed - Math.max(disk?.endRow ?? 0, firstRowSince(ring, window.fromMs)),
    );
    const onDisk = disk !== null && disk.firstRow < ring.oldest;
    const firstRow = onDisk ? disk.firstRow : ring.oldest;
    if (firstRow < ring.committed) {
      const firstMs = onDisk ? disk.fromMs : arrivalOf(source, firstRow);
      oldestMs = Math.min(oldestMs, firstMs);
      if (firstRow > 0) flowsFromMs = Math.max(flowsFromMs, firstMs);
    }
    if (disk !== null && disk.endRow < ring.oldest) {
      holes.push({ fromMs: disk.toMs, toMs: arrivalOf(source, ring.oldest) });
    }
    summedToMs = Math.min(summedToMs, firstUnsummedOf(archive, source, disk));
  }
  // Sums of a time before all of these rows: rings are gone of which nothing else is left.
  if (endsBefore(minutes, oldestMs, "minutes") || endsBefore(hours, oldestMs, "hours")) {
    const begun = Math.min(...sources.map(({ epoch }) => epoch));
    flowsFromMs = Math.max(flowsFromMs, Math.min(archive.deletedUpTo() ?? Infinity, begun));
  }
  holes.sort((a, b) => a.fromMs - b.fromMs);
  const { fromMs } = sumsReach({ minutes, hours });
  const summedSinceMs = summedSince(fromMs, fromMs === Infinity ? [] : archive.lives(fromMs));
  return {
    ...{ flowsFromMs, holes, tooMany: rows > maxRows, summedToMs },
    ...{ summedSinceMs, minutes, hours },
  };
}

/** From the begin of the oldest sums there are to the end of the newest. */
export function sumsReach({ minutes, hours }: Pick<TierReaches, "minutes" | "hours">): Span {
  return {
    fromMs: Math.min(minutes?.fromMs ?? Infinity, hours?.fromMs ?? Infinity),
    toMs: Math.max(minutes?.toMs ?? -Infinity, hours?.toMs ?? -Infinity),
  };
}

function endsBefore(reach: TierReach, oldestMs: number, tier: keyof typeof TIER_MS): boolean {
  return reach !== null && reach.fromMs + TIER_MS[tier] <= oldestMs;
}

/** Arrival of the first row of a ring, gone from memory, that may be in no sum; Infinity for none. */
function firstUnsummed(archive: FlowArchive, ring: ArchivedRing): number {
  const row = archive.sums.summedUpTo(ring);
  if (row >= ring.endRow) return Infinity;
  if (row <= ring.firstRow) return ring.fromMs;
  return archive.segmentFrom(ring, row)?.fromMs ?? ring.fromMs;
}

/** The same of a ring in memory. */
function firstUnsummedOf(
  archive: FlowArchive,
  source: FlowSource,
  disk: ArchivedRing | null,
): number {
  const { ring } = source;
  const row = archive.sums.summedUpTo(source);
  if (row >= ring.committed) return Infinity;
  if (row >= ring.oldest) return arrivalOf(source, row);
  return disk === null
    ? -Infinity
    : Math.min(firstUnsummed(archive, disk), arrivalOf(source, ring.oldest));
}

/** Arrival of a row that the ring holds; of one that is just overwritten a later one. */
function arrivalOf({ ring }: FlowSource, row: number): number {
  return ring.times[Math.max(row, ring.oldest) & ring.mask];
}
