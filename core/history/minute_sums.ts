import type { FlowColumns } from "../flow/columns.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { PRESENCE_WORDS } from "../flow/schema.ts";
import { RowIndexer } from "../flow/segment/row_indexer.ts";
import { keyStride } from "./dimension_keys.ts";
import { KeyTable, SUM } from "./key_sums.ts";
import { type Dimension, DIMENSIONS } from "../flow/rollup_schema.ts";
import {
  type AddressNumbers,
  bitOf,
  type MinuteRows,
  type NumberedField,
  RowPlaces,
} from "./row_places.ts";

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
  readonly #places: RowPlaces;
  readonly #indexer: RowIndexer;
  /** Of the rows that are traffic: their slots, what they add to the sums, and whether they say it. */
  readonly #slots = new Uint32Array(SEGMENT_ROWS);
  readonly #bytes = new Float64Array(SEGMENT_ROWS);
  readonly #packets = new Float64Array(SEGMENT_ROWS);
  readonly #saysBytes = new Float64Array(SEGMENT_ROWS);
  readonly #saysPackets = new Float64Array(SEGMENT_ROWS);
  /** Numbers of addresses, where nobody else found them; memory is taken as it is used. */
  readonly #ids = {
    exporter: new Uint32Array(SEGMENT_ROWS),
    src_addr: new Uint32Array(SEGMENT_ROWS),
    dst_addr: new Uint32Array(SEGMENT_ROWS),
  };
  readonly #firsts = new Uint32Array(SEGMENT_ROWS);
  readonly #open = new Map<number, BucketSums>();

  /** @param options `namedPorts`, 1 where a port has a name; `seed` by chance for hashing */
  constructor({ namedPorts, seed }: { namedPorts: Uint8Array; seed: number }) {
    this.#places = new RowPlaces(namedPorts);
    this.#indexer = new RowIndexer(seed);
  }

  /**
   * Adds rows.
   *
   * @param columns whole rows, in the order of their arrival
   * @param options slots `start` to `end` of them, at most SEGMENT_ROWS; `numbers` of their
   *   addresses, where they are known; `onMinute` hears of each minute among them, and the slot of its
   *   first row
   */
  add(
    columns: FlowColumns,
    { start, end, onMinute, numbers = this.#number(columns, { start, end }) }: {
      start: number;
      end: number;
      numbers?: AddressNumbers;
      onMinute?: (minute: number, slot: number) => void;
    },
  ): void {
    const { received_at } = columns;
    for (let from = start; from < end;) {
      const minute = Math.floor(received_at[from] / MINUTE_MS) * MINUTE_MS;
      let to = from + 1;
      while (to < end && received_at[to] < minute + MINUTE_MS) to++;
      onMinute?.(minute, from);
      const count = this.#traffic(columns, { start: from, end: to });
      this.#addTo(minute, { columns, slots: this.#slots, count, numbers, base: start });
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

  #addTo(minute: number, rows: MinuteRows): void {
    let bucket = this.#open.get(minute);
    if (bucket === undefined) this.#open.set(minute, bucket = emptyBucket());
    for (const dimension of DIMENSIONS) {
      const table = bucket[dimension];
      this.#sum(table, this.#places.find(dimension, table, rows), rows.count);
    }
  }

  /** Numbers the addresses of rows; a row that has none may hold any. */
  #number(columns: FlowColumns, { start, end }: { start: number; end: number }): AddressNumbers {
    const number = (field: NumberedField) => {
      // A segment of which no row has a field has no column of it.
      const column = columns[field] as Uint32Array | undefined;
      if (column === undefined) return null;
      const ids = this.#ids[field];
      const shape = { stride: 4, rows: end - start };
      this.#indexer.number(column.subarray(4 * start, 4 * end), shape, {
        ids,
        firsts: this.#firsts,
      });
      return ids;
    };
    return {
      exporter: number("exporter"),
      src_addr: number("src_addr"),
      dst_addr: number("dst_addr"),
    };
  }

  /** Finds the rows that are traffic, which events are not; returns how many. */
  #traffic(
    { presence, bytes, packets }: FlowColumns,
    { start, end }: { start: number; end: number },
  ): number {
    const ofEvent = bitOf("event");
    const ofBytes = bitOf("bytes");
    const ofPackets = bitOf("packets");
    let row = 0;
    for (let slot = start; slot < end; slot++) {
      const at = slot * PRESENCE_WORDS;
      if ((presence[at + ofEvent.word] & ofEvent.mask) !== 0) continue;
      const saysBytes = (presence[at + ofBytes.word] & ofBytes.mask) !== 0;
      const saysPackets = (presence[at + ofPackets.word] & ofPackets.mask) !== 0;
      this.#slots[row] = slot;
      this.#saysBytes[row] = saysBytes ? 1 : 0;
      this.#bytes[row] = saysBytes ? bytes[slot] : 0;
      this.#saysPackets[row] = saysPackets ? 1 : 0;
      this.#packets[row] = saysPackets ? packets[slot] : 0;
      row++;
    }
    return row;
  }

  /** Adds rows one after the other, since the order may show in sums of numbers that are not whole. */
  #sum({ sums }: KeyTable, places: Int32Array, count: number): void {
    const saysBytes = this.#saysBytes;
    const bytes = this.#bytes;
    const saysPackets = this.#saysPackets;
    const packets = this.#packets;
    for (let row = 0; row < count; row++) {
      const at = places[row];
      sums[at + SUM.flows]++;
      sums[at + SUM.bytesRows] += saysBytes[row];
      sums[at + SUM.bytes] += bytes[row];
      sums[at + SUM.packetsRows] += saysPackets[row];
      sums[at + SUM.packets] += packets[row];
    }
  }
}
