/** Rates above this are no sampling rates: an interval in the wrong octet order, or another field. */
export const MAX_SAMPLING_RATE = 10_000_000;
