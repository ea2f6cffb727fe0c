/** Lower bounds of the classes that gaps are counted in, milliseconds. */
export const GAP_CLASSES_MS = [2, 4, 8, 16, 32, 64, 128, 256, 512] as const;
/** So many datagrams within a moment were waiting while nobody received. */
const QUEUED = 32;
const MOMENT_MS = 1;

/**
 * Counts the gaps between receiving one datagram and the next in which datagrams piled up: moments in
 * which the collector's thread did something else, or had no processor. A pause of the network is
 * none: after it datagrams come one by one.
 */
export class ReceiveGaps {
  /** How often, by class; any thread reads it. */
  readonly #counts: Float64Array;
  #lastMs = Infinity;
  /** The gap that is being looked into, 0 for none; when it ended, and datagrams since. */
  #gapMs = 0;
  #endedMs = 0;
  #since = 0;

  /** @param counts a cell a class */
  constructor(counts: Float64Array) {
    this.#counts = counts;
  }

  /**
   * Notes that a datagram was received.
   *
   * @param nowMs whole milliseconds of a clock
   */
  received(nowMs: number): void {
    const gap = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (gap >= GAP_CLASSES_MS[0]) {
      this.#gapMs = gap;
      this.#endedMs = nowMs;
      this.#since = 1;
    } else if (this.#gapMs > 0) {
      if (nowMs - this.#endedMs > MOMENT_MS) this.#gapMs = 0;
      else if (++this.#since === QUEUED) this.#count();
    }
  }

  #count(): void {
    const place = GAP_CLASSES_MS.findLastIndex((ms) => this.#gapMs >= ms);
    this.#counts[place]++;
    this.#gapMs = 0;
  }
}
