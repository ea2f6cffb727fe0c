import type { FlowColumns } from "./columns.ts";
import type { FlowRing } from "./ring.ts";
import type { FlowRow, StoredFieldName } from "./schema.ts";
import type { SegmentRows } from "./segment/segment_rows.ts";
import type { StoredName, TableField } from "./table.ts";
import { type Column, elementsPerRow, type TableColumns } from "./table_columns.ts";
import type { TableRing } from "./table_ring.ts";

/** What one read gave: rows `[start, end)` of the block are good, the first is row `firstRow`. */
export interface BlockRange {
  start: number;
  end: number;
  /** Number of the ring row at `start`. */
  firstRow: number;
  /** Rows asked for that were overwritten before they could be copied. */
  missed: number;
  /** Where rows that come from a segment are laid out. */
  segment?: SegmentRows<FlowRow>;
}

/** The columns a reader copies: `presence` and the fields it named. */
export type BlockColumns<F extends StoredFieldName> = Pick<FlowColumns, F | "presence">;

/**
 * Copies rows out of a ring, block by block, and vouches for what it hands on: the copy is checked
 * against the writer's claim afterwards, so a row that was overwritten meanwhile is never returned.
 */
export class RingReader<F extends keyof TableColumns<R>, R extends TableField = FlowRow> {
  /** The private copy; valid until the next `read`. */
  readonly block: Pick<TableColumns<R>, F | "presence">;
  readonly ring: TableRing<R>;
  readonly #blockRows: number;
  readonly #copies: { from: Column; to: Column; perRow: number }[] = [];

  /**
   * @param ring what to read
   * @param options `fields` to copy; `blockRows` (default 8192) copied at a time
   */
  constructor(
    ring: TableRing<R>,
    { fields, blockRows = 8192 }: { fields: readonly F[]; blockRows?: number },
  ) {
    this.ring = ring;
    this.#blockRows = Math.min(blockRows, ring.capacity);
    const block: Record<string, Column> = {};
    const columns = ring.columns as unknown as Record<string, Column>;
    for (const name of new Set(["presence", ...fields as readonly StoredName<R>[]] as const)) {
      const from = columns[name];
      const perRow = elementsPerRow(ring.table, name);
      const to = new (from.constructor as new (length: number) => Column)(
        this.#blockRows * perRow,
      );
      block[name] = to;
      this.#copies.push({ from, to, perRow });
    }
    this.block = block as unknown as Pick<TableColumns<R>, F | "presence">;
  }

  /**
   * Copies the rows that start at `row`, as many as a block holds and are committed.
   *
   * @param row number of the first row wanted
   * @param limit number of the row to stop before (default: the last committed one)
   * @returns the good part of the block; `start === end` when there is none
   */
  read(row: number, limit = Infinity): BlockRange {
    const { ring } = this;
    const first = Math.max(row, ring.oldest);
    const last = Math.min(first + this.#blockRows, ring.committed, limit);
    if (last <= first) {
      return {
        start: 0,
        end: 0,
        firstRow: first,
        missed: Math.max(0, Math.min(first, limit) - row),
      };
    }
    this.#copy(first, last - first);
    const good = Math.min(Math.max(first, ring.oldest), last);
    return { start: good - first, end: last - first, firstRow: good, missed: good - row };
  }

  #copy(first: number, count: number): void {
    const slot = first & this.ring.mask;
    const head = Math.min(count, this.ring.capacity - slot);
    for (const { from, to, perRow } of this.#copies) {
      to.set(from.subarray(slot * perRow, (slot + head) * perRow));
      if (head < count) to.set(from.subarray(0, (count - head) * perRow), head * perRow);
    }
  }
}

/**
 * Finds where a time window begins.
 *
 * @param ring its `received_at` never decreases
 * @param timeMs Unix milliseconds
 * @returns number of the oldest row still held that was received at or after `timeMs`
 */
export function firstRowSince(
  ring: Pick<FlowRing, "times" | "oldest" | "committed" | "mask">,
  timeMs: number,
): number {
  const { times } = ring;
  let low = ring.oldest;
  let high = ring.committed;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const time = times[middle & ring.mask];
    const { oldest } = ring;
    // What was overwritten meanwhile showed a newer row's time: it says nothing about the window.
    if (middle < oldest) low = oldest;
    else if (time < timeMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(low, ring.oldest);
}
