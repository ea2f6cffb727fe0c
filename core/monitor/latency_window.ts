import { GroupSamples } from "./group_samples.ts";
import type { LatencyStatistics } from "./latency_summary.ts";
import {
  checkLimit,
  type LatencyWindowLimits,
  latencyWindowLimits,
} from "./latency_window_limits.ts";
import { WindowClock } from "./window_clock.ts";

/** Why samples were not taken, and how many. */
export interface LatencyWindowRefusals {
  /** Older than the window when they came. */
  late: number;
  /** Latency or time not a finite number, or latency below 0. */
  invalid: number;
  /** Group id outside 0 … `maxGroups` − 1. */
  group_limit: number;
  /** `maxBytes` reached. */
  byte_limit: number;
}

/**
 * Latency statistics of many groups over a sliding window, kept up to date sample by sample: exact
 * while a group has few samples in the window, with stated bounds beyond, and within a byte cap.
 *
 * A group is a dense id that the caller gives, one a 5-tuple. Its samples are a queue of cells. Up
 * to `exactSamples` in the window a cell is a sample, and the answer is exact to the window's edge.
 * With more, the group is **sketched** until it has been empty once: the cells that lie in the same
 * pane and the same bin of relative width `relativeError` are merged into one (count, sum, time of
 * the newest), as often as the queue has grown by half, which is two or three visits a sample.
 * A sketched answer then
 * - has `minMs`, `maxMs` and percentiles within `relativeError` of a sample at that rank (within
 *   `minLatencyMs` below `minLatencyMs`), `samples` and `avgMs` exact but for rounding;
 * - covers every sample in the window, and perhaps some that are older by less than `edgeErrorMs`.
 *
 * There is no histogram a group, and nothing to subtract: what expires is dropped from the front of
 * its queue. Two dense histograms (window and open pane) at 1 % would cost 9 kB for each group of
 * more than 64 samples, before the log of closed panes; a group of 65 samples costs 1.6 kB here, and
 * exact and sketched groups share one pool. The price: reading a sketched group visits its cells,
 * at most 1.5 × (panes + 1) × distinct bins + 64, however many samples it had.
 *
 * The window ends at the newest time that `advance` or `add` has seen, so times must come from a
 * clock that is trusted (the receiver's, not the exporter's). Samples may come out of order: one
 * that is still in the window counts like any other, an older one is refused.
 *
 * A merged cell counts up to 2^32 − 1 samples: three million a second of one value for the longest
 * pane of a day's window.
 *
 * @example
 * ```ts
 * const latencies = new LatencyWindow({ windowMs: 60_000 });
 * for (const ms of [10, 20, 30, 200, 220]) latencies.add(7, ms, 1_000);
 * latencies.statistics(7)?.p95Ms; // 220
 * latencies.advance(62_000, (group) => table.free(group)); // 1: group 7
 * ```
 */
export class LatencyWindow {
  readonly limits: Readonly<LatencyWindowLimits>;
  readonly #clock: WindowClock;
  readonly #samples: GroupSamples;
  /** Time of a group's newest sample; −Infinity for a group that is not held. */
  readonly #newest: Float64Array;
  readonly #refused = { late: 0, invalid: 0, group_limit: 0, byte_limit: 0 };
  #accepted = 0;
  #clamped = 0;
  #activeGroups = 0;
  #groupsEnd = 0;
  #trimmedPane = -Infinity;

  constructor(limits: Partial<LatencyWindowLimits> = {}) {
    this.limits = latencyWindowLimits(limits);
    this.#clock = new WindowClock(this.limits.windowMs, this.limits.paneCount);
    this.#newest = new Float64Array(this.limits.maxGroups).fill(-Infinity);
    this.#samples = new GroupSamples(this.limits, this.#clock);
    this.#samples.capBytes(this.limits.maxBytes - this.#newest.byteLength);
  }

  /** Bytes of all tables and pages that exist; never above `limits.maxBytes`. */
  get bytes(): number {
    return this.#newest.byteLength + this.#samples.bytes;
  }

  /** Bytes that samples take of the pages, in whole chunks. */
  get sampleBytes(): number {
    return this.#samples.sampleBytes;
  }

  /** Groups that are held: with an accepted sample and not released since. */
  get activeGroups(): number {
    return this.#activeGroups;
  }

  /** Samples taken since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Samples taken as `maxLatencyMs` because they were above it. */
  get clamped(): number {
    return this.#clamped;
  }

  /** Samples not taken since the start, by reason. */
  get refused(): Readonly<LatencyWindowRefusals> {
    return this.#refused;
  }

  get windowMs(): number {
    return this.#clock.windowMs;
  }

  /** Length of a pane of a sketched group in ms. */
  get paneMs(): number {
    return this.#clock.paneMs;
  }

  /** A sketched group's samples are less than this much older than the window (ms). */
  get edgeErrorMs(): number {
    return this.#clock.edgeErrorMs;
  }

  /** The time from which on every accepted sample is in the answers (ms); −Infinity at first. */
  get coveredFromMs(): number {
    return this.#clock.coveredFromMs;
  }

  /**
   * Takes a sample; allocates nothing but, now and then, a page.
   *
   * @param group id from 0 … `maxGroups` − 1
   * @param latencyMs 0 or more
   * @param atMs when it was received; moves the window when newer than all before
   * @returns whether it was taken; if not, why is counted, and a group that is new to the caller is
   * not held (`holds`), so it will not be released either
   */
  add(group: number, latencyMs: number, atMs: number): boolean {
    if (!(latencyMs >= 0 && latencyMs < Infinity && Number.isFinite(atMs))) {
      return this.#refuse("invalid");
    }
    if (group >>> 0 !== group || group >= this.limits.maxGroups) return this.#refuse("group_limit");
    this.#clock.moveTo(atMs);
    const edgeMs = this.#clock.edgeMs;
    if (atMs < edgeMs) return this.#refuse("late");

    const newest = this.#newest[group];
    // All its samples have expired, though it was not released yet: it starts anew, exact.
    if (newest < edgeMs && newest > -Infinity) this.#samples.empty(group);
    const taken = Math.min(latencyMs, this.limits.maxLatencyMs);
    if (!this.#samples.add(group, taken, atMs)) return this.#refuse("byte_limit");

    this.#accepted++;
    if (latencyMs > taken) this.#clamped++;
    if (newest === -Infinity) this.#hold(group);
    if (atMs > newest) this.#newest[group] = atMs;
    return true;
  }

  /**
   * Moves the window's end to `nowMs` and gives back the memory of groups that have become empty.
   * It looks at every group once, and once a pane at its oldest sample too: once a batch of samples
   * or an evaluation is often enough. An earlier time than the newest seen moves nothing.
   *
   * @param nowMs the time in ms
   * @param onRelease told each group that is no longer held; its id may be used anew
   * @returns the number of groups released
   */
  advance(nowMs: number, onRelease?: (group: number) => void): number {
    if (Number.isFinite(nowMs)) this.#clock.moveTo(nowMs);
    const { edgeMs, paneMs } = this.#clock;
    const pane = Math.floor(edgeMs / paneMs);
    const trims = pane !== this.#trimmedPane;
    this.#trimmedPane = pane;
    let released = 0;
    for (let group = 0; group < this.#groupsEnd; group++) {
      const newest = this.#newest[group];
      if (newest >= edgeMs) {
        if (trims) this.#samples.trim(group);
      } else if (newest > -Infinity) {
        this.#samples.empty(group);
        this.#newest[group] = -Infinity;
        this.#activeGroups--;
        released++;
        onRelease?.(group);
      }
    }
    if (this.#activeGroups === 0) this.#groupsEnd = 0;
    return released;
  }

  /** Changes the window's length (ms). Shrinking drops; growing keeps what there is. */
  setWindow(windowMs: number): void {
    checkLimit("windowMs", windowMs);
    this.#clock.resize(windowMs);
  }

  /** Whether a group has been given a sample and was not released since. */
  holds(group: number): boolean {
    return this.#newest[group] > -Infinity;
  }

  /** The statistics of a group's samples in the window; null when there is none. */
  statistics(group: number): LatencyStatistics | null {
    if (!(this.#newest[group] >= this.#clock.edgeMs)) return null;
    return this.#samples.statistics(group);
  }

  /** Calls `visit` with each group that has samples in the window, in order of id. */
  forEachActive(visit: (group: number) => void): void {
    const edgeMs = this.#clock.edgeMs;
    for (let group = 0; group < this.#groupsEnd; group++) {
      if (this.#newest[group] >= edgeMs) visit(group);
    }
  }

  #hold(group: number): void {
    this.#activeGroups++;
    if (group >= this.#groupsEnd) this.#groupsEnd = group + 1;
  }

  #refuse(reason: keyof LatencyWindowRefusals): false {
    this.#refused[reason]++;
    return false;
  }
}
