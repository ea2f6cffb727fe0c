/** Names the ring of a collector, and so its rows, wherever they lie: in memory or on disk. */
export interface RingIdentity {
  readonly capability: string;
  /** UDP port of the collector. */
  readonly port: number;
  /** When the ring was made, Unix milliseconds: rows are numbered anew in each. */
  readonly epoch: number;
}

/**
 * An identity as one text, for maps; of two rings never the same.
 *
 * @param identity of the ring
 */
export function ringKey({ capability, port, epoch }: RingIdentity): string {
  return `${epoch} ${port} ${capability}`;
}
