/**
 * The moving window of a stream: it ends at the newest time seen and begins `windowMs` before.
 *
 * A pane is 1/`paneCount` of the window; pane boundaries are multiples of `paneMs` since the epoch,
 * so they stand still while the window moves.
 */
export class WindowClock {
  readonly paneCount: number;
  #windowMs: number;
  #nowMs = -Infinity;
  #startedMs = -Infinity;
  /** Nothing before this is known, whatever the length of the window says. */
  #floorMs = -Infinity;
  #earlierPaneMs = 0;
  #earlierPanesUntilMs = -Infinity;

  constructor(windowMs: number, paneCount: number) {
    this.#windowMs = windowMs;
    this.paneCount = paneCount;
  }

  /** Newest time seen in ms; −Infinity before the first. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Length of the window in ms. */
  get windowMs(): number {
    return this.#windowMs;
  }

  /** Length of a pane in ms. */
  get paneMs(): number {
    return this.#windowMs / this.paneCount;
  }

  /** What is older than this is outside the window; what is of this time is inside. */
  get edgeMs(): number {
    return Math.max(this.#floorMs, this.#nowMs - this.#windowMs);
  }

  /** The time from which on the window is complete: later than asked at first and after growth. */
  get coveredFromMs(): number {
    return Math.max(this.edgeMs, this.#startedMs);
  }

  /**
   * How much older than the window's edge a sample can be that panes have kept, in ms: below this.
   * For one window after a change of its length, panes of both lengths can have joined.
   */
  get edgeErrorMs(): number {
    return this.paneMs + (this.edgeMs <= this.#earlierPanesUntilMs ? this.#earlierPaneMs : 0);
  }

  /** Moves the end of the window to `nowMs`; an earlier time than the newest changes nothing. */
  moveTo(nowMs: number): void {
    if (this.#nowMs === -Infinity) this.#startedMs = nowMs;
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  /** Changes the length of the window. What has left it does not come back when it grows. */
  resize(windowMs: number): void {
    this.#earlierPaneMs = this.edgeErrorMs;
    this.#earlierPanesUntilMs = this.#nowMs;
    this.#floorMs = this.edgeMs;
    this.#windowMs = windowMs;
    this.#floorMs = this.edgeMs;
  }
}
