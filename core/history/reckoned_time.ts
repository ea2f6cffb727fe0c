import type { Clock } from "../flow/clock.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of what is kept a leap that is believed at once takes this part at most. */
const LEAP_PART = 1 / 4;

/** How far time was reckoned; it is kept from process to process. */
export interface Reckoning {
  /** Unix milliseconds. */
  readonly reckonedMs: number;
  /** By how much the clock is ahead of that without being believed, or behind: below 0. */
  readonly aheadMs: number;
  /** For how long that has stood, milliseconds that were watched. */
  readonly stoodMs: number;
}

/**
 * The time by which ages are counted. It passes as time does by a clock that nobody sets, and follows
 * the wall clock but for leaps: of more than a day, or a quarter of what is kept. A leap, also one over
 * the time that no process ran, counts when it has stood for a day that was watched, or for as long as
 * flows are kept where that is less. So a fault of NTP deletes nothing before somebody can have seen
 * it, and time in which a machine was off counts a little later.
 */
export class ReckonedTime {
  readonly #clock: Pick<Clock, "now" | "elapsed">;
  readonly #leapMs: number;
  readonly #patienceMs: number;
  #reckonedMs: number;
  #aheadMs: number;
  #stoodMs: number;
  #atMs: number;
  readonly #onLeap: (message: string) => void;
  #told = false;

  /**
   * @param last how far time was reckoned before
   * @param options `keepMs`: for how long flows are kept; `onLeap` hears once of a leap ahead
   */
  constructor(
    { reckonedMs, aheadMs, stoodMs }: Reckoning,
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
    this.#stoodMs = stoodMs;
    this.#atMs = clock.elapsed();
  }

  /** As of the last look. */
  get reckoning(): Reckoning {
    return { reckonedMs: this.#reckonedMs, aheadMs: this.#aheadMs, stoodMs: this.#stoodMs };
  }

  /** Looks at the clocks; to be asked now and then. Returns the time, Unix milliseconds. */
  look(): number {
    const now = this.#clock.now();
    const at = this.#clock.elapsed();
    const passed = at - this.#atMs;
    this.#atMs = at;
    this.#reckonedMs += passed;
    const ahead = now - this.#reckonedMs;
    if (Math.abs(ahead) <= this.#leapMs) {
      this.#follow(ahead);
    } else if (Math.sign(ahead) !== Math.sign(this.#aheadMs)) {
      this.#aheadMs = ahead;
      this.#stoodMs = 0;
    } else {
      // Of leaps one after another that one has stood that came first.
      this.#aheadMs = Math.abs(ahead) < Math.abs(this.#aheadMs) ? ahead : this.#aheadMs;
      this.#stoodMs += passed;
      if (this.#stoodMs >= this.#patienceMs) this.#follow(this.#aheadMs);
    }
    this.#tell();
    return Math.min(now, this.#reckonedMs);
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

  #follow(ms: number): void {
    this.#reckonedMs += ms;
    this.#aheadMs = 0;
    this.#stoodMs = 0;
  }
}

function inWords(ms: number): string {
  return ms > DAY_MS ? `${(ms / DAY_MS).toFixed(1)} days` : `${(ms / HOUR_MS).toFixed(1)} hours`;
}
