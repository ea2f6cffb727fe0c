/** Events kept: with 50 exporters that all lose all the time, the last 20 minutes. */
const EVENTS = 65_536;
const STRIDE = 4;
const HEADER_BYTES = 64;
/** Loss of one exporter within this time is one event. */
const MERGE_MS = 1000;

/** Bytes of shared memory that a loss log takes. */
export const LOSS_LOG_BYTES = HEADER_BYTES + EVENTS * STRIDE * 8;

/**
 * When loss happened, so that an answer about a window can name the loss within that window. A
 * bounded log in shared memory: one writer (the collector), readers on any thread.
 */
export class LossLog {
  /** Events so far; once the log is full it goes round between one and two times EVENTS. */
  readonly #count: Int32Array;
  readonly #events: Float64Array;
  /** Where the last event of each exporter lies. Writer only; a new writer begins new events. */
  readonly #lastOf = new Map<number, number>();

  /** @param memory at least LOSS_LOG_BYTES, with the `offset` in bytes where the log begins */
  constructor(memory: SharedArrayBuffer, offset = 0) {
    this.#count = new Int32Array(memory, offset, 1);
    this.#events = new Float64Array(memory, offset + HEADER_BYTES, EVENTS * STRIDE);
  }

  /**
   * Notes loss, or takes it back.
   *
   * @param exporter a number that no other exporter ever has, up to 2^53
   * @param at arrival time in Unix milliseconds and `units` lost (negative: arrived late after all)
   */
  note(exporter: number, { atMs, units }: { atMs: number; units: number }): void {
    const last = this.#lastOf.get(exporter);
    if (
      last !== undefined && this.#events[last] === exporter &&
      Math.abs(atMs - this.#events[last + 1]) < MERGE_MS
    ) {
      this.#events[last + 2] += units;
      return;
    }
    const count = Atomics.load(this.#count, 0);
    const at = (count % EVENTS) * STRIDE;
    this.#events[at] = exporter;
    this.#events[at + 1] = atMs;
    this.#events[at + 2] = units;
    this.#lastOf.set(exporter, at);
    Atomics.store(this.#count, 0, count + 1 === 2 * EVENTS ? EVENTS : count + 1);
  }

  /**
   * Lets go of an exporter that lost its slot. Writer only.
   *
   * @param exporter that will not lose anything any more
   */
  forget(exporter: number): void {
    this.#lastOf.delete(exporter);
  }

  /**
   * Units lost per exporter within a window.
   *
   * @param fromMs and `toMs` bound the window, Unix milliseconds, both inclusive
   */
  within(fromMs: number, toMs: number): Map<number, number> {
    const lost = new Map<number, number>();
    const count = Atomics.load(this.#count, 0);
    for (let i = Math.max(0, count - EVENTS); i < count; i++) {
      const at = (i % EVENTS) * STRIDE;
      const atMs = this.#events[at + 1];
      if (atMs < fromMs - MERGE_MS || atMs > toMs) continue;
      const exporter = this.#events[at];
      lost.set(exporter, (lost.get(exporter) ?? 0) + this.#events[at + 2]);
    }
    return lost;
  }
}
