/** Time as the program sees it, handed in so that tests can turn it by hand. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Milliseconds since any moment, by a clock that nobody sets. */
  elapsed(): number;
  /**
   * Runs a task again and again.
   *
   * @param ms interval
   * @param task must not throw
   * @returns ends it
   */
  every(ms: number, task: () => void): () => void;
  /**
   * Runs a task once.
   *
   * @param ms delay
   * @param task must not throw
   * @returns cancels it
   */
  after(ms: number, task: () => void): () => void;
  /**
   * Where `now` stands for workers, as one Float64 of Unix milliseconds that the owner of the clock
   * keeps up to date; null where they go by the machine's clock, as this one does. See `workerClock`.
   */
  readonly shared: SharedArrayBuffer | null;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  every(ms, task) {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  shared: null,
};
