/**
 * The ids of the largest values, in order; of equal values the smaller id comes first, and NaN comes
 * last. A bounded heap: the cost hardly grows with the number asked for.
 *
 * @param values by id
 * @param count how many are wanted
 * @param descending false for the smallest
 */
export function topIds(values: Float64Array, count: number, descending: boolean): Int32Array {
  const size = Math.min(count, values.length);
  const heap = new Int32Array(size);
  /** Whether `a` belongs before `b` in the answer. */
  const before = (a: number, b: number): boolean => {
    const x = values[a];
    const y = values[b];
    if (x === y) return a < b;
    if (x !== x) return y !== y && a < b;
    return y !== y || (descending ? x > y : x < y);
  };
  // The root is the one that would leave first.
  const sink = (at: number, length: number): void => {
    const id = heap[at];
    while (true) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child], heap[child + 1])) child++;
      if (!before(id, heap[child])) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = id;
  };
  if (size === 0) return heap;
  for (let id = 0; id < size; id++) heap[id] = id;
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(at, size);
  for (let id = size; id < values.length; id++) {
    const x = values[id];
    const y = values[heap[0]];
    // Most ids fail this plain test; the rest, NaN among them, are looked at in full.
    if (descending ? x < y : x > y) continue;
    if (!before(id, heap[0])) continue;
    heap[0] = id;
    sink(0, size);
  }
  for (let length = size - 1; length > 0; length--) {
    [heap[0], heap[length]] = [heap[length], heap[0]];
    sink(0, length);
  }
  return heap;
}
