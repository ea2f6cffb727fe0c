/** Writes big-endian values one behind the other into a buffer of fixed size. */
export class OctetWriter {
  readonly #view: DataView<ArrayBuffer>;
  #at = 0;

  /** @param capacity most octets that will be written */
  constructor(capacity: number) {
    this.#view = new DataView(new ArrayBuffer(capacity));
  }

  /** Octets written. */
  get length(): number {
    return this.#at;
  }

  /** What was written. */
  get octets(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view.buffer, 0, this.#at);
  }

  /**
   * Writes an unsigned integer.
   *
   * @param value whole, at least 0
   * @param width octets, 1 to 8
   * @throws {RangeError} when the value does not fit
   */
  unsigned(value: number, width: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width) {
      throw new RangeError(`cannot write ${value} in ${width} octets`);
    }
    let rest = value;
    for (let i = width - 1; i >= 0; i--) {
      this.#view.setUint8(this.#at + i, rest % 256);
      rest = Math.floor(rest / 256);
    }
    this.#at += width;
    return this;
  }

  /**
   * Writes 32-bit words.
   *
   * @param words to write, in order
   */
  words(words: Iterable<number>): this {
    for (const word of words) this.unsigned(word, 4);
    return this;
  }

  /**
   * Writes zeros up to a multiple of a number of octets.
   *
   * @param multiple 1 for none
   */
  pad(multiple: number): this {
    while (this.#at % multiple !== 0) this.unsigned(0, 1);
    return this;
  }

  /** Writes a 16-bit number over two octets that were written before. */
  patch(at: number, value: number): void {
    this.#view.setUint16(at, value);
  }
}
