import type { FlowColumns } from "../../flow/columns.ts";
import type { Dictionary } from "../../flow/dictionary.ts";
import { type FieldNameOf, PRESENCE_WORDS, presenceBit, STORED_FIELDS } from "../../flow/schema.ts";
import type { StoredFieldName } from "../../flow/schema.ts";

/** Columns of one number a row. */
export type NumberColumn = FieldNameOf<"u8" | "u16" | "u32" | "f64" | "mac" | "enum">;
/** Columns of four words a row. */
export type AddressColumn = FieldNameOf<"address">;

/** Bit of every field in the presence map. */
const BIT = Object.fromEntries(
  STORED_FIELDS.map(({ name }) => [name, presenceBit(name)]),
) as Readonly<Record<StoredFieldName, number>>;
const MAX_PORT = 65_535;

/**
 * The cells of one row of the ring, written in any order: the first to give a field a value is
 * believed. Nothing is allocated per row.
 */
export class RowCells {
  readonly columns: FlowColumns;
  readonly #dictionary: Dictionary;
  readonly #texts = new Map<string, number>();
  #slot = 0;

  /** @param context `columns` of the ring, and its `dictionary` */
  constructor({ columns, dictionary }: { columns: FlowColumns; dictionary: Dictionary }) {
    this.columns = columns;
    this.#dictionary = dictionary;
  }

  /** The row's slot. */
  get slot(): number {
    return this.#slot;
  }

  /** Begins a row in which nothing is known. */
  open(slot: number): void {
    this.#slot = slot;
    const { presence } = this.columns;
    for (let i = slot * PRESENCE_WORDS; i < (slot + 1) * PRESENCE_WORDS; i++) presence[i] = 0;
  }

  /** Gives a field its value, unless it has one. */
  put(name: NumberColumn | "received_at", value: number): void {
    if (this.#claim(BIT[name])) this.columns[name][this.#slot] = value;
  }

  /** Gives a field its value, whatever it had. */
  overwrite(name: NumberColumn, value: number): void {
    this.#claim(BIT[name]);
    this.columns[name][this.#slot] = value;
  }

  /** Gives a port its value, unless it has one or the value is none. */
  putPort(name: FieldNameOf<"u16">, value: number): void {
    if (value <= MAX_PORT) this.put(name, value);
  }

  /** Gives an address its value, unless it has one. */
  putWords(name: AddressColumn, words: Uint32Array): void {
    if (!this.#claim(BIT[name])) return;
    const column = this.columns[name];
    for (let i = 0, at = this.#slot * 4; i < 4; i++) column[at + i] = words[i];
  }

  /**
   * Gives an address its value, unless it has one.
   *
   * @param name of the field
   * @param view the datagram
   * @param at its first octet
   * @param octets 4 or 16
   */
  putAddress(name: AddressColumn, view: DataView, at: number, octets: number): void {
    if (!this.#claim(BIT[name])) return;
    const column = this.columns[name];
    const cell = this.#slot * 4;
    if (octets === 4) {
      column[cell] = column[cell + 1] = 0;
      column[cell + 2] = 0xffff;
      column[cell + 3] = view.getUint32(at);
    } else {
      for (let i = 0; i < 4; i++) column[cell + i] = view.getUint32(at + i * 4);
    }
  }

  /** Takes an address back where it is the same as another. */
  clearSameAddress(name: AddressColumn, other: AddressColumn): void {
    if (!this.has(name) || !this.has(other)) return;
    const [a, b] = [this.columns[name], this.columns[other]];
    const cell = this.#slot * 4;
    for (let i = cell; i < cell + 4; i++) if (a[i] !== b[i]) return;
    this.#clear(BIT[name]);
  }

  /** Takes a number back where it is the same as another. */
  clearSame(name: NumberColumn, other: NumberColumn): void {
    if (!this.has(name) || !this.has(other)) return;
    if (this.columns[name][this.#slot] === this.columns[other][this.#slot]) this.#clear(BIT[name]);
  }

  /** Whether a field has a value. */
  has(name: StoredFieldName): boolean {
    const bit = BIT[name];
    const word = this.columns.presence[this.#slot * PRESENCE_WORDS + (bit >> 5)];
    return (word & (1 << (bit & 31))) !== 0;
  }

  /** Gives a field one of a few constant texts, whatever it had; false where there is no room. */
  overwriteText(name: FieldNameOf<"string">, text: string): boolean {
    let id = this.#texts.get(text);
    if (id === undefined) {
      id = this.#dictionary.intern(text);
      if (id < 0) return false;
      this.#texts.set(text, id);
    }
    this.#claim(BIT[name]);
    this.columns[name][this.#slot] = id;
    return true;
  }

  /** Sets a presence bit; false where it was set before. */
  #claim(bit: number): boolean {
    const { presence } = this.columns;
    const word = this.#slot * PRESENCE_WORDS + (bit >> 5);
    const mask = 1 << (bit & 31);
    if ((presence[word] & mask) !== 0) return false;
    presence[word] |= mask;
    return true;
  }

  #clear(bit: number): void {
    this.columns.presence[this.#slot * PRESENCE_WORDS + (bit >> 5)] &= ~(1 << (bit & 31));
  }
}
