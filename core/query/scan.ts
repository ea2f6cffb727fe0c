import { setImmediate } from "node:timers";
import type { StoredFieldName } from "../flow/schema.ts";
import { ringKey } from "../flow/ring_identity.ts";
import { firstRowSince } from "../flow/ring_reader.ts";
import { ArchiveView } from "./archive_view.ts";
import type { FilterNode } from "./filter/filter_node.ts";
import type { FlowArchive } from "./flow_archive.ts";
import {
  type CursorOptions,
  FlowCursor,
  OWN_FIELDS,
  type ScanField,
  type Visit,
} from "./flow_cursor.ts";
import type { FlowSource } from "./flow_source.ts";
import { noteLives } from "./note_lives.ts";
import { emptyReport, type ScanReport, type TimeWindow } from "./scan_report.ts";
import { SealingWait } from "./sealing_wait.ts";
import { windowEnd } from "./window_end.ts";

export { Overtaken } from "./flow_cursor.ts";
export { emptyReport, joinedReport, type ScanReport, type TimeWindow } from "./scan_report.ts";

/** Rows of a block: less than a millisecond of work, mostly. */
const BLOCK_ROWS = 8192;
/** Work in one go before messages and timers of the thread get their turn. */
const SLICE_MS = 4;

/** Which rows to read, and how. */
export interface ScanOptions<F extends StoredFieldName> {
  readonly window: TimeWindow;
  /** Fields that the visit needs. */
  readonly fields: readonly F[];
  /** Rows that rings do not hold any more; without it what they hold is all there is. */
  readonly archive?: FlowArchive | null;
  /** What the visit looks for: parts of the archive without any such row are not read. */
  readonly filter?: FilterNode;
  /**
   * Reads rows where they lie, without copying them: twice as fast. Should the writer overtake the
   * reader all the same, what was visited is worthless and `Overtaken` is thrown.
   */
  readonly inPlace?: boolean;
  /**
   * Fields of segments' rows that are laid out before the visit sees them; default: all, and the
   * presence map. Where it is given the visit lays out what else it reads (`range.segment`).
   */
  readonly laid?: readonly F[];
  /** Rows of a block (default 8192): a visit of one should take less than a millisecond. */
  readonly blockRows?: number;
  /** The same of a segment between whose rows none of another ring arrived (default: blockRows). */
  readonly segmentRows?: number;
  /** Asked between blocks; true ends the scan, and the report says how far it came. */
  readonly enough?: (rowsScanned: number) => boolean;
  /** Lets others have their turn (default `turn`, which lets no signal through for seconds). */
  readonly pause?: () => Promise<void>;
}

/**
 * Reads all rows received within a window, the oldest first whatever ring they are of and wherever
 * they lie, block by block, and lets others run between blocks.
 *
 * @param sources rings to read
 * @param options which rows, and how
 * @param visit sees each block once; rows outside the window are not in its range
 * @throws {Overtaken} in place, when rows were overwritten while they were visited
 */
export async function scanWindow<F extends StoredFieldName>(
  sources: readonly FlowSource[],
  options: ScanOptions<F>,
  visit: Visit<F>,
): Promise<ScanReport> {
  const { window, fields, archive = null, filter, enough, pause = turn } = options;
  const { inPlace = false, blockRows = BLOCK_ROWS, laid } = options;
  const { segmentRows = blockRows } = options;
  const report = emptyReport(window);
  const wanted: ScanField<F>[] = [...new Set([...OWN_FIELDS, ...fields])];
  const needed = reachesBehind(sources, window);
  const view = archive === null ? null : new ArchiveView(archive, {
    fields: wanted,
    laid: laid && ["sampling_source", ...laid],
    filter,
    report,
    needed,
  });
  const wait = new SealingWait();
  const cursors = openCursors(sources, {
    window,
    fields: wanted,
    inPlace,
    blockRows,
    segmentRows,
    report,
    view,
    mayWait: wait.may,
  });
  let sliceEnds = performance.now() + SLICE_MS;
  try {
    while (true) {
      const cursor = oldest(cursors);
      if (cursor === null) break;
      if (enough?.(report.rows_scanned)) {
        report.stopped_at = cursor.nextMs;
        break;
      }
      if (cursor.waits) {
        await wait.more();
        cursor.locate();
        continue;
      }
      // With many rings under way at a time a segment is read to its end, for want of memory.
      const others = cursors.filter((other) => other !== cursor && !other.done);
      const aloneUntil = others.reduce((least, { nextMs }) => Math.min(least, nextMs), Infinity);
      do cursor.read(visit, aloneUntil); while (view?.crowded && cursor.holdsMemory);
      if (performance.now() > sliceEnds) {
        await pause();
        sliceEnds = performance.now() + SLICE_MS;
      }
    }
  } finally {
    for (const cursor of cursors) cursor.close();
  }
  view?.close();
  return report;
}

/**
 * Whether rows of a window may be on disk alone: behind what a ring holds, or of a ring before it.
 * Where clocks do not go back; rings of a process before this one are asked for all the same.
 */
export function reachesBehind(sources: readonly FlowSource[], { fromMs }: TimeWindow): boolean {
  return sources.length === 0 || sources.some(({ ring, epoch }) => {
    if (fromMs < epoch) return true;
    const first = firstRowSince(ring, fromMs);
    return first > 0 && first <= ring.oldest;
  });
}

function openCursors<F extends StoredFieldName>(
  sources: readonly FlowSource[],
  options: CursorOptions<F>,
): FlowCursor<F>[] {
  const { view, window, report } = options;
  if (view === null) return sources.map((source) => new FlowCursor(source, null, options));
  const rings = view.rings(window);
  if (view.needed) noteLives(report, view, { sources, rings });
  const archived = new Map(rings.map((ring) => [ringKey(ring), ring]));
  const held = sources.map((source) => {
    const key = ringKey(source);
    const ring = archived.get(key) ?? null;
    archived.delete(key);
    return new FlowCursor(source, ring, options);
  });
  const gone = [...archived.values()].filter(({ fromMs }) => fromMs < windowEnd(window));
  return [...held, ...gone.map((ring) => new FlowCursor(ring, ring, options))];
}

/** The cursor whose next row arrived first; null when all are at their end. */
function oldest<F extends StoredFieldName>(
  cursors: readonly FlowCursor<F>[],
): FlowCursor<F> | null {
  let found: FlowCursor<F> | null = null;
  let least = Infinity;
  for (const cursor of cursors) {
    if (cursor.done) continue;
    const at = cursor.nextMs;
    if (found === null || at < least) {
      found = cursor;
      least = at;
    }
  }
  return found;
}

/**
 * Lets timers and messages of this thread have their turn. Measured with slices of 4 ms: a timer of
 * 0 ms leaves the thread idle for 2.7 ms a turn, this for 0.2 ms, and messages wait no longer; a
 * message to oneself is as quick and lets nobody else in.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
