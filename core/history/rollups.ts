import type { FlowColumns } from "../flow/columns.ts";
import type { EncodedSegment } from "../flow/segment/segment_encoder.ts";
import type { HistoryStore } from "./history_store.ts";
import { type BucketSums, emptyBucket, MINUTE_MS, MinuteSums } from "./minute_sums.ts";
import { type KeptValues, RollupCodec } from "./rollup_codec.ts";
import { HOUR_SECONDS, MINUTE_SECONDS } from "./rollup_store.ts";

const HOUR_MS = HOUR_SECONDS * 1000;
/** A minute is written this long after its end: blocks that do not fill are sealed by then. */
export const GRACE_MS = 20_000;
/** An hour is summed this long after its end: its last minute is written by then. */
const HOUR_GRACE_MS = 2 * MINUTE_MS;
/** Minutes that wait while nothing can be written; the oldest go first. */
const MAX_WAITING = 240;

/** Values kept of each dimension of a minute, and of an hour. */
const OF_MINUTE: KeptValues = { hosts: 200, others: 1000 };
const OF_HOUR: KeptValues = { hosts: 1000, others: 2000 };
/** Values that are told apart while an hour is summed: all that its minutes may name. */
const HOUR_KEYS = 65_536;

/**
 * Sums traffic by the minute, and minutes by the hour. Minutes are summed from all flows, also from
 * those whose segment is left out; hours from what was kept of their minutes, so that a process that
 * ends within an hour takes nothing of it along.
 */
export class Rollups {
  readonly #minutes: MinuteSums;
  readonly #codec: RollupCodec;
  #waiting: { atMs: number; encoded: EncodedSegment }[] = [];

  /** @param options `namedPorts`, 1 where a port has a name; `seed` by chance for hashing */
  constructor(options: { namedPorts: Uint8Array; seed: number }) {
    this.#minutes = new MinuteSums(options.namedPorts);
    this.#codec = new RollupCodec(options);
  }

  /**
   * Adds flows.
   *
   * @param columns whole rows, in the order of their arrival
   * @param range slots of them
   */
  add(columns: FlowColumns, range: { start: number; end: number }): void {
    this.#minutes.add(columns, range);
  }

  /**
   * Closes the minutes that are over.
   *
   * @param nowMs Unix milliseconds; Infinity closes all there are
   */
  close(nowMs: number): void {
    for (const [atMs, sums] of this.#minutes.take(nowMs - GRACE_MS)) {
      this.#waiting.push({ atMs, encoded: this.#codec.encode(atMs, sums, OF_MINUTE) });
    }
    this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
  }

  /**
   * Writes the minutes that are closed, and sums up an hour that is over.
   *
   * @param store where to
   * @param nowMs Unix milliseconds
   * @returns whether there may be more to do
   */
  write(store: HistoryStore, nowMs: number): boolean {
    if (this.#waiting.length > 0) {
      store.transaction(() => {
        for (const { atMs, encoded } of this.#waiting) {
          store.rollups.append(MINUTE_SECONDS, atMs, encoded);
        }
      });
      this.#waiting = [];
    }
    const hour = store.rollups.nextHour();
    if (hour === null || hour + HOUR_MS + HOUR_GRACE_MS > nowMs) return false;
    const encoded = this.#codec.encode(hour, this.#sumOf(store, hour), OF_HOUR);
    store.rollups.append(HOUR_SECONDS, hour, encoded);
    return true;
  }

  #sumOf(store: HistoryStore, hour: number): BucketSums {
    const sums = emptyBucket(HOUR_KEYS);
    const window = { fromMs: hour, toMs: hour + HOUR_MS };
    for (const { directory, pages } of store.rollups.read(MINUTE_SECONDS, window)) {
      this.#codec.addTo(directory, pages, sums);
    }
    return sums;
  }
}
