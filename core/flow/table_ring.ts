import type { Table, TableField } from "./table.ts";
import { layTable, tableBytes, type TableColumns } from "./table_columns.ts";

const HEADER_BYTES = 4096;
/** Places in the header, in 64-bit words: each counter on a cache line of its own. */
const CLAIMED = 0;
const COMMITTED = 8;
const CAPACITY = 16;

/** Smallest and largest capacity of a ring, in rows. */
export const RING_CAPACITY = { min: 1024, max: 1 << 24 } as const;

/**
 * Makes the memory of an empty ring. The system gives the pages only as rows arrive.
 *
 * @param table whose rows
 * @param rows wanted capacity; rounded up to a power of two within RING_CAPACITY
 */
export function allocateRing<R extends TableField>(
  table: Table<R>,
  rows: number,
): SharedArrayBuffer {
  const capacity = Math.min(
    RING_CAPACITY.max,
    2 ** Math.ceil(Math.log2(Math.max(RING_CAPACITY.min, rows))),
  );
  const memory = new SharedArrayBuffer(ringBytes(table, capacity));
  new BigInt64Array(memory, 0, CAPACITY + 1)[CAPACITY] = BigInt(capacity);
  return memory;
}

/** Bytes that a ring takes which holds so many rows, a power of two. */
export function ringBytes<R extends TableField>(table: Table<R>, capacity: number): number {
  return HEADER_BYTES + tableBytes(table, capacity);
}

/**
 * A bounded ring of the rows of a table in shared memory: one writer, any number of readers, no locks.
 *
 * Rows are numbered from 0 and never renumbered; row `n` lies in slot `n & mask`. The writer stores
 * `claimed`, the end of the rows it may be writing, ahead of the rows, and `committed` after them.
 * A reader copies rows below `committed`, then reads `claimed` again: what lies below
 * `claimed - capacity` may have been overwritten meanwhile and is discarded.
 *
 * Writing claims a block ahead and not row by row: on processors with weaker ordering than x86 a
 * plain store may become visible before the atomic store that precedes it, and the block is the
 * distance that keeps such a store out of what readers trust.
 */
export class TableRing<R extends TableField> {
  readonly table: Table<R>;
  readonly memory: SharedArrayBuffer;
  /** Rows the ring holds; a power of two. */
  readonly capacity: number;
  /** Turns a row number into a slot. */
  readonly mask: number;
  /** Rows that the writer claims at once: readers can trust the newest `capacity - 2 × block`. */
  readonly block: number;
  readonly columns: TableColumns<R>;
  /** When rows were received, Unix milliseconds: it never decreases. */
  readonly times: Float64Array;
  readonly #header: BigInt64Array;

  /**
   * @param table whose rows; one field is `received_at`
   * @param memory as made by `allocateRing` for the same table
   */
  constructor(table: Table<R>, memory: SharedArrayBuffer) {
    this.table = table;
    this.memory = memory;
    this.#header = new BigInt64Array(memory, 0, HEADER_BYTES / 8);
    this.capacity = Number(this.#header[CAPACITY]);
    this.mask = this.capacity - 1;
    this.block = Math.min(4096, this.capacity / 16);
    this.columns = layTable(table, memory, { offset: HEADER_BYTES, capacity: this.capacity });
    this.times = (this.columns as unknown as { received_at: Float64Array }).received_at;
  }

  /** End of the rows that are complete: rows `[0, committed)` have been written. */
  get committed(): number {
    return Number(Atomics.load(this.#header, COMMITTED));
  }

  /** Oldest row that is certainly still whole. */
  get oldest(): number {
    return Math.max(0, Number(Atomics.load(this.#header, CLAIMED)) - this.capacity);
  }

  /**
   * For the writer: says that rows below `end` may be written from now on.
   *
   * @param end row number; never less than before
   */
  claim(end: number): void {
    Atomics.store(this.#header, CLAIMED, BigInt(end));
  }

  /**
   * For the writer: says that the rows below `end` are complete.
   *
   * @param end row number; never less than before
   */
  commit(end: number): void {
    Atomics.store(this.#header, COMMITTED, BigInt(end));
  }

  /** End of the rows that may be being written. */
  get claimed(): number {
    return Number(Atomics.load(this.#header, CLAIMED));
  }
}
