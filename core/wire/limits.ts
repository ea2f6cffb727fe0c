/** Caps on what the wire may ask for. */
export const LIMITS = {
  /** Receive buffer: the largest UDP payload there is (RFC 768: 16-bit length). */
  datagramBytes: 65_535,
} as const;
