import type { StoredName, Table, TableField } from "../table.ts";
import { type Column, layTable, tableBytes, type TableColumns } from "../table_columns.ts";
import {
  PRESENCE_PAGE,
  SEGMENT_ROWS,
  type SegmentDirectory,
  TUPLES_PAGE,
} from "./segment_directory.ts";
import type { UnpackedPage, UnpackedPages, UnpackedWords } from "./unpacked_page.ts";

/** Numbers by row, and below what they all are. */
export interface RowCodes {
  /** By row; or by tuple, where there are `tuples`. */
  readonly of: Uint16Array;
  /** The tuple of each row. */
  readonly tuples: Uint16Array | null;
  /** Of the page that they come from: of one key they are always the same. */
  readonly key: object;
  /** At most SEGMENT_ROWS. */
  readonly count: number;
}

/**
 * The rows of one segment after the other in the columns of a ring. A column is laid out when it is
 * asked for: what can be told by the small numbers of a segment needs no addresses by row.
 */
export class SegmentRows<R extends TableField> {
  readonly table: Table<R>;
  /** Rows from slot 0 on, of what was laid out; valid until another segment is opened. */
  readonly columns: TableColumns<R>;
  readonly #byName: Readonly<Record<string, Column>>;
  /** Columns of chosen rows. */
  #chosen: TableColumns<R> | null = null;
  readonly #words = new Uint32Array(SEGMENT_ROWS);
  readonly #codes = new Uint16Array(SEGMENT_ROWS);
  readonly #laid = new Set<string>();
  #directory: SegmentDirectory | null = null;
  #opening: object = {};
  #changed = false;
  #pages: UnpackedPages = new Map();

  /** @param table whose rows; memory is taken as it is used */
  constructor(table: Table<R>) {
    this.table = table;
    this.columns = columnsOf(table);
    this.#byName = this.columns as unknown as Readonly<Record<string, Column>>;
  }

  /**
   * Turns to a segment.
   *
   * @param directory of it
   * @param pages at least those of its presence and of what is asked for later
   */
  open(directory: SegmentDirectory, pages: UnpackedPages): void {
    this.#directory = directory;
    this.#opening = {};
    this.#changed = false;
    this.#pages = pages;
    this.#laid.clear();
  }

  /** Another one after each `open`: what was learnt of the codes before does not hold any more. */
  get opening(): object {
    return this.#opening;
  }

  /** Says that bits were taken out of the presence map that was laid out. */
  changePresence(): void {
    this.#changed = true;
  }

  /** Presence words that all rows have; null where they differ. */
  get pattern(): Uint32Array | null {
    if (this.#changed) return null;
    const { bits, ids } = this.#pages.get(PRESENCE_PAGE) as UnpackedPage & { kind: "presence" };
    return ids === null ? bits : null;
  }

  /**
   * Lays columns out by row. A field that no row has keeps what lay in its column.
   *
   * @param names of fields, and `presence`
   */
  lay(names: readonly (StoredName<R> | "presence")[]): void {
    for (const name of names) {
      if (this.#laid.has(name)) continue;
      this.#laid.add(name);
      if (name === "presence") this.#layPresence();
      else this.#layColumn(name);
    }
  }

  /** When a row arrived, Unix milliseconds. */
  arrival(row: number): number {
    const name = "received_at" as StoredName<R>;
    const page = this.#pages.get(name);
    if (page?.kind === "integers" && this.#directory!.columns[name].plus === undefined) {
      const { words, base, step, scale } = page;
      return (base + words[words.length === 1 ? 0 : row] * step) / scale;
    }
    this.lay([name]);
    return this.#byName[name][row];
  }

  /**
   * Numbers by row, below SEGMENT_ROWS: rows of one number that have the fields have the same in them.
   * Of another segment the numbers are others.
   *
   * @param name of a field of addresses, or TUPLES_PAGE for all fields of TUPLE_COLUMNS together
   * @returns null where rows have none
   */
  codes(name: string): RowCodes | null {
    const page = this.#pages.get(name);
    if (page === undefined) return null;
    const { tuples, columns } = this.#directory!;
    if (name === TUPLES_PAGE) {
      return { of: this.#tuples, tuples: null, key: page.key, count: tuples };
    }
    if (page.kind !== "addresses") return null;
    const byTuple = columns[name].byTuple === true;
    const count = page.dictionary.length / 4;
    const { places: of, key } = page;
    return { of, tuples: byTuple ? this.#tuples : null, key, count };
  }

  /**
   * The code of each row.
   *
   * @param codes of the segment that is open
   * @returns valid until the next call
   */
  codesByRow({ of, tuples }: RowCodes): Uint16Array {
    if (tuples === null) return of;
    const codes = this.#codes.subarray(0, tuples.length);
    for (let row = 0; row < tuples.length; row++) codes[row] = of[tuples[row]];
    return codes;
  }

  /**
   * Whether all rows have some fields and none has some others.
   *
   * @param every bits that all must have, by presence word
   * @param none bits that none may have
   */
  haveAll(every: ArrayLike<number>, none: ArrayLike<number>): boolean {
    if (this.#changed) return false;
    const { bits } = this.#pages.get(PRESENCE_PAGE) as UnpackedPage & { kind: "presence" };
    const stride = this.table.presenceWords;
    for (let at = 0; at < bits.length; at += stride) {
      for (let word = 0; word < stride; word++) {
        if ((bits[at + word] & every[word]) !== every[word]) return false;
        if ((bits[at + word] & none[word]) !== 0) return false;
      }
    }
    return true;
  }

  /**
   * Some columns of rows that stand for their codes, one after the other.
   *
   * @param names of fields that hold addresses or words: those that codes of `by` tell apart
   * @param by name of the codes
   * @param chosen the `codes`, rising, of each a row that has it (`rows`), and the `count` of both
   * @returns columns of their own; valid until the next call
   */
  choose(
    names: readonly StoredName<R>[],
    by: string,
    chosen: { codes: Uint16Array; rows: Uint16Array; count: number },
  ): TableColumns<R> {
    this.#chosen ??= columnsOf(this.table);
    const columns = this.#chosen as unknown as Readonly<Record<string, Column>>;
    const codes = chosen.codes.subarray(0, chosen.count);
    const rows = chosen.rows.subarray(0, chosen.count);
    for (const name of names) {
      const page = this.#pages.get(name);
      if (page === undefined) continue;
      const ofTuple = this.#directory!.columns[name].byTuple === true;
      const at = ofTuple && by === TUPLES_PAGE ? codes : rows;
      const tuples = ofTuple && by !== TUPLES_PAGE ? this.#tuples : null;
      if (page.kind === "addresses") {
        const { dictionary, places } = page;
        const column = columns[name] as Uint32Array;
        if (name !== by) layAddresses(column, dictionary, this.#gather(places, at, tuples));
        else if (4 * codes.length === dictionary.length) column.set(dictionary);
        else layAddresses(column, dictionary, codes);
      } else if (page.kind === "words") {
        // Where all tuples were chosen, they are so in their order.
        const all = at === codes && codes.length === page.words.length;
        columns[name].set(all ? page.words : this.#gather(page.words, at, tuples));
      } else throw new TypeError(`${name} is no word and no address`);
    }
    return this.#chosen;
  }

  /** The words of some places, which are those of rows where there are `tuples` between. */
  #gather(words: UnpackedWords, at: Uint16Array, tuples: Uint16Array | null): UnpackedWords {
    const out = this.#words.subarray(0, at.length);
    if (words.length === 1) return out.fill(words[0]);
    if (tuples === null) { for (let i = 0; i < at.length; i++) out[i] = words[at[i]]; }
    else for (let i = 0; i < at.length; i++) out[i] = words[tuples[at[i]]];
    return out;
  }

  get #tuples(): Uint16Array {
    return (this.#pages.get(TUPLES_PAGE) as UnpackedPage & { kind: "words" }).words as Uint16Array;
  }

  #layPresence(): void {
    const { rows } = this.#directory!;
    const page = this.#pages.get(PRESENCE_PAGE) as UnpackedPage & { kind: "presence" };
    const { bits, ids } = page;
    const { presence } = this.columns;
    const stride = this.table.presenceWords;
    if (stride === 2) {
      // In one go a row: mostly all rows know the same fields.
      const both = new BigUint64Array(bits.buffer, bits.byteOffset, bits.length / 2);
      const out = new BigUint64Array(presence.buffer, presence.byteOffset, rows);
      if (ids === null) {
        out.fill(both[0]);
        return;
      }
    }
    for (let row = 0, at = 0; row < rows; row++, at += stride) {
      const from = ids === null ? 0 : ids[row] * stride;
      for (let word = 0; word < stride; word++) presence[at + word] = bits[from + word];
    }
  }

  #layColumn(name: StoredName<R>): void {
    const page = this.#pages.get(name);
    if (page === undefined) return;
    const { rows, columns } = this.#directory!;
    const column = this.#byName[name];
    switch (page.kind) {
      case "addresses":
        layAddresses(
          column as Uint32Array,
          page.dictionary,
          this.codesByRow(this.codes(name)!),
        );
        break;
      case "words": {
        const { words } = page;
        if (words.length === 1) column.fill(words[0], 0, rows);
        else if (!columns[name].byTuple) column.set(words);
        else {
          const each = this.#words;
          const tuples = this.#tuples;
          for (let row = 0; row < rows; row++) each[row] = words[tuples[row]];
          column.set(each.subarray(0, rows));
        }
        break;
      }
      case "integers":
        layIntegers(column as Float64Array, page, rows);
        this.#addTo(column as Float64Array, name);
        break;
      case "doubles":
        (column as Float64Array).set(page.values);
        this.#addTo(column as Float64Array, name);
    }
  }

  /** Makes values of distances. */
  #addTo(column: Float64Array, name: string): void {
    const { rows, columns } = this.#directory!;
    const { plus, minus } = columns[name];
    if (plus === undefined) return;
    const leans = (minus === undefined ? [plus] : [plus, minus]) as StoredName<R>[];
    this.lay(leans);
    const added = this.#byName[plus];
    const taken = minus === undefined ? null : this.#byName[minus];
    for (let row = 0; row < rows; row++) {
      column[row] += taken === null ? added[row] : added[row] - taken[row];
    }
  }
}

function columnsOf<R extends TableField>(table: Table<R>): TableColumns<R> {
  const memory = new ArrayBuffer(tableBytes(table, SEGMENT_ROWS));
  return layTable(table, memory, { offset: 0, capacity: SEGMENT_ROWS });
}

type Integers = UnpackedPage & { readonly kind: "integers" };

function layAddresses(
  column: Uint32Array,
  dictionary: Uint32Array,
  places: Uint16Array | Uint32Array,
): void {
  for (let row = 0, to = 0; row < places.length; row++, to += 4) {
    const from = 4 * places[row];
    column[to] = dictionary[from];
    column[to + 1] = dictionary[from + 1];
    column[to + 2] = dictionary[from + 2];
    column[to + 3] = dictionary[from + 3];
  }
}

function layIntegers(
  column: Float64Array,
  { words, base, step, scale }: Integers,
  rows: number,
): void {
  if (words.length === 1) column.fill((base + words[0] * step) / scale, 0, rows);
  else if (step === 1 && scale === 1) {
    for (let row = 0; row < rows; row++) column[row] = base + words[row];
  } else {
    for (let row = 0; row < rows; row++) column[row] = (base + words[row] * step) / scale;
  }
}
