import type { Clock } from "../flow/clock.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of what is kept a leap that is believed at once takes this part at most. */
const LEAP_PART = 1 / 4;

/** How long the newest leap takes in what comes on top of it, as part of the patience: 25 leaps at most. */
const JOIN_PART = 1 / 24;

/** A leap of the clock ahead that is not believed yet. */
export interface Leap {
  /** From the time that is reckoned to the least that the clock has shown since, milliseconds above 0. */
  readonly ms: number;
  /** For how long that has stood, milliseconds that were watched. */
  readonly stoodMs: number;
}

/** How far time was reckoned; it is kept from process to process. */
export interface Reckoning {
  /** Unix milliseconds. */
  readonly reckonedMs: number;
  /** By how much the clock was ahead of that at the last look, or behind: below 0; 0 while it is believed. */
  readonly aheadMs: number;
  /** For how long it has been behind, milliseconds that were watched. */
  readonly behindMs: number;
  /** Oldest first: each has stood longer than the next, and is lower. */
  readonly leaps: readonly Leap[];
}

/** What is reckoned where nothing was before: time begins at `nowMs`, Unix milliseconds. */
export function reckonedFrom(nowMs: number): Reckoning {
  return { reckonedMs: nowMs, aheadMs: 0, behindMs: 0, leaps: [] };
}

/**
 * The time by which ages are counted. It passes as time does by a clock that nobody sets, and follows
 * the wall clock while that is no leap away: a day, or a quarter of what is kept. Of a clock that is
 * further ahead it follows the least that was shown in the last day that was watched (as long as flows
 * are kept, where that is less), over restarts too. So a fault of NTP deletes nothing before somebody
 * can have seen it, and what a machine was off for counts when it has run for a day since, whatever
 * came on top meanwhile. A clock that is set back counts at once; that it was ahead is forgotten when
 * it has been behind for as long.
 */
export class ReckonedTime {
  readonly #clock: Pick<Clock, "now" | "elapsed">;
  readonly #leapMs: number;
  readonly #patienceMs: number;
  #reckonedMs: number;
  #aheadMs: number;
  #behindMs: number;
  #leaps: { ms: number; stoodMs: number }[];
  #atMs: number;
  readonly #onLeap: (message: string) => void;
  #told = false;

  /**
   * @param last how far time was reckoned before
   * @param options `keepMs`: for how long flows are kept; `onLeap` hears once of a leap ahead
   */
  constructor(
    { reckonedMs, aheadMs, behindMs, leaps }: Reckoning,
    { clock, keepMs, onLeap = () => {} }: {
      clock: Pick<Clock, "now" | "elapsed">;
      keepMs: number;
      onLeap?: (message: string) => void;
    },
  ) {
    this.#clock = clock;
    this.#onLeap = onLeap;
    this.#leapMs = Math.min(DAY_MS, keepMs * LEAP_PART);
    this.#patienceMs = Math.min(DAY_MS, keepMs);
    this.#reckonedMs = reckonedMs;
    this.#aheadMs = aheadMs;
    this.#behindMs = behindMs;
    this.#leaps = leaps.map((leap) => ({ ...leap }));
    this.#atMs = clock.elapsed();
  }

  /** As of the last look. */
  get reckoning(): Reckoning {
    return {
      reckonedMs: this.#reckonedMs,
      aheadMs: this.#aheadMs,
      behindMs: this.#behindMs,
      leaps: this.#leaps.map((leap) => ({ ...leap })),
    };
  }

  /** Looks at the clocks; to be asked now and then. Returns the time, Unix milliseconds. */
  look(): number {
    const now = this.#clock.now();
    const at = this.#clock.elapsed();
    const passed = at - this.#atMs;
    this.#atMs = at;
    this.#reckonedMs += passed;
    this.#aheadMs = now - this.#reckonedMs;
    if (this.#aheadMs > this.#leapMs) this.#wait(passed);
    // A clock that is wrong for a minute after each start, as where no battery keeps it, is no reason
    // to wait anew: leaps ahead stay as they are.
    else if (this.#aheadMs < -this.#leapMs) this.#behindMs += passed;
    if (Math.abs(this.#aheadMs) <= this.#leapMs || this.#behindMs >= this.#patienceMs) {
      this.#reckonedMs = now;
      this.#aheadMs = 0;
      this.#behindMs = 0;
      this.#leaps = [];
    }
    this.#tell();
    return Math.min(now, this.#reckonedMs);
  }

  /** The clock is a leap ahead: what of it has stood for long enough counts. */
  #wait(passed: number): void {
    this.#behindMs = 0;
    for (const leap of this.#leaps) leap.stoodMs += passed;
    // Of what is as high as the clock now, or higher and so taken back, the oldest stands for all.
    const met = this.#leaps.findIndex((leap) => leap.ms >= this.#aheadMs);
    if (met >= 0) {
      this.#leaps.length = met + 1;
      this.#leaps[met].ms = this.#aheadMs;
    } else if ((this.#leaps.at(-1)?.stoodMs ?? Infinity) >= this.#patienceMs * JOIN_PART) {
      this.#leaps.push({ ms: this.#aheadMs, stoodMs: 0 });
    }
    const believed = this.#leaps.findLast((leap) => leap.stoodMs >= this.#patienceMs)?.ms ?? 0;
    this.#reckonedMs += believed;
    this.#aheadMs -= believed;
    this.#leaps = this.#leaps.filter((leap) => leap.stoodMs < this.#patienceMs);
    for (const leap of this.#leaps) leap.ms -= believed;
  }

  #tell(): void {
    const leapt = this.#aheadMs > 0;
    if (leapt && !this.#told) {
      this.#onLeap(
        `the clock went ahead by ${
          inWords(this.#aheadMs)
        }, or flow-agent was off for so long: that ` +
          `ages nothing before it has stood for ${inWords(this.#patienceMs)}`,
      );
    }
    this.#told = leapt;
  }
}

function inWords(ms: number): string {
  return ms > DAY_MS ? `${(ms / DAY_MS).toFixed(1)} days` : `${(ms / HOUR_MS).toFixed(1)} hours`;
}
