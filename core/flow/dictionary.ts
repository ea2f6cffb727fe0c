import { MAX_WIRE_TEXT, sanitizeWireText } from "./sanitize.ts";

const MAX_STRINGS = 65_535;
const TEXT_BYTES = 4 * 1024 * 1024;
/** Of one string at most: UTF-8 takes three octets for a UTF-16 unit. */
const MAX_TEXT_BYTES = 3 * MAX_WIRE_TEXT;
/** Layout in bytes: count, end offset of each string, who told it, then the UTF-8 text. */
const ENDS_AT = 64;
const TELLERS_AT = ENDS_AT + (MAX_STRINGS + 1) * 4;
const TEXT_AT = TELLERS_AT + MAX_STRINGS + 1;

/** Bytes of shared memory that a dictionary takes; only what is used of it is touched. */
export const DICTIONARY_BYTES = TEXT_AT + TEXT_BYTES;

/** Who may tell a string, in storage order, and which part of the room is theirs at most. */
const PART_OF = { flow: 1, counter: 1 / 2, stranger: 1 / 8 } as const;
/**
 * `flow`: records, and options data, of a sender of which flows have been decoded; `counter`: what
 * such a sender says in counter samples; `stranger`: what anybody else says, whose address may be
 * forged.
 */
export type TextTeller = keyof typeof PART_OF;
const TELLERS = Object.keys(PART_OF) as readonly TextTeller[];
const [FLOW, COUNTER, STRANGER] = [0, 1, 2];

/**
 * The strings of one collector, each kept once, in shared memory. One writer; readers on other
 * threads see a string before any row that names it, because the count is stored before the row
 * is committed. Ids run from 0 and are never reused: so that nobody fills it for ever with what
 * anybody may send, those who proved less have a part of the room. A string that one of them told
 * first leaves their part when one who proved more tells it too.
 */
export class Dictionary {
  readonly memory: SharedArrayBuffer;
  readonly #size: Int32Array;
  readonly #ends: Uint32Array;
  /** Index in `TELLERS` by id. */
  readonly #tellers: Uint8Array;
  readonly #text: Uint8Array;
  readonly #decoded: string[] = [];
  #ids: Map<string, number> | null = null;
  /** Strings and octets by teller; counted anew by a writer that takes over. */
  readonly #strings = TELLERS.map(() => 0);
  readonly #octets = TELLERS.map(() => 0);

  /** @param memory as made by `Dictionary.allocate` */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#size = new Int32Array(memory, 0, 1);
    this.#ends = new Uint32Array(memory, ENDS_AT, MAX_STRINGS + 1);
    this.#tellers = new Uint8Array(memory, TELLERS_AT, MAX_STRINGS);
    this.#text = new Uint8Array(memory, TEXT_AT, TEXT_BYTES);
  }

  /** Makes the memory of an empty dictionary. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(DICTIONARY_BYTES);
  }

  /** Strings kept so far. */
  get size(): number {
    return Atomics.load(this.#size, 0);
  }

  /**
   * The id of a string, kept now if it is new. Writer only.
   *
   * @param raw text from the wire; it is made fit to be shown first
   * @param teller who says it
   * @returns its id, or -1 when nothing of it is left or the teller's room is full
   */
  intern(raw: string, teller: TextTeller = "flow"): number {
    const ids = this.#ids ??= this.#index();
    const rank = teller === "flow" ? FLOW : teller === "counter" ? COUNTER : STRANGER;
    const known = ids.get(raw);
    if (known !== undefined) return this.#tellers[known] <= rank ? known : this.#vouch(known, rank);
    const text = sanitizeWireText(raw);
    if (text === "") return -1;
    const same = ids.get(text);
    if (same !== undefined) return this.#vouch(same, rank);
    const id = this.#append(text, rank);
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
    const end = this.#start(size);
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
      const bytes = this.#text.slice(this.#start(next), this.#ends[next]);
      this.#decoded.push(new TextDecoder().decode(bytes));
    }
    return this.#decoded[id];
  }

  /** A writer that takes over from one that died finds the strings again. */
  #index(): Map<string, number> {
    const ids = new Map<string, number>();
    for (let id = 0; id < this.size; id++) {
      ids.set(this.text(id)!, id);
      this.#count(id, 1);
    }
    return ids;
  }

  /** Where the text of an id begins. */
  #start(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1];
  }

  /** Adds a string to what its teller takes up, or takes it from it. */
  #count(id: number, by: 1 | -1): void {
    const rank = this.#tellers[id];
    this.#strings[rank] += by;
    this.#octets[rank] += by * (this.#ends[id] - this.#start(id));
  }

  /** Gives a string to a teller who proved more than the first; one without room leaves it. */
  #vouch(id: number, rank: number): number {
    if (this.#tellers[id] <= rank || !this.#fits(rank, this.#ends[id] - this.#start(id))) return id;
    this.#count(id, -1);
    this.#tellers[id] = rank;
    this.#count(id, 1);
    return id;
  }

  /** Whether a string of so many octets fits into what is a teller's. */
  #fits(rank: number, octets: number): boolean {
    const part = PART_OF[TELLERS[rank]];
    return this.#strings[rank] < part * MAX_STRINGS &&
      this.#octets[rank] + octets <= part * TEXT_BYTES;
  }

  #append(text: string, rank: number): number {
    const id = this.size;
    const from = this.#start(id);
    const bytes = new TextEncoder().encode(text);
    if (id >= MAX_STRINGS || from + bytes.length > TEXT_BYTES) return -1;
    if (!this.#fits(rank, bytes.length)) return -1;
    this.#text.set(bytes, from);
    this.#ends[id] = from + bytes.length;
    this.#tellers[id] = rank;
    this.#count(id, 1);
    Atomics.store(this.#size, 0, id + 1);
    return id;
  }
}
