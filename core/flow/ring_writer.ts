import type { FlowRow } from "./schema.ts";
import type { TableField } from "./table.ts";
import type { TableColumns } from "./table_columns.ts";
import type { TableRing } from "./table_ring.ts";

/**
 * The one writer of a ring, of flows where nothing else is said. A codec reserves rows, writes their columns and commits them:
 *
 *     const first = writer.reserve(count);
 *     for (let i = 0; i < count; i++) write(columns, (first + i) & writer.mask);
 *     writer.commit(count);
 *
 * Rows that were reserved and not committed are simply reserved again. Presence words must be
 * written for every row: a slot still holds the bits of the row that lay there before.
 */
export class RingWriter<R extends TableField = FlowRow> {
  readonly columns: TableColumns<R>;
  readonly mask: number;
  /** Most rows that may be reserved at once. */
  readonly maxBatch: number;
  readonly #ring: TableRing<R>;
  readonly #clamped: boolean;
  #next: number;
  #claimed: number;
  #lastReceivedAt: number;

  /**
   * @param ring a ring without a living writer; writing goes on where the last one stopped
   * @param options `clamped: false` writes arrival times as they are, for a ring that is read in
   *   order and never searched by time
   */
  constructor(ring: TableRing<R>, { clamped = true }: { clamped?: boolean } = {}) {
    this.#ring = ring;
    this.#clamped = clamped;
    this.columns = ring.columns;
    this.mask = ring.mask;
    this.maxBatch = ring.block;
    this.#next = ring.committed;
    this.#claimed = ring.claimed;
    this.#lastReceivedAt = this.#next === 0 ? -Infinity : ring.times[(this.#next - 1) & ring.mask];
  }

  /** Number of the next row. */
  get next(): number {
    return this.#next;
  }

  /**
   * Makes room for rows.
   *
   * @param count 1 to `maxBatch`
   * @returns number of the first row
   */
  reserve(count: number): number {
    if (count > this.maxBatch) {
      throw new RangeError(
        `reserve ${count} rows: a batch holds at most ${this.maxBatch}; commit in between`,
      );
    }
    const end = this.#next + count;
    if (end + this.maxBatch > this.#claimed) {
      this.#claimed = end + 2 * this.maxBatch;
      this.#ring.claim(this.#claimed);
    }
    return this.#next;
  }

  /**
   * Hands the first `count` reserved rows to the readers.
   *
   * @param count rows that are wholly written
   */
  commit(count: number): void {
    this.#next += count;
    this.#ring.commit(this.#next);
  }

  /**
   * The arrival time to write: windows are found by binary search, so it never goes back, even
   * when the clock does.
   *
   * @param nowMs Unix milliseconds
   */
  receivedAt(nowMs: number): number {
    if (nowMs > this.#lastReceivedAt || !this.#clamped) this.#lastReceivedAt = nowMs;
    return this.#lastReceivedAt;
  }
}
