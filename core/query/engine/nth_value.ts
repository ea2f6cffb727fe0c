/** So few values are quicker put in order than parted. */
const FEW = 12;
/** From so many values on a pivot is taken from a sample of them. */
const WORTH_SAMPLING = 128;
/** Values of a sample, at most. */
const SAMPLE = 31;

/**
 * The value that would stand at `rank` if `[low, high)` were in order; changes the order of the values.
 * Takes time in proportion to their number.
 *
 * The pivot stands between the rank and the middle, near the rank: nearly all values are then on the
 * same side of it, which is foreseen, and the few that are left are all that is looked at again
 * (Floyd and Rivest 1975, "Expected time bounds for selection").
 *
 * @param values without NaN
 * @param range not empty, and the `rank` within it, counted from the first of `values`
 */
export function nthValue(
  values: Float64Array,
  range: { low: number; high: number; rank: number },
): number {
  let { low } = range;
  const { rank } = range;
  let high = range.high - 1;
  if (rank === high) return most(values, low, high);
  while (high - low > FEW) {
    const pivot = high - low < WORTH_SAMPLING
      // Sorted input, the usual kind, must not be the worst case.
      ? median(values[low], values[(low + high) >> 1], values[high])
      : sampled(values, { low, high, rank });
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return values[rank];
  }
  order(values, low, high);
  return values[rank];
}

/** High quantiles of few values are the largest of them. */
function most(values: Float64Array, low: number, high: number): number {
  let found = values[low];
  for (let i = low + 1; i <= high; i++) if (values[i] > found) found = values[i];
  return found;
}

/**
 * Brings a sample to the front, and gives the value of it that the pivot is to be. Values come from the
 * wire: whoever chooses them must not know which ones are in the sample.
 */
function sampled(
  values: Float64Array,
  { low, high, rank }: { low: number; high: number; rank: number },
): number {
  const step = Math.max(Math.floor((high - low) / SAMPLE), 16);
  let end = low;
  for (let i = low + Math.floor(Math.random() * step); i <= high; i += step) {
    const value = values[i];
    values[i] = values[end];
    values[end++] = value;
  }
  const count = end - low;
  order(values, low, end - 1);
  const share = (rank - low) / (high - low);
  const off = Math.sqrt(count * share * (1 - share));
  const place = share < 0.5 ? share * count + off : share * count - off;
  return values[low + Math.min(Math.max(Math.floor(place), 0), count - 1)];
}

/** Puts the values `[low, high]` in order. */
function order(values: Float64Array, low: number, high: number): void {
  for (let i = low + 1; i <= high; i++) {
    const value = values[i];
    let at = i;
    while (at > low && values[at - 1] > value) values[at] = values[--at];
    values[at] = value;
  }
}

function median(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}
