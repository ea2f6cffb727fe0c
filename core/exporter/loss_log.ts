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
  /** Where the last event of each slot lies. Writer only; a new writer begins new events. */
  readonly #lastOf = new Map<number, number>();

  /** @param memory at least LOSS_LOG_BYTES, with the `offset` in bytes where the log begins */
  constructor(memory: SharedArrayBuffer, offset = 0) {
    this.#count = new Int32Array(memory, offset, 1);
    this.#events = new Float64Array(memory, offset + HEADER_BYTES, EVENTS * STRIDE);
  }

  /**
   * Notes loss, or takes it back.
   *
   * @param slot exporter's slot in its table
   * @param at arrival time in Unix milliseconds and `units` lost (negative: arrived late after all)
   */
  note(slot: number, { atMs, units }: { atMs: number; units: number }): void {
    const last = this.#lastOf.get(slot);
    if (
      last !== undefined && this.#events[last] === slot &&
      Math.abs(atMs - this.#events[last + 1]) < MERGE_MS
    ) {
      this.#events[last + 2] += units;
      return;
    }
    const count = Atomics.load(this.#count, 0);
    const at = (count % EVENTS) * STRIDE;
    this.#events[at] = slot;
    this.#events[at + 1] = atMs;
    this.#events[at + 2] = units;
    this.#lastOf.set(slot, at);
    Atomics.store(this.#count, 0, count + 1 === 2 * EVENTS ? EVENTS : count + 1);
  }

  /**
   * Forgets what a slot lost: it gets another exporter. Writer only.
   *
   * @param slot exporter's slot in its table
   */
  forget(slot: number): void {
    this.#lastOf.delete(slot);
    const kept = Math.min(EVENTS, Atomics.load(this.#count, 0));
    for (let at = 0; at < kept * STRIDE; at += STRIDE) {
      if (this.#events[at] === slot) this.#events[at + 2] = 0;
    }
  }

  /**
   * Units lost per exporter slot within a window.
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
      const slot = this.#events[at];
      lost.set(slot, (lost.get(slot) ?? 0) + this.#events[at + 2]);
    }
    return lost;
  }
}
