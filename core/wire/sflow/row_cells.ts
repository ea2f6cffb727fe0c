import type { FlowColumns } from "../../flow/columns.ts";
import type { Dictionary } from "../../flow/dictionary.ts";
import {
  type FieldNameOf,
  PRESENCE_WORDS,
  presenceBit,
  STORED_FIELDS,
  type StoredFieldName,
} from "../../flow/schema.ts";

/** Fields of one number a row. */
export type NumberField = FieldNameOf<"u8" | "u16" | "u32" | "f64" | "mac" | "enum" | "time">;
/** Fields of four words a row. */
export type AddressField = FieldNameOf<"address">;
/** Fields of a text. */
export type TextField = FieldNameOf<"string">;

/** Where the values of a field lie: its column, and its bit in the presence words of a row. */
export interface Cell {
  readonly column: Uint8Array | Uint16Array | Uint32Array | Float64Array;
  readonly word: number;
  readonly mask: number;
}

const MAX_PORT = 65_535;

/**
 * The cells of one row of the ring, written in any order: the first to give a field a value is
 * believed. Nothing is allocated per row, and no field is looked up by name: `of` holds them all.
 */
export class RowCells {
  readonly columns: FlowColumns;
  /** The cells by field. */
  readonly of: Readonly<Record<StoredFieldName, Cell>>;
  readonly #presence: Uint32Array;
  readonly #dictionary: Dictionary;
  readonly #texts = new Map<string, number>();
  #slot = 0;

  /** @param context `columns` of the ring, and its `dictionary` */
  constructor({ columns, dictionary }: { columns: FlowColumns; dictionary: Dictionary }) {
    this.columns = columns;
    this.#presence = columns.presence;
    this.#dictionary = dictionary;
    this.of = Object.fromEntries(STORED_FIELDS.map(({ name }) => {
      const bit = presenceBit(name);
      return [name, { column: columns[name], word: bit >> 5, mask: 1 << (bit & 31) }];
    })) as Record<StoredFieldName, Cell>;
  }

  /** The row's slot. */
  get slot(): number {
    return this.#slot;
  }

  /** Begins a row in which nothing is known. */
  open(slot: number): void {
    this.#slot = slot;
    const end = (slot + 1) * PRESENCE_WORDS;
    for (let i = slot * PRESENCE_WORDS; i < end; i++) this.#presence[i] = 0;
  }

  /** Gives a number its value, unless it has one. */
  put(cell: Cell, value: number): void {
    if (this.#claim(cell)) cell.column[this.#slot] = value;
  }

  /** Gives a number its value, whatever it had. */
  overwrite(cell: Cell, value: number): void {
    this.#claim(cell);
    cell.column[this.#slot] = value;
  }

  /** Gives a port its value, unless it has one or the value is none. */
  putPort(cell: Cell, value: number): void {
    if (value <= MAX_PORT) this.put(cell, value);
  }

  /** Gives an address its four words, unless it has some. */
  putWords(cell: Cell, words: Uint32Array): void {
    if (!this.#claim(cell)) return;
    const { column } = cell;
    const at = this.#slot * 4;
    for (let i = 0; i < 4; i++) column[at + i] = words[i];
  }

  /**
   * Gives an address its value, unless it has one.
   *
   * @param cell of the field
   * @param view the datagram
   * @param at its first octet
   * @param octets 4 or 16
   */
  putAddress(cell: Cell, view: DataView, at: number, octets: number): void {
    if (!this.#claim(cell)) return;
    const { column } = cell;
    const first = this.#slot * 4;
    if (octets === 4) {
      column[first] = column[first + 1] = 0;
      column[first + 2] = 0xffff;
      column[first + 3] = view.getUint32(at);
    } else {
      for (let i = 0; i < 4; i++) column[first + i] = view.getUint32(at + i * 4);
    }
  }

  /**
   * Takes a value back where it is the same as another.
   *
   * @param cell of the field, and of the `other`
   * @param elements of the columns that one row has: 4 of addresses, 1 of numbers
   */
  clearSame(cell: Cell, other: Cell, elements: 1 | 4): void {
    if (!this.has(cell) || !this.has(other)) return;
    const first = this.#slot * elements;
    for (let i = first; i < first + elements; i++) {
      if (cell.column[i] !== other.column[i]) return;
    }
    this.#presence[this.#slot * PRESENCE_WORDS + cell.word] &= ~cell.mask;
  }

  /** Whether a field has a value. */
  has({ word, mask }: Cell): boolean {
    return (this.#presence[this.#slot * PRESENCE_WORDS + word] & mask) !== 0;
  }

  /** Gives a field one of a few constant texts, whatever it had; false where there is no room. */
  overwriteText(field: TextField, text: string): boolean {
    let id = this.#texts.get(text);
    if (id === undefined) {
      id = this.#dictionary.intern(text);
      if (id < 0) return false;
      this.#texts.set(text, id);
    }
    this.overwrite(this.of[field], id);
    return true;
  }

  /** Sets a presence bit; false where it was set before. */
  #claim({ word, mask }: Cell): boolean {
    const at = this.#slot * PRESENCE_WORDS + word;
    const bits = this.#presence[at];
    if ((bits & mask) !== 0) return false;
    this.#presence[at] = bits | mask;
    return true;
  }
}
