import { type Clock, systemClock } from "./clock.ts";

/**
 * The clock of a worker. Its `now` is that of main's clock, so that every thread dates what happens
 * by one source; its timers are the machine's, since they pace the worker's own work.
 *
 * @param shared as main's clock has it; null for the machine's time
 */
export function workerClock(shared: SharedArrayBuffer | null): Clock {
  if (shared === null) return systemClock;
  const time = new Float64Array(shared);
  return { ...systemClock, now: () => time[0], shared };
}
