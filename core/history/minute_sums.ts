import type { FlowColumns } from "../flow/columns.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { keyStride, keyWriter, knows } from "./dimension_keys.ts";
import { KeyTable, SUM } from "./key_sums.ts";
import { type Dimension, DIMENSIONS } from "../flow/rollup_schema.ts";

export const MINUTE_MS = 60_000;
/** Values of a dimension that a minute tells apart. */
const MAX_KEYS = 16_384;

/** Sums of one minute or hour, by dimension. */
export type BucketSums = Readonly<Record<Dimension, KeyTable>>;

/** Empty sums of all dimensions, of at most `max` values each. */
export function emptyBucket(max = MAX_KEYS): BucketSums {
  return Object.fromEntries(
    DIMENSIONS.map((name) => [name, new KeyTable({ stride: keyStride(name), max })]),
  ) as BucketSums;
}

/** Sums rows by minute of arrival. */
export class MinuteSums {
  readonly #namedPorts: Uint8Array;
  /** Of the rows that are traffic: their slots, what they add to the sums, and whether they say it. */
  readonly #slots = new Uint32Array(SEGMENT_ROWS);
  readonly #bytes = new Float64Array(SEGMENT_ROWS);
  readonly #packets = new Float64Array(SEGMENT_ROWS);
  readonly #saysBytes = new Uint8Array(SEGMENT_ROWS);
  readonly #saysPackets = new Uint8Array(SEGMENT_ROWS);
  readonly #open = new Map<number, BucketSums>();

  /** @param namedPorts 1 where a port has a name, by port */
  constructor(namedPorts: Uint8Array) {
    this.#namedPorts = namedPorts;
  }

  /**
   * Adds rows.
   *
   * @param columns whole rows, in the order of their arrival
   * @param range slots `start` to `end` of them, at most SEGMENT_ROWS
   * @param onMinute hears of each minute among them, and the slot of its first row
   */
  add(
    columns: FlowColumns,
    { start, end }: { start: number; end: number },
    onMinute: (minute: number, slot: number) => void = () => {},
  ): void {
    const { received_at } = columns;
    for (let from = start; from < end;) {
      const minute = Math.floor(received_at[from] / MINUTE_MS) * MINUTE_MS;
      let to = from + 1;
      while (to < end && received_at[to] < minute + MINUTE_MS) to++;
      onMinute(minute, from);
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
    const count = this.#traffic(columns, range);
    let bucket = this.#open.get(minute);
    if (bucket === undefined) this.#open.set(minute, bucket = emptyBucket());
    for (const dimension of DIMENSIONS) this.#sum(dimension, bucket[dimension], columns, count);
  }

  /** Finds the rows that are traffic, which events are not; returns how many. */
  #traffic(columns: FlowColumns, { start, end }: { start: number; end: number }): number {
    const isEvent = knows(columns, "event");
    const hasBytes = knows(columns, "bytes");
    const hasPackets = knows(columns, "packets");
    let row = 0;
    for (let slot = start; slot < end; slot++) {
      if (isEvent(slot)) continue;
      const [bytes, packets] = [hasBytes(slot), hasPackets(slot)];
      this.#slots[row] = slot;
      this.#saysBytes[row] = bytes ? 1 : 0;
      this.#bytes[row] = bytes ? columns.bytes[slot] : 0;
      this.#saysPackets[row] = packets ? 1 : 0;
      this.#packets[row] = packets ? columns.packets[slot] : 0;
      row++;
    }
    return row;
  }

  #sum(dimension: Dimension, table: KeyTable, columns: FlowColumns, count: number): void {
    const write = keyWriter(dimension, columns, this.#namedPorts);
    const { key } = table;
    for (let row = 0; row < count; row++) {
      write(this.#slots[row], key);
      const at = table.place();
      const { sums } = table;
      sums[at + SUM.flows]++;
      sums[at + SUM.bytesRows] += this.#saysBytes[row];
      sums[at + SUM.bytes] += this.#bytes[row];
      sums[at + SUM.packetsRows] += this.#saysPackets[row];
      sums[at + SUM.packets] += this.#packets[row];
    }
  }
}
