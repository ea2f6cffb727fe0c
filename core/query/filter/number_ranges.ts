import type { NumberRange } from "./filter_node.ts";

/** Up to this many ranges, looking at each is quicker than searching. */
const FEW = 4;

/**
 * A test for numbers in any of the ranges. They may overlap and come in any order.
 *
 * @param ranges at least one
 */
export function compileRanges(ranges: readonly NumberRange[]): (value: number) => boolean {
  const merged = mergeRanges(ranges);
  const lows = Float64Array.from(merged, ([low]) => low);
  const highs = Float64Array.from(merged, ([, high]) => high);
  if (merged.length === 1) {
    const [[low, high]] = merged;
    return (value) => value >= low && value <= high;
  }
  if (merged.length <= FEW) {
    return (value) => {
      for (let i = 0; i < lows.length; i++) {
        if (value >= lows[i] && value <= highs[i]) return true;
      }
      return false;
    };
  }
  return (value) => {
    let below = 0;
    let above = lows.length;
    while (below < above) {
      const middle = (below + above) >> 1;
      if (highs[middle] < value) below = middle + 1;
      else above = middle;
    }
    return below < lows.length && value >= lows[below];
  };
}

/** The same numbers as ranges in ascending order that do not touch. */
export function mergeRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const merged: NumberRange[] = [];
  for (const [low, high] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) merged[merged.length - 1] = [last[0], Math.max(last[1], high)];
    else merged.push([low, high]);
  }
  return merged;
}
