import { firstRowSince } from "../../flow/ring_reader.ts";
import type { FlowSource } from "../flow_source.ts";
import type { TimeWindow } from "../scan.ts";

/**
 * Cuts a window so that it holds no more than some rows, the newest.
 *
 * @param sources whose rows
 * @param window of arrivals
 * @param rows wanted at most, more or less
 * @returns the window, and whether it is whole
 */
export function newestSince(
  sources: readonly FlowSource[],
  window: TimeWindow,
  rows: number,
): { window: TimeWindow; whole: boolean } {
  const held = sources.map(({ ring }) => {
    const end = window.untilNow ? ring.committed : firstRowSince(ring, window.toMs);
    return { ring, end, count: Math.max(0, end - firstRowSince(ring, window.fromMs)) };
  });
  const all = held.reduce((sum, { count }) => sum + count, 0);
  if (all <= rows) return { window, whole: true };
  const starts = held.filter(({ count }) => count > 0).map(({ ring, end, count }) =>
    ring.times[(end - Math.ceil(count * rows / all)) & ring.mask]
  );
  return { window: { ...window, fromMs: Math.max(...starts) }, whole: false };
}
