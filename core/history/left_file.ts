import type { Clock } from "../flow/clock.ts";
import type { HistoryStore } from "./history_store.ts";

/** Questions hold what they read for 20 s at most. */
const LONGEST_MS = 30_000;

/**
 * A history.db that was moved away under its writer. What was written last stands in its log, which
 * lies where the next file is to be: it is left when the log was taken over into it, for which who
 * reads it may have to end first.
 */
export class LeftFile {
  readonly #store: HistoryStore;
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #untilMs: number;

  /**
   * @param store that nothing is written to any more
   * @param clock by which waiting ends
   */
  constructor(store: HistoryStore, clock: Pick<Clock, "elapsed">) {
    this.#store = store;
    this.#clock = clock;
    this.#untilMs = clock.elapsed() + LONGEST_MS;
  }

  /**
   * Tries to leave it.
   *
   * @param now whether it is left in any case
   * @returns null while it has to be waited, then whether all that was written stands in it
   */
  leave({ now }: { now: boolean }): boolean | null {
    let whole = false;
    try {
      whole = this.#store.takeLogOver();
    } catch {
      // Then it is as whole as it is.
    }
    if (!whole && !now && this.#clock.elapsed() < this.#untilMs) return null;
    try {
      this.#store.close();
    } catch {
      // It is given up already.
    }
    return whole;
  }
}
