/** How a list of 32-bit words is kept; the number is what stands in the page. */
export const WORDS = {
  /** One word that all are. */
  constant: 0,
  /** The distance from the least, an octet plane after the other. */
  plain: 1,
  /** The difference to the word before, sign in the lowest bit, then as `plain`. */
  delta: 2,
  /** Each word once and how often it follows itself. */
  runs: 3,
  /** Each word once, and the place among those. */
  dictionary: 4,
} as const;

/** Nothing lies deeper: the values of runs, or of a dictionary, kept as differences. */
export const MAX_DEPTH = 3;
