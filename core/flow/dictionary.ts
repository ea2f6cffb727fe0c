import { MAX_WIRE_TEXT, sanitizeWireText } from "./sanitize.ts";

const MAX_STRINGS = 65_535;
const TEXT_BYTES = 4 * 1024 * 1024;
/** Of one string at most: UTF-8 takes three octets for a UTF-16 unit. */
const MAX_TEXT_BYTES = 3 * MAX_WIRE_TEXT;
/** Layout in bytes: count, end offset of each string, then the UTF-8 text. */
const ENDS_AT = 64;
const TEXT_AT = ENDS_AT + (MAX_STRINGS + 1) * 4;

/** Bytes of shared memory that a dictionary takes; only what is used of it is touched. */
export const DICTIONARY_BYTES = TEXT_AT + TEXT_BYTES;

/**
 * The strings of one collector, each kept once, in shared memory. One writer; readers on other
 * threads see a string before any row that names it, because the count is stored before the row
 * is committed. Ids run from 0 and are never reused.
 */
export class Dictionary {
  readonly memory: SharedArrayBuffer;
  readonly #count: Int32Array;
  readonly #ends: Uint32Array;
  readonly #text: Uint8Array;
  readonly #decoded: string[] = [];
  #ids: Map<string, number> | null = null;

  /** @param memory as made by `Dictionary.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#count = new Int32Array(memory, 0, 1);
    this.#ends = new Uint32Array(memory, ENDS_AT, MAX_STRINGS + 1);
    this.#text = new Uint8Array(memory, TEXT_AT, TEXT_BYTES);
  }

  /** Makes the memory of an empty dictionary. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(DICTIONARY_BYTES);
  }

  /** Strings kept so far. */
  get size(): number {
    return Atomics.load(this.#count, 0);
  }

  /**
   * The id of a string, kept now if it is new. Writer only.
   *
   * @param raw text from the wire; it is made fit to be shown first
   * @returns its id, or -1 when nothing of it is left or the dictionary is full
   */
  intern(raw: string): number {
    const ids = this.#ids ??= this.#index();
    const known = ids.get(raw);
    if (known !== undefined) return known;
    const text = sanitizeWireText(raw);
    if (text === "") return -1;
    const id = ids.get(text) ?? this.#append(text);
    // Raw spellings that differ from the kept text are not indexed: they could grow without bound.
    if (id >= 0) ids.set(text, id);
    return id;
  }

  /**
   * Whether there is room for more strings, whatever they are.
   *
   * @param strings how many
   */
  hasRoom(strings: number): boolean {
    const { size } = this;
    const end = size === 0 ? 0 : this.#ends[size - 1];
    return size + strings <= MAX_STRINGS && end + strings * MAX_TEXT_BYTES <= TEXT_BYTES;
  }

  /**
   * The string of an id.
   *
   * @param id from a row's column
   * @returns the text, or null when the id was never given out
   */
  text(id: number): string | null {
    if (id < this.#decoded.length) return this.#decoded[id];
    const size = this.size;
    if (id >= size) return null;
    for (let next = this.#decoded.length; next < size; next++) {
      const bytes = this.#text.slice(next === 0 ? 0 : this.#ends[next - 1], this.#ends[next]);
      this.#decoded.push(new TextDecoder().decode(bytes));
    }
    return this.#decoded[id];
  }

  /** A writer that takes over from one that died finds the strings again. */
  #index(): Map<string, number> {
    const ids = new Map<string, number>();
    for (let id = 0; id < this.size; id++) ids.set(this.text(id)!, id);
    return ids;
  }

  #append(text: string): number {
    const id = this.size;
    const from = id === 0 ? 0 : this.#ends[id - 1];
    const bytes = new TextEncoder().encode(text);
    if (id >= MAX_STRINGS || from + bytes.length > TEXT_BYTES) return -1;
    this.#text.set(bytes, from);
    this.#ends[id] = from + bytes.length;
    Atomics.store(this.#count, 0, id + 1);
    return id;
  }
}
