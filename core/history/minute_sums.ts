import type { FlowColumns } from "../flow/columns.ts";
import { RowIndexer } from "../flow/segment/row_indexer.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { keyStride, knows, writeKeys } from "./dimension_keys.ts";
import { KeyTable, type Sums } from "./key_sums.ts";
import { type Dimension, DIMENSIONS } from "./rollup_schema.ts";

export const MINUTE_MS = 60_000;
/** Values of a dimension that a minute tells apart. */
const MAX_KEYS = 16_384;

/** Sums of one minute or hour, by dimension. */
export type BucketSums = Readonly<Record<Dimension, KeyTable>>;

/** Empty sums of all dimensions, of at most `maxKeys` values each. */
export function emptyBucket(maxKeys = MAX_KEYS): BucketSums {
  return Object.fromEntries(DIMENSIONS.map((name) => [name, new KeyTable(maxKeys)])) as BucketSums;
}

/**
 * Sums rows by minute of arrival. Within a block values are numbered first, and summed by number: a
 * look-up a value, not a row.
 */
export class MinuteSums {
  readonly #namedPorts: Uint8Array;
  readonly #indexer: RowIndexer;
  readonly #keys = new Uint32Array(6 * SEGMENT_ROWS);
  readonly #ids = new Uint32Array(SEGMENT_ROWS);
  readonly #firsts = new Uint32Array(SEGMENT_ROWS);
  readonly #slots = new Uint32Array(SEGMENT_ROWS);
  readonly #open = new Map<number, BucketSums>();

  /** @param options `namedPorts`, 1 where a port has a name; `seed` by chance for hashing */
  constructor({ namedPorts, seed }: { namedPorts: Uint8Array; seed: number }) {
    this.#namedPorts = namedPorts;
    this.#indexer = new RowIndexer(seed);
  }

  /**
   * Adds rows.
   *
   * @param columns whole rows, in the order of their arrival
   * @param range slots `start` to `end` of them, at most SEGMENT_ROWS
   */
  add(columns: FlowColumns, { start, end }: { start: number; end: number }): void {
    const { received_at } = columns;
    for (let from = start; from < end;) {
      const minute = Math.floor(received_at[from] / MINUTE_MS) * MINUTE_MS;
      let to = from + 1;
      while (to < end && received_at[to] < minute + MINUTE_MS) to++;
      this.#addTo(minute, columns, { start: from, end: to });
      from = to;
    }
  }

  /**
   * Takes out minutes.
   *
   * @param beforeMs those that ended by then
   * @param keep how many others may stay at most; the oldest go first
   * @returns their sums by begin
   */
  take(beforeMs: number, keep = 16): [number, BucketSums][] {
    const minutes = [...this.#open.keys()].sort((a, b) => a - b);
    const due = minutes.filter((minute, place) =>
      minute + MINUTE_MS <= beforeMs || place < minutes.length - keep
    );
    return due.map((minute) => {
      const sums = this.#open.get(minute)!;
      this.#open.delete(minute);
      return [minute, sums];
    });
  }

  #addTo(minute: number, columns: FlowColumns, range: { start: number; end: number }): void {
    const slots = this.#traffic(columns, range);
    if (slots.length === 0) return;
    let bucket = this.#open.get(minute);
    if (bucket === undefined) this.#open.set(minute, bucket = emptyBucket());
    for (const dimension of DIMENSIONS) {
      const stride = keyStride(dimension);
      writeKeys(dimension, { columns, slots, namedPorts: this.#namedPorts }, this.#keys);
      const into = { ids: this.#ids, firsts: this.#firsts };
      const count = this.#indexer.number(this.#keys, { stride, rows: slots.length }, into);
      const sums = this.#sum(columns, slots, count);
      for (let id = 0; id < count; id++) {
        const at = this.#firsts[id] * stride;
        bucket[dimension].add(this.#keys.subarray(at, at + stride), sums[id]);
      }
    }
  }

  /** The rows that are traffic: events are none. */
  #traffic(columns: FlowColumns, { start, end }: { start: number; end: number }): Uint32Array {
    const isEvent = knows(columns, "event");
    let count = 0;
    for (let slot = start; slot < end; slot++) {
      if (!isEvent(slot)) this.#slots[count++] = slot;
    }
    return this.#slots.subarray(0, count);
  }

  #sum({ bytes, packets, presence }: FlowColumns, slots: Uint32Array, count: number): Sums[] {
    const hasBytes = knows({ presence }, "bytes");
    const hasPackets = knows({ presence }, "packets");
    const sums = Array.from(
      { length: count },
      () => ({ flows: 0, bytesRows: 0, bytes: 0, packetsRows: 0, packets: 0 }),
    );
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row];
      const sum = sums[this.#ids[row]];
      sum.flows++;
      if (hasBytes(slot)) {
        sum.bytesRows++;
        sum.bytes += bytes[slot];
      }
      if (hasPackets(slot)) {
        sum.packetsRows++;
        sum.packets += packets[slot];
      }
    }
    return sums;
  }
}
