import type { AddressCipher } from "./address_cipher.ts";

/**
 * Octets of which nothing is left but what is put back, in the same places: all that nobody asks
 * for stays zero. What lies beyond the end is left out; an address that is cut off is not put back.
 */
export class Redaction {
  /** As they were. */
  readonly was: Uint8Array;
  /** What is left of them. */
  readonly octets: Uint8Array<ArrayBuffer>;
  readonly #cipher: AddressCipher;

  /**
   * @param was left as it is
   * @param cipher for addresses and text
   */
  constructor(was: Uint8Array, cipher: AddressCipher) {
    this.was = was;
    this.octets = new Uint8Array(was.length);
    this.#cipher = cipher;
  }

  /** Puts octets back as they were. */
  keep(at: number, octets: number): void {
    this.set(at, this.was.subarray(at, at + octets));
  }

  /** Puts back an address replaced; of `octets` 4, 6 or 16. */
  address(at: number, octets: number): void {
    if (at + octets > this.was.length) return;
    const address = this.was.slice(at, at + octets);
    this.#cipher.replace(address);
    this.set(at, address);
  }

  /** Puts back text as letters. */
  text(at: number, octets: number): void {
    const text = this.was.slice(at, at + octets);
    this.#cipher.replaceText(text);
    this.set(at, text);
  }

  /** Puts other octets in their place. */
  set(at: number, octets: Uint8Array): void {
    if (octets.length > 0) this.octets.set(octets, at);
  }
}
