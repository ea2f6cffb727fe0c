import type { NumberField } from "./number_field.ts";

/** A suffix and what it multiplies by. */
type Scale = readonly [suffix: string, factor: number];

// Largest first: the first that divides a value exactly is its canonical one.
const COUNT_SCALES: readonly Scale[] = [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]];
const BINARY_SCALES: readonly Scale[] = [
  ["Ti", 2 ** 40],
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
];
const DURATION_SCALES: readonly Scale[] = [["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]];

const COUNT_FACTORS = factors([...COUNT_SCALES, ...BINARY_SCALES]);
const DURATION_FACTORS = factors(DURATION_SCALES);

/**
 * Reads a number with its unit.
 *
 * @param word such as `1.5M`, `64Ki`, `250ms`, `0x2e`; case does not matter
 * @param kind what the number is of
 * @returns the value (of a duration, milliseconds), or NaN when the word is no such number
 */
export function parseQuantity(word: string, kind: NumberField["kind"]): number {
  if (kind === "id") return /^(?:\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : NaN;
  const parts = /^(\d+(?:\.\d+)?(?:e-?\d{1,3})?)([a-z]*)$/i.exec(word);
  if (!parts) return NaN;
  const number = Number(parts[1]);
  const suffix = parts[2].toLowerCase();
  const factor = (kind === "count" ? COUNT_FACTORS : DURATION_FACTORS).get(suffix);
  if (factor === undefined) return NaN;
  const value = number * factor;
  // 1.005k is 1005 and not the binary neighbour that the product gives.
  return factor === 1 || Number.isInteger(number) ? value : Number(value.toPrecision(15));
}

/**
 * Writes a number with its unit, exactly.
 *
 * @param value finite, not negative
 * @param kind what the number is of
 * @returns text that `parseQuantity` reads as the same value
 */
export function formatQuantity(value: number, kind: NumberField["kind"]): string {
  if (kind === "id" || (kind === "count" && !(value >= 1000))) return String(value);
  for (const [suffix, factor] of kind === "count" ? COUNT_SCALES : DURATION_SCALES) {
    const whole = value / factor;
    if (whole >= 1 && Number.isInteger(whole) && whole * factor === value) return whole + suffix;
  }
  return kind === "count" ? String(value) : `${value}ms`;
}

function factors(scales: readonly Scale[]): ReadonlyMap<string, number> {
  return new Map([["", 1], ...scales.map(([s, factor]) => [s.toLowerCase(), factor] as const)]);
}
