import type { Dictionary } from "../flow/dictionary.ts";
import type { FlowRing } from "../flow/ring.ts";
import type { RingIdentity } from "../flow/ring_identity.ts";
import { RingLife } from "./ring_life.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";

/** A block that does not fill is sealed when its first row has waited this long. */
export const SEAL_AFTER_MS = 10_000;
/**
 * A follower that is this part behind of what the ring is sure to hold leaves rows out until it is
 * half a ring behind.
 */
const BEHIND_PART = 7 / 8;
/** A segment that is to grow must lie at least this part of the ring ahead of the writer. */
const SAFE_PART = 1 / 16;

/** The ring of one collector, as history follows it. */
export interface HistorySource extends RingIdentity {
  readonly ring: FlowRing;
  readonly dictionary: Dictionary;
  /** Changes while the collector runs; left out where it always does. */
  readonly heartbeat?: () => number;
}

/** Rows to seal, and the segments that the new one takes the place of. */
export interface Due {
  /** First row of the new segment. */
  readonly from: number;
  /** First row that no segment holds yet. */
  readonly first: number;
  readonly end: number;
  readonly replaces: readonly number[];
}

/** A segment that is not full. */
interface Tail {
  readonly id: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/**
 * How far one ring has been sealed, and what is to be sealed next. Where flows are few, segments are
 * sealed small, so that little is lost with the process, and grow while their rows lie in the ring:
 * one takes the place of those before it that are no larger. So each row is written again only as
 * often as its segment doubles, and segments stay few.
 */
export class RingFollower {
  readonly source: HistorySource;
  readonly life: RingLife;
  /** Rows of a full segment. */
  readonly blockRows: number;
  /** Arrival of the last row that was sealed or summed; before the first the ring's begin. */
  arrivedMs: number;
  readonly #tails: Tail[] = [];
  #next: number;
  #waitingSinceMs: number | null = null;

  /** @param source whose rows are all to be sealed, from the oldest that it holds */
  constructor(source: HistorySource) {
    this.source = source;
    this.life = new RingLife(source.epoch, source.heartbeat);
    this.blockRows = Math.min(SEGMENT_ROWS, source.ring.capacity / 4);
    this.arrivedMs = source.epoch;
    this.#next = source.ring.oldest;
  }

  /** The first row that is neither sealed nor left out. */
  get next(): number {
    return this.#next;
  }

  /** Rows that are neither sealed nor left out. */
  get waiting(): number {
    return this.source.ring.committed - this.#next;
  }

  /** What part of the ring lies between the writer and what was sealed last. */
  get behind(): number {
    return this.waiting / this.source.ring.capacity;
  }

  /**
   * Until when all that the ring took in is sealed, Unix milliseconds.
   *
   * @param nowMs the time
   */
  sealedUntil(nowMs: number): number {
    const { ring } = this.source;
    return ring.committed > this.#next
      ? Math.min(nowMs, ring.times[this.#next & ring.mask])
      : nowMs;
  }

  /**
   * Goes on behind what was sealed already.
   *
   * @param end row before which every row is sealed
   */
  resume(end: number): void {
    this.#next = Math.max(this.#next, end);
  }

  /**
   * Lets what was sealed be: it is in another file than what comes.
   *
   * @param nowMs the time
   */
  leave(nowMs: number): void {
    this.#tails.length = 0;
    this.life.forget(this.sealedUntil(nowMs));
  }

  /**
   * Leaves rows out when the writer comes near, so that those to come can be kept whole.
   *
   * @returns the rows that were left out; `first === end` where it keeps up
   */
  leaveOut(): { first: number; end: number } {
    const { ring } = this.source;
    const first = this.#next;
    const behind = ring.committed - first;
    // The writer claims up to three of its blocks ahead.
    if (behind <= (ring.capacity - 3 * ring.block) * BEHIND_PART) return { first, end: first };
    const blocks = Math.ceil((behind - ring.capacity / 2) / this.blockRows);
    this.#advance(first + blocks * this.blockRows);
    return { first, end: this.#next };
  }

  /**
   * What is to be sealed now.
   *
   * @param nowMs Unix milliseconds, or of any clock that does not go back
   * @param all whether rows that could wait are due too
   * @returns null when nothing is
   */
  due(nowMs: number, all = false): Due | null {
    const first = this.#next;
    const count = this.source.ring.committed - first;
    if (count <= 0) return null;
    this.#waitingSinceMs ??= nowMs;
    const waited = nowMs - this.#waitingSinceMs;
    // A clock that was set back has nothing to say of how long it was.
    if (waited < 0) this.#waitingSinceMs = nowMs;
    if (!all && count < this.blockRows && waited < SEAL_AFTER_MS) return null;
    const end = first + Math.min(count, this.blockRows);
    return { first, end, ...this.#grow(first, end) };
  }

  /**
   * Notes that rows were sealed.
   *
   * @param due as it was due
   * @param id of the segment that holds them
   */
  sealed({ from, end, replaces }: Due, id: number): void {
    this.#tails.length -= replaces.length;
    const tails = this.#tails.splice(0);
    this.#advance(end);
    if (end - from < this.blockRows) {
      this.#tails.push(...tails, { id, firstRow: from, endRow: end });
    }
  }

  /** Notes that rows were not sealed, and will not be. */
  skip({ end }: Due): void {
    this.#advance(end);
  }

  #advance(end: number): void {
    this.#next = end;
    this.#tails.length = 0;
    this.#waitingSinceMs = null;
  }

  /** Where the new segment begins when it takes in those before it that are no larger. */
  #grow(first: number, end: number): { from: number; replaces: number[] } {
    const { ring } = this.source;
    // A ring that has not gone round yet overwrites nothing.
    const safe = ring.oldest === 0 ? 0 : ring.oldest + ring.capacity * SAFE_PART;
    const replaces: number[] = [];
    let from = first;
    for (const { id, firstRow, endRow } of this.#tails.toReversed()) {
      const fits = firstRow >= safe && end - firstRow <= this.blockRows &&
        endRow - firstRow <= end - from;
      if (!fits || endRow !== from) break;
      replaces.push(id);
      from = firstRow;
    }
    return { from, replaces };
  }
}
