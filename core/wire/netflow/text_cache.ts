import type { Dictionary, TextTeller } from "../../flow/dictionary.ts";

const MAX_CACHED = 8192;
/** More than the longest text that is kept can have. */
const MAX_OCTETS = 1024;

/** Ids of texts by their octets, so that a text that was seen before is not decoded again. */
export class TextCache {
  readonly #dictionary: Dictionary;
  readonly #known = new Map<number, { octets: Uint8Array; id: number; teller: TextTeller }>();
  readonly #decoder = new TextDecoder();

  /** @param dictionary where new texts go */
  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /**
   * The id of a text.
   *
   * @param view the datagram, and the `length` octets at `offset`
   * @param teller who says it
   * @returns -1 when nothing of it is left, or there is no room
   */
  id(view: DataView, offset: number, length: number, teller: TextTeller = "flow"): number {
    length = Math.min(length, MAX_OCTETS);
    let hash = 0x811c9dc5 ^ length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ view.getUint8(offset + i), 0x01000193);
    }
    const known = this.#known.get(hash);
    // What a stranger told is told anew by who is none: it may find room now.
    if (
      known !== undefined && (known.teller === teller || known.teller === "flow") &&
      same(known.octets, view, offset, length)
    ) return known.id;
    const octets = new Uint8Array(view.buffer, view.byteOffset + offset, length).slice();
    // Fixed-length strings are filled up with zeros.
    const text = this.#decoder.decode(octets).replace(/\0.*$/s, "");
    const id = text === "" ? -1 : this.#dictionary.intern(text, teller);
    if (this.#known.size >= MAX_CACHED) this.#known.clear();
    this.#known.set(hash, { octets, id, teller });
    return id;
  }
}

function same(octets: Uint8Array, view: DataView, offset: number, length: number): boolean {
  if (octets.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (octets[i] !== view.getUint8(offset + i)) return false;
  }
  return true;
}
