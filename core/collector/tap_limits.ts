/** How much of an exporter's datagrams a collector copies for a capture. */
export const TAP_LIMITS = {
  /** In one second: far more than exporters send, and less than a collector takes in. */
  datagramsPerSecond: 5000,
  octetsPerSecond: 8 * 1024 * 1024,
  /** Handed over at once. */
  batchDatagrams: 256,
  batchOctets: 256 * 1024,
  batchMs: 200,
  /** Handed over and not yet dealt with. */
  octetsUnderway: 32 * 1024 * 1024,
} as const;
