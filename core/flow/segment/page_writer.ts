import { ZstdPacker } from "./zstd_packer.ts";

/** Octets below which compressing costs more than it saves. */
const LEAST = 64;
/** A block that is not at least this much smaller is kept as it is: it is read faster so. */
const WORTHWHILE = 0.98;

/** Collects one page, from the front to the back. Numbers are little-endian. */
export class PageWriter {
  readonly #packer = new ZstdPacker();
  #octets = new Uint8Array(65_536);
  #view = new DataView(this.#octets.buffer);
  #length = 0;

  /** What was written since the last call, and begins anew. */
  take(): Uint8Array {
    const page = this.#octets.slice(0, this.#length);
    this.#length = 0;
    return page;
  }

  /** An octet, 0 to 255. */
  u8(value: number): void {
    this.#octets[this.#room(1)] = value;
  }

  /** A whole number, 0 to 2^32 − 1. */
  u32(value: number): void {
    this.#view.setUint32(this.#room(4), value, true);
  }

  /** Any number. */
  f64(value: number): void {
    this.#view.setFloat64(this.#room(8), value, true);
  }

  /** Octets of a length that the reader knows, compressed where that is worth while. */
  block(octets: Uint8Array): void {
    const packed = octets.length < LEAST ? octets : this.#packer.pack(octets);
    const kept = packed.length < octets.length * WORTHWHILE ? packed : octets;
    this.u32(kept.length);
    const at = this.#room(kept.length);
    this.#octets.set(kept, at);
  }

  #room(octets: number): number {
    const at = this.#length;
    this.#length += octets;
    if (this.#length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#octets.length));
      larger.set(this.#octets);
      this.#octets = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
