import assert from "node:assert/strict";

/** Sums of counters in another order: of some hundred doubles they differ in the last digits alone. */
const TOLERANCE = 1e-9;

/**
 * That cells are the same, but for what the order makes of sums of doubles.
 *
 * @param what they are, for the message
 */
export function closeTo(
  found: readonly unknown[],
  expected: readonly unknown[],
  what: string,
): void {
  const same = found.length === expected.length && found.every((value, i) => {
    const wanted = expected[i];
    if (typeof value !== "number" || typeof wanted !== "number") return value === wanted;
    return Math.abs(value - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted));
  });
  if (!same) assert.deepEqual(found, expected, what);
}
