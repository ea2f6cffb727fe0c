import type { DatagramSource } from "../codec.ts";

/** Takes addresses, and text that may name somebody, out of the datagrams of one protocol. */
export interface PayloadAnonymiser {
  /** Learns what other datagrams are read by: templates. Seen first, they help those before them. */
  learn(datagram: Uint8Array, source: DatagramSource): void;
  /**
   * A datagram without what tells who it is about. Whatever is not understood becomes zeros.
   *
   * @param datagram left as it is
   * @param source as it was received
   */
  anonymise(datagram: Uint8Array, source: DatagramSource): Uint8Array;
}
