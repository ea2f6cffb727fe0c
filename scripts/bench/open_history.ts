import { History } from "../../core/history/history.ts";

/**
 * History that keeps whatever is sealed, and stops the benchmark where it cannot be written.
 *
 * @param folder for history.db
 */
export function openHistory(folder: string): History {
  return new History({
    folder,
    keepMs: 1e15,
    keepMinutesMs: 1e15,
    keepHoursMs: 1e15,
    namedPorts: new Uint8Array(65_536),
    maxOctets: 2 ** 40,
    clock: { now: () => 0, elapsed: () => 0 },
    seed: 1,
    onPause: (reason) => {
      throw new Error(`history paused: ${reason}`);
    },
  });
}
