/** How a list of doubles is kept; the number is what stands in the page. */
export const NUMBERS = {
  /** `(base + word × step) / scale`. */
  integers: 1,
  /** The same, of two words each: what lies 2^32 steps or more apart. */
  wide: 2,
  /** The two words of the double itself. */
  bits: 3,
} as const;

/** Whole numbers as they are, or as thousandths: times and measures of some exporters. */
export const SCALES = [1, 1000] as const;

export const TWO_32 = 2 ** 32;
