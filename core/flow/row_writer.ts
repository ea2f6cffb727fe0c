import type { Dictionary, TextTeller } from "./dictionary.ts";
import type { RingWriter } from "./ring_writer.ts";
import type { Storage, StoredName, Table, TableField } from "./table.ts";
import type { Column } from "./table_columns.ts";

type InputOf<R extends TableField> = R extends { values: readonly (infer V)[] } ? V
  : R["storage"] extends "string" ? string
  : R["storage"] extends "address" ? Uint32Array
  : number;

/**
 * One row to write, by field names; null is unknown. An address is its four words, a time Unix
 * milliseconds, an enum one of its names, a string text from the wire.
 */
export type RowInput<R extends TableField> = {
  -readonly [F in Exclude<R, { storage: "computed" }> as F["name"]]: InputOf<F> | null;
};

/** A row of which nothing is known: to be filled and written again and again. */
export function blankRow<R extends TableField>(table: Table<R>): RowInput<R> {
  return Object.fromEntries(table.stored.map(({ name }) => [name, null])) as RowInput<R>;
}

/** How a column is written. */
interface Setter {
  readonly name: string;
  readonly storage: Storage;
  readonly column: Column;
  readonly word: number;
  readonly mask: number;
  readonly values: readonly string[];
  /** The least number, and the first that is too large to be known. */
  readonly least: number;
  readonly limit: number;
  readonly zeroIsUnknown: boolean;
}

const LIMIT: Partial<Record<Storage, number>> = { u8: 2 ** 8, u16: 2 ** 16, u32: 2 ** 32 };

/**
 * Writes rows one by one from an object with the names of a table's fields: for tables of which
 * some rows a second are written. Flows are written by compiled plans.
 */
export class RowWriter<R extends TableField> {
  readonly #rows: RingWriter<R>;
  readonly #dictionary: Dictionary;
  readonly #setters: readonly Setter[];
  readonly #presence: Uint32Array;
  /** Of the row at hand. */
  #teller: TextTeller = "flow";

  /**
   * @param table whose rows
   * @param to `rows`: the one writer of its ring; `dictionary` of the strings
   */
  constructor(
    table: Table<R>,
    { rows, dictionary }: { rows: RingWriter<R>; dictionary: Dictionary },
  ) {
    this.#rows = rows;
    this.#dictionary = dictionary;
    this.#presence = new Uint32Array(table.presenceWords);
    const columns = rows.columns as unknown as Record<string, Column>;
    this.#setters = table.stored.map(
      ({ name, storage, values = [], counterBits, zeroIsUnknown = false }) => {
        const bit = table.presenceBit(name as StoredName<R>);
        // All ones are unknown; as a double, those of 64 bits are 2^64.
        const limit = counterBits === 32 ? 2 ** 32 - 1 : LIMIT[storage] ?? 2 ** 64;
        // Measures may be negative, as temperatures are; counters never.
        const least = storage === "f64" && counterBits === undefined ? -Infinity : 0;
        const place = { column: columns[name], word: bit >> 5, mask: 1 << (bit & 31) };
        return { name, storage, values, least, limit, zeroIsUnknown, ...place };
      },
    );
  }

  /** Rows written so far. */
  get written(): number {
    return this.#rows.next;
  }

  /**
   * Writes a row and hands it to the readers. What does not fit its field is left unknown.
   *
   * @param row may be used again afterwards
   * @param teller who says what texts it holds
   */
  write(row: RowInput<R>, teller: TextTeller = "flow"): void {
    const rows = this.#rows;
    this.#teller = teller;
    const slot = rows.reserve(1) & rows.mask;
    const presence = this.#presence.fill(0);
    for (const setter of this.#setters) {
      if (this.#set(setter, slot, (row as Record<string, unknown>)[setter.name])) {
        presence[setter.word] |= setter.mask;
      }
    }
    rows.columns.presence.set(presence, slot * presence.length);
    rows.commit(1);
  }

  #set(setter: Setter, slot: number, value: unknown): boolean {
    const { column, storage } = setter;
    if (value === null) {
      // Windows are searched by this column, whether it is known or not.
      if (setter.name === "received_at") column[slot] = this.#rows.receivedAt(NaN);
      return false;
    }
    switch (storage) {
      case "address":
        column.set(value as Uint32Array, slot * 4);
        return true;
      case "string":
        return store(column, slot, this.#dictionary.intern(value as string, this.#teller));
      case "enum":
        return store(column, slot, setter.values.indexOf(value as string));
      case "time":
        column[slot] = setter.name === "received_at"
          ? this.#rows.receivedAt(value as number)
          : value as number;
        return !Number.isNaN(column[slot]);
      default: {
        const number = value as number;
        if (!(number >= setter.least && number < setter.limit)) return false;
        if (number === 0 && setter.zeroIsUnknown) return false;
        column[slot] = number;
        return true;
      }
    }
  }
}

function store(column: Column, slot: number, index: number): boolean {
  if (index < 0) return false;
  column[slot] = index;
  return true;
}
