/**
 * Views of datagrams: those that a socket writes to the start of one buffer, over and over, share one
 * view a length. A view costs more than reading a header by it.
 */
export class DatagramViews {
  #buffer: ArrayBufferLike | null = null;
  /** By length: at most as many as a datagram has octets. */
  #views: DataView[] = [];

  /**
   * A view of a datagram's octets.
   *
   * @param datagram the payload
   */
  of(datagram: Uint8Array): DataView {
    const { buffer, byteOffset, length } = datagram;
    if (byteOffset !== 0) return new DataView(buffer, byteOffset, length);
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#views = [];
    }
    return this.#views[length] ??= new DataView(buffer, 0, length);
  }
}
