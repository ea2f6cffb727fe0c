/**
 * What a table of rows is, declared once as data: its fields. Column layout, rings, readers, JSON
 * and documentation follow from that (`table_columns.ts`, `table_ring.ts`, `ring_writer.ts`,
 * `ring_reader.ts`, `row_writer.ts`, `record_reader.ts`).
 */

/**
 * How a field lies in memory.
 *
 * - `u8`, `u16`, `u32`: unsigned integers; `f64`: counters and measures, exact to 2^53
 * - `time`: Float64 Unix milliseconds, fractions allowed
 * - `address`: four big-endian 32-bit words; IPv4 as `::ffff:a.b.c.d`
 * - `mac`: the 48 bits as one Float64
 * - `enum`: one byte, the index into `values`
 * - `string`: 16-bit id into the collector's string dictionary
 * - `computed`: not stored; worked out when a record is read
 */
export type Storage =
  | "u8"
  | "u16"
  | "u32"
  | "f64"
  | "time"
  | "address"
  | "mac"
  | "enum"
  | "string"
  | "computed";

/** One row of a table's declaration. */
export interface TableField {
  readonly name: string;
  readonly storage: Storage;
  /** Unit of the value, or "" where it has none. */
  readonly unit: string;
  readonly description: string;
  /** What a `null` means. */
  readonly absence: string;
  /** Exporters write 0 (or the address of zeros) where they do not know. */
  readonly zeroIsUnknown?: true;
  /** A counter that only ever grows, of so many bits: it wraps, and all ones mean unknown. */
  readonly counterBits?: 32 | 64;
  /** Names of an `enum`, in storage order: append only. */
  readonly values?: readonly string[];
}

/** Names of the fields of one storage kind. */
export type NameOf<R extends TableField, S extends Storage> = Extract<R, { storage: S }>["name"];

/** Names of the fields that have a column. */
export type StoredName<R extends TableField> = Exclude<R, { storage: "computed" }>["name"];

type ValueOf<R extends TableField> = R extends { values: readonly (infer V)[] } ? V
  : R["storage"] extends "u8" | "u16" | "u32" | "f64" ? number
  : string;

/** One row as people and programs see it: unknown values are `null`. */
export type RecordOf<R extends TableField> = {
  -readonly [F in R as F["name"]]: ValueOf<F> | null;
};

/** A declared table, and where in a row's presence map its fields stand. */
export class Table<R extends TableField> {
  /** All fields, as declared. */
  readonly fields: readonly R[];
  /** Those that have a column, in storage order; a field's place is its bit in the presence map. */
  readonly stored: readonly (TableField & { readonly name: StoredName<R> })[];
  /** 32-bit words of presence map a row. */
  readonly presenceWords: number;
  readonly #bits: ReadonlyMap<string, number>;

  /** @param fields one of them is `received_at`, a `time` that never decreases within a ring */
  constructor(fields: readonly R[]) {
    this.fields = fields;
    this.stored = fields.filter(({ storage }) => storage !== "computed");
    this.presenceWords = Math.ceil(this.stored.length / 32);
    this.#bits = new Map(this.stored.map(({ name }, bit) => [name, bit]));
  }

  /**
   * The place of a field in the presence map.
   *
   * @param name stored field
   * @returns its bit: word `bit >> 5`, position `bit & 31`
   */
  presenceBit(name: StoredName<R>): number {
    return this.#bits.get(name)!;
  }
}
