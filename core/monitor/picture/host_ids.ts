import { formatAddress } from "../../flow/address.ts";
import { QuadTable } from "./quad_table.ts";

/** Most addresses that are told apart. */
export const MAX_HOSTS = 1 << 19;

/** When a host was seen, as bits; shifted by SENT where it sent something, and was not only sent to. */
export const SEEN = { WINDOW: 1, EARLY: 2, LATE: 4 } as const;
export const SENT = 3;

/** Small dense numbers for addresses, and what is kept of each host. */
export class HostIds {
  readonly #table = new QuadTable(MAX_HOSTS);
  readonly #words = new Uint32Array(4);
  /** SEEN bits by host, and those of SENT. */
  seen = new Uint8Array(1024);
  /** Octets sent and received within the window, by host. */
  bytes = new Float64Array(1024);
  /** First and last moment within the window, Unix milliseconds. */
  first = new Float64Array(1024).fill(Infinity);
  last = new Float64Array(1024).fill(-Infinity);
  /** Lookups of addresses for which there was no room. */
  refused = 0;

  /** Hosts so far: ids lie below. */
  get count(): number {
    return this.#table.count;
  }

  /**
   * The id of an address; -1 when there is no room.
   *
   * @param words an address column
   * @param at first word of the address
   */
  find(words: Uint32Array, at: number): number {
    const id = this.#table.find(words[at], words[at + 1], words[at + 2], words[at + 3]);
    if (id < 0) this.refused++;
    else if (id >= this.seen.length) this.#grow();
    return id;
  }

  /** Adds traffic within the window to a host. */
  note(id: number, bytes: number, from: number, to: number): void {
    this.bytes[id] += bytes;
    if (from < this.first[id]) this.first[id] = from;
    if (to > this.last[id]) this.last[id] = to;
  }

  /** Four words of an address; valid until the next call. */
  words(id: number): Uint32Array {
    for (let w = 0; w < 4; w++) this.#words[w] = this.#table.word(id, w);
    return this.#words;
  }

  /** An address as text. */
  address(id: number): string {
    return formatAddress(this.words(id));
  }

  #grow(): void {
    const length = this.seen.length * 2;
    const seen = new Uint8Array(length);
    seen.set(this.seen);
    this.seen = seen;
    const bytes = new Float64Array(length);
    bytes.set(this.bytes);
    this.bytes = bytes;
    const first = new Float64Array(length).fill(Infinity);
    first.set(this.first);
    this.first = first;
    const last = new Float64Array(length).fill(-Infinity);
    last.set(this.last);
    this.last = last;
  }
}
