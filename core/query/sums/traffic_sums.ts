import { type Dimension, KEY_FIELDS, type RollupRow } from "../../flow/rollup_schema.ts";
import type { RingIdentity } from "../../flow/ring_identity.ts";
import type { SegmentFault } from "../../flow/segment/segment_fault.ts";
import type { TableColumns } from "../../flow/table_columns.ts";

/** How long what is summed together: minutes or hours of arrival, counted from the epoch. */
export type SumTier = "minutes" | "hours";

/** Length of what each tier sums together, milliseconds. */
export const TIER_MS = { minutes: 60_000, hours: 3_600_000 } as const;

/**
 * Fields of sums that answers by a dimension are made of.
 *
 * @param dimension whose rows are read
 */
export function sumFields(dimension: Dimension) {
  return [
    "received_at",
    "dimension",
    ...KEY_FIELDS[dimension],
    "flows",
    "bytes",
    "packets",
    "rest_of",
  ] as const;
}

/** One of them. */
export type SumField = ReturnType<typeof sumFields>[number];

/** Sums of minutes or hours. */
export interface SumRows {
  /** Rows `start` to `end` are those that are asked for; their minutes or hours do not decrease. */
  readonly start: number;
  readonly end: number;
  /**
   * Of each minute or hour the rows of each dimension one behind the other; valid until the next are
   * read. Of keys those of the dimension that is asked for.
   */
  readonly columns: Pick<TableColumns<RollupRow>, SumField | "presence">;
}

/** A time, Unix milliseconds: from inclusive, to exclusive. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which tier answers for a part of a window; "flows": memory and segments. */
export interface TierPart extends Span {
  readonly tier: "flows" | SumTier;
}

/** Rows that arrived within a time, both ends inclusive, and are in no sum. */
export interface UnsummedRows extends Span {
  readonly rows: number;
}

/** What there is of one tier: from the begin of its oldest sums to the end of its newest. */
export type TierReach = Span | null;

/**
 * Sums of traffic by minute and hour of arrival. Every method may throw when what is kept cannot be
 * read; a later call tries anew.
 */
export interface TrafficSums {
  /** What there is of a tier; null for nothing. */
  reach(tier: SumTier): TierReach;

  /** Number of the row of a ring before which all are in sums; 0 where none is known to be. */
  summedUpTo(ring: RingIdentity): number;

  /**
   * Rows that may have arrived within a time and never will be in its sums: they came faster than
   * they could be summed, or nothing could be written for long.
   */
  unsummed(span: Span): UnsummedRows[];

  /**
   * Reads sums. One minute or hour may come several times: all of them add up, in any order. Hours
   * come with those minutes of them that were summed too late to be in them.
   *
   * @param tier which
   * @param asked `span`, whole minutes or hours: those that begin in it; by which `dimension`
   */
  read(
    tier: SumTier,
    asked: { readonly span: Span; readonly dimension: Dimension },
  ): Iterable<SumRows | SegmentFault>;
}
