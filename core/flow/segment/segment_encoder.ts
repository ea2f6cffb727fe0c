import { crc32 } from "node:zlib";
import type { StoredName, Table, TableField } from "../table.ts";
import type { Column } from "../table_columns.ts";
import { type Derived, DERIVED_COLUMNS, TUPLE_COLUMNS } from "./derived_columns.ts";
import { encodeNumbers } from "./encode_numbers.ts";
import { followTuples } from "./follow_tuples.ts";
import { PageWriter } from "./page_writer.ts";
import type { RowCopy } from "./row_copy.ts";
import { RowIndexer } from "./row_indexer.ts";
import { RowPatterns } from "./row_patterns.ts";
import {
  type ColumnEntry,
  packDirectory,
  type PageEntry,
  PRESENCE_PAGE,
  SEGMENT_ROWS,
  SEGMENT_VERSION,
  STRINGS_PAGE,
  TUPLES_PAGE,
} from "./segment_directory.ts";
import type { Texts } from "../texts.ts";
import { measureWords, WordEncoder } from "./word_encoder.ts";

/** Pages up to so many octets stand in the directory. */
const INLINE_OCTETS = 512;
/** Tuples are kept apart where they are at most this part of the rows. */
const TUPLE_PART = 0.6;

/** A segment as it is stored. */
export interface EncodedSegment {
  readonly rows: number;
  /** For `openDirectory`. */
  readonly directory: Uint8Array;
  /** Pages that are read one by one, by name. */
  readonly pages: ReadonlyMap<string, Uint8Array>;
  /** Octets of all of it. */
  readonly octets: number;
}

/** Turns blocks of rows into segments; its working memory serves for all of them. */
export class SegmentEncoder<R extends TableField> {
  readonly #table: Table<R>;
  readonly #fields: readonly string[];
  readonly #page = new PageWriter();
  readonly #indexer: RowIndexer;
  readonly #words: WordEncoder;
  readonly #patterns: RowPatterns;
  readonly #tuples = room();
  readonly #addresses: Readonly<Record<string, ReturnType<typeof room> & { count: number }>>;
  readonly #keys = new Uint32Array(3 * SEGMENT_ROWS);
  readonly #column = new Uint32Array(SEGMENT_ROWS);
  readonly #spare = new Uint32Array(SEGMENT_ROWS);
  readonly #distances = new Float64Array(SEGMENT_ROWS);
  readonly #seen = new Uint8Array(SEGMENT_ROWS);
  readonly #stringIds = new Int32Array(65_536);
  #strings: (string | null)[] = [];
  #rows = 0;
  /** 0 while tuples are not kept apart. */
  #tupleCount = 0;
  #columns: Record<string, ColumnEntry> = {};
  #entries: Record<string, PageEntry> = {};
  #pages = new Map<string, Uint8Array>();

  /** @param table whose rows, and `seed` by chance for hashing */
  constructor(table: Table<R>, { seed }: { seed: number }) {
    this.#table = table;
    this.#fields = table.stored.map(({ name }) => name);
    this.#indexer = new RowIndexer(seed);
    this.#words = new WordEncoder({ maxWords: SEGMENT_ROWS, indexer: this.#indexer });
    this.#patterns = new RowPatterns({
      stride: table.presenceWords,
      indexer: this.#indexer,
      words: this.#words,
    });
    this.#addresses = Object.fromEntries(
      table.stored.filter(({ storage }) => storage === "address")
        .map(({ name }) => [name, { ...room(), count: 0 }]),
    );
  }

  /**
   * Encodes rows.
   *
   * @param copy holds the rows; what it holds of absent values is overwritten
   * @param rows how many, 1 to SEGMENT_ROWS
   * @param texts of the string ids
   */
  encode(copy: RowCopy<R>, rows: number, texts: Texts): EncodedSegment {
    this.#begin(rows);
    const columns = copy.columns as unknown as Readonly<Record<string, Column>>;
    this.#patterns.find(columns.presence as Uint32Array, rows);
    this.#patterns.write(this.#page);
    this.#endPage(PRESENCE_PAGE);
    const counts = this.#patterns.counts(this.#fields.length);
    const held = this.#table.stored.map(({ name, storage }, bit) => ({
      name: name as string,
      storage,
      bit,
      present: counts[bit],
    })).filter(({ present }) => present > 0);
    for (const { name, storage, bit } of held) {
      if (storage === "address") this.#numberAddresses(name, columns[name] as Uint32Array, bit);
    }
    this.#writeTuples(columns, new Set(held.map(({ name }) => name)));
    const derived = new Map(DERIVED_COLUMNS.map((one, place) => [one.name, { ...one, place }]));
    const place = (name: string) => derived.get(name)?.place ?? -1;
    const written = new Set<string>();
    for (const field of held.toSorted((a, b) => place(a.name) - place(b.name))) {
      const column = columns[field.name];
      if (field.storage === "address") this.#writeAddresses(field, column as Uint32Array);
      else if (column instanceof Float64Array) {
        const lean = derived.get(field.name);
        const known = lean !== undefined && written.has(lean.plus) &&
          (lean.minus === undefined || written.has(lean.minus));
        this.#writeNumbers(field, columns, known ? lean : undefined);
      } else this.#writeWords(field, column as Uint32Array, texts);
      written.add(field.name);
    }
    this.#writeStrings();
    return this.#finish();
  }

  /**
   * What the rows that were encoded last have in a column of addresses, by number: the same number for
   * the same address.
   *
   * @param name of the column
   * @param start the first row whose number is wanted
   * @returns below SEGMENT_ROWS, and of a row without the field any; null where no row has it. Holds
   *   until rows are encoded again
   */
  addressNumbers(name: StoredName<R>, start: number): Uint32Array | null {
    const { ids, count } = this.#addresses[name];
    return count === 0 ? null : ids.subarray(start, this.#rows);
  }

  #begin(rows: number): void {
    this.#rows = rows;
    for (const address of Object.values(this.#addresses)) address.count = 0;
    this.#tupleCount = 0;
    this.#columns = {};
    this.#entries = {};
    this.#pages = new Map();
    this.#strings = [];
    this.#stringIds.fill(-1);
  }

  #finish(): EncodedSegment {
    const directory = packDirectory({
      version: SEGMENT_VERSION,
      rows: this.#rows,
      tuples: this.#tupleCount,
      fields: this.#fields,
      columns: this.#columns,
      pages: this.#entries,
    });
    const pages = this.#pages;
    const octets = [...pages.values()].reduce((sum, { length }) => sum + length, directory.length);
    return { rows: this.#rows, directory, pages, octets };
  }

  #endPage(name: string): void {
    const octets = this.#page.take();
    const entry = { octets: octets.length, checksum: crc32(octets) };
    if (octets.length <= INLINE_OCTETS) {
      this.#entries[name] = { ...entry, inline: octets.toBase64() };
    } else {
      this.#entries[name] = entry;
      this.#pages.set(name, octets);
    }
  }

  #numberAddresses(name: string, column: Uint32Array, bit: number): void {
    this.#patterns.fillAbsent(column, bit, 4);
    const into = this.#addresses[name];
    into.count = this.#indexer.number(column, { stride: 4, rows: this.#rows }, into);
  }

  /** Numbers the tuples; keeps them apart where they come again. */
  #writeTuples(columns: Readonly<Record<string, Column>>, held: ReadonlySet<string>): void {
    const { addresses, words } = TUPLE_COLUMNS;
    if (![...addresses, ...words].every((name) => held.has(name))) return;
    const rows = this.#rows;
    const [sources, targets] = addresses.map((name) => this.#addresses[name].ids);
    for (const name of words) {
      const bit = this.#table.presenceBit(name as StoredName<R>);
      const column = columns[name];
      const has = this.#patterns.having(bit);
      if (has === null) continue;
      for (let row = 0; row < rows; row++) if (has[this.#patterns.ids[row]] === 0) column[row] = 0;
    }
    const [sourcePorts, targetPorts, protocols] = words.map((name) => columns[name]);
    const keys = this.#keys;
    for (let row = 0, at = 0; row < rows; row++, at += 3) {
      keys[at] = sources[row] | targets[row] << 16;
      keys[at + 1] = sourcePorts[row] | targetPorts[row] << 16;
      keys[at + 2] = protocols[row];
    }
    const most = Math.floor(rows * TUPLE_PART);
    const count = most < 1
      ? -1
      : this.#indexer.number(keys, { stride: 3, rows }, this.#tuples, most);
    if (count < 0) return;
    this.#tupleCount = count;
    this.#words.write(this.#page, this.#tuples.ids.subarray(0, rows));
    this.#endPage(TUPLES_PAGE);
  }

  #writeAddresses({ name, bit, present }: Held, column: Uint32Array): void {
    const { ids, firsts, count } = this.#addresses[name];
    const page = this.#page;
    const words = this.#spare.subarray(0, count);
    const min: number[] = [];
    const max: number[] = [];
    let [least, largest] = [firsts[0], firsts[0]];
    for (let id = 1; id < count; id++) {
      if (compare(column, firsts[id], least) < 0) least = firsts[id];
      if (compare(column, firsts[id], largest) > 0) largest = firsts[id];
    }
    page.u32(count);
    for (let word = 0; word < 4; word++) {
      for (let id = 0; id < count; id++) words[id] = column[4 * firsts[id] + word];
      this.#words.write(page, words);
      min.push(column[4 * least + word]);
      max.push(column[4 * largest + word]);
    }
    const { byTuple } = this.#writeList(ids.subarray(0, this.#rows), bit);
    this.#columns[name] = { present, min, max, distinct: count, ...byTuple && { byTuple } };
    this.#endPage(name);
  }

  #writeWords({ name, storage, bit, present }: Held, column: Uint32Array, texts: Texts): void {
    const rows = this.#column.subarray(0, this.#rows);
    rows.set(column.subarray(0, this.#rows));
    this.#patterns.fillAbsent(rows, bit);
    if (storage === "string") this.#localise(rows, texts);
    const { byTuple, min, max, distinct } = this.#writeList(rows, bit);
    this.#columns[name] = {
      present,
      ...storage === "string" ? {} : { min, max },
      ...distinct !== null && { distinct },
      ...byTuple && { byTuple },
    };
    this.#endPage(name);
  }

  /** Writes a list of a word a row, or a word a tuple where that says all and takes less. */
  #writeList(rows: Uint32Array, bit: number) {
    const words = this.#words;
    const alike = rows[0] === rows[rows.length >> 1] && rows[0] === rows[rows.length - 1];
    // A look at all of them, but for lists that following their tuples looks at as well.
    let measured = alike ? measureWords(rows) : null;
    const tuples = this.#spare.subarray(0, this.#tupleCount);
    const has = this.#patterns.having(bit);
    const runs = tuples.length === 0 || measured?.runs === 1 ? null : followTuples(rows, {
      ...this.#tuples,
      words: tuples,
      seen: this.#seen,
      has,
      patterns: this.#patterns.ids,
    });
    if (runs === null) {
      const byRow = words.plan(rows, measured ?? undefined);
      words.write(this.#page, rows, byRow);
      return { ...byRow, byTuple: undefined };
    }
    const ofTuples = measureWords(tuples);
    // Tuples of which no row has a word have one that no row has.
    if (has === null) measured ??= { ...ofTuples, runs };
    const byRow = words.plan(rows, measured ?? undefined);
    const byTuple = words.plan(tuples, ofTuples);
    if (byTuple.octets < byRow.octets) {
      words.write(this.#page, tuples, byTuple);
      return { ...byRow, byTuple: true as const };
    }
    words.write(this.#page, rows, byRow);
    return { ...byRow, byTuple: undefined };
  }

  #writeNumbers(
    { name, bit, present }: Held,
    columns: Readonly<Record<string, Column>>,
    derived: Derived | undefined,
  ): void {
    const values = (columns[name] as Float64Array).subarray(0, this.#rows);
    this.#patterns.fillAbsent(values, bit);
    const tools = { words: this.#words, low: this.#column, high: this.#spare };
    const leaned = derived !== undefined && this.#distance(values, columns, derived);
    const written = leaned ? this.#distances.subarray(0, this.#rows) : values;
    encodeNumbers(this.#page, written, tools);
    this.#endPage(name);
    const entry: ColumnEntry = { present, ...extent(values) };
    if (!leaned) this.#columns[name] = entry;
    else {
      const { plus, minus } = derived;
      this.#columns[name] = { ...entry, plus, ...minus === undefined ? {} : { minus } };
    }
  }

  /** Works out distances; false where a value would not come back from one. */
  #distance(
    values: Float64Array,
    columns: Readonly<Record<string, Column>>,
    { plus, minus }: Derived,
  ): boolean {
    const added = columns[plus];
    const taken = minus === undefined ? null : columns[minus];
    const distances = this.#distances;
    for (let row = 0; row < values.length; row++) {
      const base = taken === null ? added[row] : added[row] - taken[row];
      const distance = values[row] - base;
      if (base + distance !== values[row] || values[row] === 0 && 1 / values[row] < 0) return false;
      distances[row] = distance;
    }
    return true;
  }

  /** Turns the collector's string ids into those of the segment. */
  #localise(rows: Uint32Array, texts: Texts): void {
    const ids = this.#stringIds;
    for (let row = 0; row < rows.length; row++) {
      const id = rows[row];
      if (ids[id] < 0) {
        ids[id] = this.#strings.length;
        this.#strings.push(texts.text(id));
      }
      rows[row] = ids[id];
    }
  }

  #writeStrings(): void {
    if (this.#strings.length === 0) return;
    const json = new TextEncoder().encode(JSON.stringify(this.#strings));
    this.#page.u32(json.length);
    this.#page.block(json);
    this.#endPage(STRINGS_PAGE);
  }
}

/** A field that some row has. */
interface Held {
  readonly name: string;
  readonly storage: string;
  readonly bit: number;
  readonly present: number;
}

function room(): { ids: Uint32Array; firsts: Uint32Array } {
  return { ids: new Uint32Array(SEGMENT_ROWS), firsts: new Uint32Array(SEGMENT_ROWS) };
}

function compare(addresses: Uint32Array, a: number, b: number): number {
  for (let word = 0; word < 4; word++) {
    const difference = addresses[4 * a + word] - addresses[4 * b + word];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Least and largest; nothing where not all are finite. */
function extent(values: Float64Array): { min: number; max: number } | Record<never, never> {
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value - value === 0)) return {};
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
