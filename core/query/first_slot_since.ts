/**
 * Finds a time in a block whose times never decrease.
 *
 * @param times Unix milliseconds
 * @param timeMs which
 * @param range slots `[start, end)` to look in
 * @returns the first slot with that time or a later one; `end` where there is none
 */
export function firstSlotSince(
  times: Float64Array,
  timeMs: number,
  { start, end }: { start: number; end: number },
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
