import { FlowRing, RING_CAPACITY } from "../flow/ring.ts";

/**
 * How many flows a new collector's ring may hold: the largest power of two that takes at most half
 * of what is left of the memory for all, so that another collector always finds room.
 *
 * @param wantedRows flows it is to hold where memory allows
 * @param memory `maxBytes` of all rings together, and `takenBytes` of those there are
 * @returns null where there is not even room for the smallest ring
 */
export function ringShare(
  wantedRows: number,
  { maxBytes, takenBytes }: { maxBytes: number; takenBytes: number },
): number | null {
  const share = (maxBytes - takenBytes) / 2;
  let rows = 2 ** Math.ceil(Math.log2(Math.max(RING_CAPACITY.min, wantedRows)));
  while (rows > RING_CAPACITY.min && FlowRing.bytesOf(rows) > share) rows /= 2;
  return FlowRing.bytesOf(rows) > share ? null : rows;
}
