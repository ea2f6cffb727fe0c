import type { Clock } from "../../core/flow/clock.ts";

interface Task {
  at: number;
  every: number | null;
  run: () => void;
}

/**
 * A clock that stands still until a test turns it; due tasks run while it is turned, in order.
 * Collector workers go by it too.
 */
export class FakeClock implements Clock {
  readonly shared = new SharedArrayBuffer(8);
  readonly #time = new Float64Array(this.shared);
  readonly #tasks = new Set<Task>();
  /** By how much the wall clock was stepped. */
  #steppedMs = 0;

  /** @param now Unix milliseconds to begin at */
  constructor(now = Date.UTC(2024, 0, 1)) {
    this.#time[0] = now;
  }

  now(): number {
    return this.#time[0];
  }

  elapsed(): number {
    return this.#time[0] - this.#steppedMs;
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#time[0] + ms, every: ms, run });
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#time[0] + ms, every: null, run });
  }

  /** Tasks that wait. */
  get pending(): number {
    return this.#tasks.size;
  }

  /**
   * Moves on, running what falls due on the way.
   *
   * @param ms how far
   */
  advance(ms: number): void {
    const end = this.#time[0] + ms;
    for (let due = this.#next(end); due !== null; due = this.#next(end)) {
      this.#time[0] = due.at;
      if (due.every === null) this.#tasks.delete(due);
      else due.at += due.every;
      due.run();
    }
    this.#time[0] = end;
  }

  /**
   * Steps the wall clock as NTP would: nothing falls due.
   *
   * @param ms forward, or back where negative
   */
  step(ms: number): void {
    this.#time[0] += ms;
    this.#steppedMs += ms;
    for (const task of this.#tasks) task.at += ms;
  }

  #add(task: Task): () => void {
    if (task.every !== null && task.every <= 0) {
      throw new RangeError(`every ${task.every} ms: an interval is more than 0`);
    }
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  #next(end: number): Task | null {
    let next: Task | null = null;
    for (const task of this.#tasks) {
      if (task.at <= end && (next === null || task.at < next.at)) next = task;
    }
    return next;
  }
}
