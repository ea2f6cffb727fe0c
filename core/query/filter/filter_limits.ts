/**
 * Caps on what a filter may cost. Filters come from models and from strangers, so every growth that
 * the text controls has one.
 */

/** Longest filter, in UTF-16 units, as written and in its canonical form. */
export const MAX_FILTER_LENGTH = 4096;

/** Deepest nesting of parentheses and `not`. */
export const MAX_FILTER_DEPTH = 64;

/** Characters of the filter that an error shows on either side of the place. */
export const ERROR_CONTEXT = 60;

/** Characters of what was found that an error quotes. */
export const MAX_FOUND_LENGTH = 40;
