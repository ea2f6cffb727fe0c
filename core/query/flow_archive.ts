import type { RingIdentity } from "../flow/ring_identity.ts";
import type { FlowRow, StoredFieldName } from "../flow/schema.ts";
import type { DecodedSegment } from "../flow/segment/segment_decoder.ts";
import type { SegmentDirectory } from "../flow/segment/segment_directory.ts";
import type { SegmentRows } from "../flow/segment/segment_rows.ts";
import type { SegmentFault } from "../flow/segment/segment_fault.ts";
import type { Span, TrafficSums } from "./sums/traffic_sums.ts";

/** A ring of which rows are kept that arrived at or after a time; it may be gone from memory. */
export interface ArchivedRing extends RingIdentity {
  /** First row of its oldest segment with such rows, and end of the newest. */
  readonly firstRow: number;
  readonly endRow: number;
  /** First and last arrival of those segments, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows `[firstRow, endRow)` of a ring that are in no segment, while later ones are. */
export interface ArchiveHole extends RingIdentity {
  readonly firstRow: number;
  readonly endRow: number;
  /** Arrival of the last row before them and of the first behind them, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time for which a ring took flows in, all of which were written; it may have got none. */
export interface ArchivedLife extends RingIdentity {
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows `[firstRow, endRow)` of a ring as they are kept. */
export interface ArchivedSegment extends RingIdentity {
  readonly id: number;
  /** The file that it is in: in another its id is another's. */
  readonly file: object;
  readonly firstRow: number;
  readonly endRow: number;
  /** First and last arrival, Unix milliseconds: between them it never decreases. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What is in it, or what is wrong with it. */
  readonly directory: SegmentDirectory | SegmentFault;
}

/** Rows of a segment in memory that is lent. */
export interface ArchivedRows<F extends StoredFieldName> extends DecodedSegment<FlowRow, F> {
  /** Lays the columns out: none is when the rows are lent. */
  readonly segment: SegmentRows<FlowRow>;
  /** Gives the memory back: nothing of it may be read any more. */
  release(): void;
}

/**
 * Rows that are kept longer than rings hold them. They are asked for by their number, one segment at
 * a time, so that it does no harm when segments are merged or deleted meanwhile. Every method may
 * throw when what is kept cannot be read; a later call tries anew.
 */
export interface FlowArchive {
  /** So much memory is lent that what is lent should be given back before more is taken. */
  readonly crowded: boolean;

  /** Sums of the rows, kept longer than they. */
  readonly sums: TrafficSums;

  /** Arrival of the oldest row that is kept, Unix milliseconds; null when there is none. */
  heldSince(): number | null;

  /**
   * Until when it is known what arrived, whichever ring took it in, Unix milliseconds; null when
   * nothing is kept.
   */
  heldUntil(): number | null;

  /**
   * Since when collection is known to have begun with nothing deleted from then on, Unix milliseconds.
   *
   * @param but rings that do not count, as `ringKey` gives them
   * @returns null where that is not known
   */
  collectedSince(but: ReadonlySet<string>): number | null;

  /**
   * Lives of rings that lasted until a time or longer.
   *
   * @param fromMs Unix milliseconds
   */
  lives(fromMs: number): ArchivedLife[];

  /**
   * When another process last said that it writes what is kept, Unix milliseconds: what it received
   * last is in no segment yet, and in no memory that can be read here. null where none does.
   */
  writtenElsewhere(): number | null;

  /**
   * What was deleted so far had all arrived by then, Unix milliseconds, since what ends first goes
   * first; null when nothing is kept that would tell.
   */
  deletedUpTo(): number | null;

  /** Rows that may have arrived within a time and were never written: history could not keep up. */
  holes(span: Span): ArchiveHole[];

  /** How many rows a time may have: those of the segments that reach into it. */
  rowsWithin(span: Span): number;

  /**
   * Rings that have rows which arrived at or after a time.
   *
   * @param fromMs Unix milliseconds
   */
  rings(fromMs: number): ArchivedRing[];

  /**
   * The segment of a ring that holds a row, or the next behind it.
   *
   * @param ring whose rows
   * @param row number
   * @returns null when there is none
   */
  segmentFrom(ring: RingIdentity, row: number): ArchivedSegment | null;

  /**
   * The segment of a ring that holds the row before a row, or the next before that.
   *
   * @param ring whose rows
   * @param row number
   * @param beforeMs only of those that begin before a time, Unix milliseconds
   * @returns null when there is none
   */
  segmentBefore(ring: RingIdentity, row: number, beforeMs?: number): ArchivedSegment | null;

  /**
   * Makes columns of a segment ready to be laid out.
   *
   * @param segment as it was found
   * @param fields wanted
   * @returns the rows, what is wrong with them, or null when the segment has gone: its rows may be in
   *   another
   */
  read<F extends StoredFieldName>(
    segment: ArchivedSegment,
    fields: readonly F[],
  ): ArchivedRows<F> | SegmentFault | null;
}
