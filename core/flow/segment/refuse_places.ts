import { SegmentFault } from "./segment_fault.ts";

/**
 * Checks places in a list. Nothing branches on one: of places that are given out in their order nobody
 * could foresee which is the largest so far, and looking for that took longer than unpacking them.
 *
 * @param places to check
 * @param end of the list: at most 65,536
 * @throws {SegmentFault} where a place is not below the end
 */
export function refusePlaces(places: Uint32Array, end: number): void {
  let upper = 0;
  let beyond = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    upper |= place >>> 16;
    beyond |= end - 1 - (place & 0xffff);
  }
  if (upper !== 0 || beyond < 0) throw new SegmentFault(`a place lies behind the list of ${end}`);
}
