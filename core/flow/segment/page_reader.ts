import type { PageRoom } from "./page_room.ts";
import { SegmentFault } from "./segment_fault.ts";
import type { ZstdUnpacker } from "./zstd_unpacker.ts";

/** Reads what a PageWriter wrote; every read is checked. */
export class PageReader {
  /** For what is made of the page. */
  readonly room: PageRoom;
  readonly #unpacker: ZstdUnpacker;
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /**
   * @param octets the page
   * @param memory the `room`, and what unpacks into it
   */
  constructor(octets: Uint8Array, { room, unpacker }: { room: PageRoom; unpacker: ZstdUnpacker }) {
    this.room = room;
    this.#unpacker = unpacker;
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  /** An octet. */
  u8(): number {
    return this.#octets[this.#take(1)];
  }

  /** A whole number below 2^32. */
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Any number. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /**
   * A block of octets.
   *
   * @param length how many it holds
   * @returns the page's own, or memory of the room
   * @throws {SegmentFault} when it holds another number, and never makes more of it
   */
  block(length: number): Uint8Array {
    const kept = this.u32();
    const at = this.#take(kept);
    const octets = this.#octets.subarray(at, at + kept);
    if (kept === length) return octets;
    try {
      return this.#unpacker.unpack(octets, length);
    } catch (error) {
      throw new SegmentFault(`a block cannot be unpacked: ${(error as Error).message}`);
    }
  }

  /** Everything was read: nothing stands behind. */
  end(): void {
    if (this.#at !== this.#octets.length) {
      throw new SegmentFault(`${this.#octets.length - this.#at} octets stand behind the page`);
    }
  }

  #take(octets: number): number {
    const at = this.#at;
    if (octets > this.#octets.length - at) {
      throw new SegmentFault(
        `the page ends at ${this.#octets.length}, within what begins at ${at}`,
      );
    }
    this.#at += octets;
    return at;
  }
}
