/** Octets of a sample, or of a structure in one, before what it holds: number and length. */
export const ENVELOPE = 8;

/**
 * Reads XDR (RFC 4506) from a piece of a datagram. Every read is checked: behind the end it gives 0
 * and sets `overrun`, so that a reader may read a whole structure and ask once. One object serves
 * all datagrams; nothing is allocated per read.
 */
export class XdrCursor {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next read begins, in octets of the view. */
  at = 0;
  /** Behind the last octet that may be read. */
  end = 0;
  /** Whether something reached beyond the end since it was last set to false. */
  overrun = false;

  /**
   * Begins to read.
   *
   * @param view the datagram
   * @param from first octet
   * @param to behind the last, at most the view's length
   */
  reset(view: DataView, from: number, to: number): void {
    this.view = view;
    this.at = from;
    this.end = to;
    this.overrun = false;
  }

  /** Octets left. */
  get left(): number {
    return this.end - this.at;
  }

  /** An unsigned integer of 32 bits. */
  u32(): number {
    const at = this.at;
    if (at + 4 > this.end) return this.#beyond();
    this.at = at + 4;
    return this.view.getUint32(at);
  }

  /** An unsigned hyper of 64 bits; beyond 2^53 the nearest number. */
  u64(): number {
    const at = this.at;
    if (at + 8 > this.end) return this.#beyond();
    this.at = at + 8;
    return this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
  }

  /**
   * Steps over octets.
   *
   * @param octets at least 0
   * @returns where they begin, or -1 when there are not so many
   */
  take(octets: number): number {
    const at = this.at;
    if (octets > this.end - at) {
      this.#beyond();
      return -1;
    }
    this.at = at + octets;
    return at;
  }

  /**
   * Steps over variable-length opaque data and its padding to a multiple of four. Padding that the
   * end cuts off is no fault: some agents leave the last one out.
   *
   * @returns octets without padding, which begin at `at` before the call plus 4; -1 when they are
   *   not all there
   */
  opaque(): number {
    const length = this.u32();
    if (this.overrun || this.take(length) < 0) return -1;
    this.at = Math.min(this.at + (-length & 3), this.end);
    return length;
  }

  /**
   * The count of an array, as far as it can be true.
   *
   * @param smallest octets that an element takes at least, more than 0
   * @returns 0 when the octets left do not hold so many
   */
  count(smallest: number): number {
    const count = this.u32();
    if (count * smallest <= this.left) return count;
    return this.#beyond();
  }

  /**
   * An address: its type, and its octets.
   *
   * @param out four words, IPv4 as ::ffff:a.b.c.d; untouched where there is no address
   * @returns whether there is one
   */
  address(out: Uint32Array): boolean {
    const type = this.u32();
    if (type === 1) return this.ipv4(out);
    if (type === 2) return this.ipv6(out);
    // Type 0 is "unknown" and has no octets; of any other nobody knows the length.
    if (type !== 0) this.#beyond();
    return false;
  }

  /** The four octets of an IPv4 address. */
  ipv4(out: Uint32Array): boolean {
    const word = this.u32();
    if (this.overrun) return false;
    out[0] = 0;
    out[1] = 0;
    out[2] = 0xffff;
    out[3] = word;
    return true;
  }

  /** The sixteen octets of an IPv6 address. */
  ipv6(out: Uint32Array): boolean {
    const at = this.take(16);
    if (at < 0) return false;
    for (let i = 0; i < 4; i++) out[i] = this.view.getUint32(at + i * 4);
    return true;
  }

  /** A MAC address of six octets and two of padding, as a number of 48 bits. */
  mac(): number {
    const at = this.take(8);
    return at < 0 ? 0 : this.view.getUint16(at) * 2 ** 32 + this.view.getUint32(at + 2);
  }

  #beyond(): 0 {
    this.overrun = true;
    this.at = this.end;
    return 0;
  }
}
