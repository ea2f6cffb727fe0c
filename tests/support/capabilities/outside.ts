/** A file beside the probe's folder: what its collector must not be able to read or load. */
export const outside = true;
