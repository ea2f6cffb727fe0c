/** A collector whose heart has not beaten for so long has stopped: it beats each 500 ms. */
const STILL_MS = 2000;
/** Times of running that are remembered until all that was received in them is written. */
const MAX_TIMES = 64;

/** A time, Unix milliseconds. */
interface Running {
  readonly fromMs: number;
  /** Infinity while it lasts. */
  toMs: number;
}

/** When the collector of one ring ran, as far as its heart tells. */
export class RingLife {
  readonly #heartbeat: (() => number) | undefined;
  readonly #times: Running[];
  #beat = NaN;
  #seenMs = NaN;

  /**
   * @param fromMs since when it has been running, Unix milliseconds
   * @param heartbeat changes while it runs; without it, it always does
   */
  constructor(fromMs: number, heartbeat?: () => number) {
    this.#times = [{ fromMs, toMs: Infinity }];
    this.#heartbeat = heartbeat;
  }

  /**
   * Looks whether it runs; to be asked more often than a heart may stand still.
   *
   * @param nowMs Unix milliseconds
   */
  look(nowMs: number): void {
    if (this.#heartbeat === undefined) return;
    const beat = this.#heartbeat();
    const last = this.#times.at(-1)!;
    if (beat === this.#beat) {
      if (nowMs - this.#seenMs > STILL_MS) last.toMs = Math.min(last.toMs, this.#seenMs);
      return;
    }
    if (last.toMs < Infinity) {
      // A clock that was set back must not make one time begin within another.
      this.#times.push({ fromMs: Math.max(nowMs, last.toMs), toMs: Infinity });
      if (this.#times.length > MAX_TIMES) this.#times.shift();
    }
    this.#beat = beat;
    this.#seenMs = nowMs;
  }

  /**
   * Forgets that it ran before a time: what it received until then was written elsewhere.
   *
   * @param beforeMs Unix milliseconds
   */
  forget(beforeMs: number): void {
    while (this.#times.length > 1 && this.#times[0].toMs <= beforeMs) this.#times.shift();
    const [{ fromMs, toMs }] = this.#times;
    this.#times[0] = {
      fromMs: Math.max(fromMs, beforeMs),
      toMs: Math.max(toMs, Math.max(fromMs, beforeMs)),
    };
  }

  /**
   * When it ran, so that all that it received by then is written; what will not change is told once.
   *
   * @param sealedMs until when all that was received is written, Unix milliseconds
   */
  take(sealedMs: number): { fromMs: number; toMs: number }[] {
    const taken = this.#times.filter(({ fromMs }) => fromMs <= sealedMs)
      .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, sealedMs) }));
    while (this.#times.length > 1 && this.#times[0].toMs <= sealedMs) this.#times.shift();
    return taken;
  }
}
