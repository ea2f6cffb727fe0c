import { crc32 } from "node:zlib";
import type { StoredName, Table, TableField } from "../table.ts";
import { type Column, layTable, tableBytes, type TableColumns } from "../table_columns.ts";
import { decodeNumbers } from "./decode_numbers.ts";
import { decodeWords } from "./decode_words.ts";
import { PageReader } from "./page_reader.ts";
import {
  PRESENCE_PAGE,
  SEGMENT_ROWS,
  type SegmentDirectory,
  STRINGS_PAGE,
  TUPLES_PAGE,
} from "./segment_directory.ts";
import { SegmentFault } from "./segment_fault.ts";
import type { Texts } from "../texts.ts";

/** Octets of a segment's strings as JSON, at most. */
const MAX_STRING_OCTETS = 16 * 1024 * 1024;

/** Rows of a segment as a block of a ring's columns. */
export interface DecodedSegment<R extends TableField, F extends StoredName<R>> {
  readonly rows: number;
  /** Rows 0 to `rows`; valid until the decoder's next call. */
  readonly columns: Pick<TableColumns<R>, F | "presence">;
  /** Of the string ids, where a string field was asked for. */
  readonly texts: Texts;
  readonly codes: RowCodes;
}

/**
 * Numbers by row, below SEGMENT_ROWS, by field of addresses and, under TUPLES_PAGE, for all fields of
 * TUPLE_COLUMNS together: rows of one number that have the fields have the same in them. Of another
 * segment the numbers are others, and so is this.
 */
export type RowCodes = ReadonlyMap<string, Uint32Array>;

/** The pages of a segment that were read, by name; those in its directory need not be among them. */
export type Pages = ReadonlyMap<string, Uint8Array>;

/** Turns segments into blocks, of the columns that are needed; its memory serves for all of them. */
export class SegmentDecoder<R extends TableField> {
  readonly #table: Table<R>;
  readonly #columns: Readonly<Record<string, Column>>;
  readonly #low = new Uint32Array(SEGMENT_ROWS);
  readonly #high = new Uint32Array(SEGMENT_ROWS);
  readonly #tuples = new Uint32Array(SEGMENT_ROWS);
  readonly #words = new Uint32Array(4 * SEGMENT_ROWS);
  readonly #addresses = new Uint32Array(4 * SEGMENT_ROWS);
  /** Room for codes, by field. */
  readonly #codes = new Map<string, Uint32Array>();

  /** @param table whose rows; memory is taken as it is used */
  constructor(table: Table<R>) {
    this.#table = table;
    const memory = new ArrayBuffer(tableBytes(table, SEGMENT_ROWS));
    this.#columns = layTable(table, memory, {
      offset: 0,
      capacity: SEGMENT_ROWS,
    }) as unknown as Readonly<Record<string, Column>>;
  }

  /**
   * The pages that must be read for some fields: those that stand outside the directory.
   *
   * @param directory of the segment
   * @param fields wanted
   */
  pagesFor(directory: SegmentDirectory, fields: readonly StoredName<R>[]): string[] {
    const names = new Set<string>([PRESENCE_PAGE]);
    for (const name of this.#inOrder(directory, fields)) {
      names.add(name);
      if (directory.columns[name].byTuple) names.add(TUPLES_PAGE);
      if (this.#storage(name) === "string") names.add(STRINGS_PAGE);
    }
    return [...names].filter((name) => directory.pages[name]?.inline === undefined);
  }

  /**
   * Decodes columns. A field that no row has keeps what lay in its column: no presence bit is set.
   *
   * @param directory of the segment
   * @param fields wanted
   * @param pages at least those of `pagesFor`
   * @returns the block, or what is wrong with the segment
   */
  decode<F extends StoredName<R>>(
    directory: SegmentDirectory,
    fields: readonly F[],
    pages: Pages,
  ): DecodedSegment<R, F> | SegmentFault {
    try {
      return this.#decode(directory, fields, pages);
    } catch (error) {
      // Whatever a page can be made to hold is a fault of the page.
      return error instanceof SegmentFault ? error : new SegmentFault((error as Error).message);
    }
  }

  #decode<F extends StoredName<R>>(
    directory: SegmentDirectory,
    fields: readonly F[],
    pages: Pages,
  ): DecodedSegment<R, F> {
    const { rows } = directory;
    const open = (name: string) => new PageReader(pageOf(directory, name, pages));
    this.#readPresence(open(PRESENCE_PAGE), directory);
    const names = this.#inOrder(directory, fields);
    const codes = new Map<string, Uint32Array>();
    if (names.some((name) => directory.columns[name].byTuple)) {
      whole(open(TUPLES_PAGE), (page) => decodeWords(page, this.#tuples.subarray(0, rows)));
      refuseAbove(this.#tuples.subarray(0, rows), directory.tuples);
      codes.set(TUPLES_PAGE, this.#tuples);
    }
    for (const name of names) {
      whole(open(name), (page) => this.#readColumn(page, name, directory));
      if (this.#storage(name) === "address") codes.set(name, this.#codesOf(name));
    }
    const strings = names.some((name) => this.#storage(name) === "string");
    const texts = strings ? readStrings(open(STRINGS_PAGE)) : [];
    return {
      rows,
      columns: this.#columns as unknown as Pick<TableColumns<R>, F | "presence">,
      texts: { text: (id) => texts[id] ?? null },
      codes,
    };
  }

  /** The columns that are needed and there, after those that they lean on. */
  #inOrder(directory: SegmentDirectory, fields: readonly string[]): string[] {
    const names: string[] = [];
    const add = (name: string, depth: number) => {
      if (!Object.hasOwn(directory.columns, name)) return;
      const entry = directory.columns[name];
      if (
        !Object.hasOwn(this.#columns, name) || name === "presence" || names.includes(name) ||
        depth > 4
      ) {
        return;
      }
      for (const lean of [entry.plus, entry.minus]) if (lean !== undefined) add(lean, depth + 1);
      names.push(name);
    };
    for (const name of fields) add(name, 0);
    return names;
  }

  #storage(name: string): string {
    return this.#table.stored[this.#table.presenceBit(name as StoredName<R>)].storage;
  }

  #readPresence(page: PageReader, { rows, fields }: SegmentDirectory): void {
    const count = page.u32();
    if (count > rows) throw new SegmentFault(`${count} patterns of ${rows} rows`);
    const stored = Math.ceil(fields.length / 32);
    const patterns = this.#words.subarray(0, stored * count);
    for (let word = 0; word < stored; word++) {
      decodeWords(page, patterns.subarray(word * count, (word + 1) * count));
    }
    const ids = this.#low.subarray(0, rows);
    decodeWords(page, ids);
    page.end();
    const stride = this.#table.presenceWords;
    const bits = this.#nowBits(patterns, { count, fields });
    const presence = this.#columns.presence;
    if (stride === 2 && count === 1) {
      // Mostly all rows know the same fields.
      const { buffer, byteOffset } = presence;
      const [both] = new BigUint64Array(bits.buffer, bits.byteOffset, 1);
      new BigUint64Array(buffer, byteOffset, rows).fill(both);
    } else if (stride === 2) {
      let largest = 0;
      for (let row = 0; row < rows; row++) {
        const id = ids[row];
        if (id > largest) largest = id;
        const from = 2 * id;
        presence[2 * row] = bits[from];
        presence[2 * row + 1] = bits[from + 1];
      }
      if (largest >= count) throw new SegmentFault(`pattern ${largest} of ${count}`);
    } else {
      refuseAbove(ids, count);
      for (let row = 0; row < rows; row++) {
        for (let word = 0; word < stride; word++) {
          presence[row * stride + word] = bits[ids[row] * stride + word];
        }
      }
    }
  }

  /** Patterns by the bits that fields have now: the table may have grown since. */
  #nowBits(
    patterns: Uint32Array,
    { count, fields }: { count: number; fields: readonly string[] },
  ): Uint32Array {
    const stride = this.#table.presenceWords;
    const bits = new Uint32Array(count * stride);
    fields.forEach((name, bit) => {
      if (!Object.hasOwn(this.#columns, name) || name === "presence") return;
      const now = this.#table.presenceBit(name as StoredName<R>);
      const from = (bit >> 5) * count;
      for (let id = 0; id < count; id++) {
        const set = (patterns[from + id] >>> (bit & 31)) & 1;
        bits[id * stride + (now >> 5)] |= set << (now & 31);
      }
    });
    return bits;
  }

  #readColumn(page: PageReader, name: string, directory: SegmentDirectory): void {
    const { rows } = directory;
    const column = this.#columns[name];
    if (this.#storage(name) === "address") {
      this.#readAddresses(page, column as Uint32Array, { name, directory });
    } else if (column instanceof Float64Array) {
      decodeNumbers(page, column.subarray(0, rows), { low: this.#low, high: this.#high });
      this.#addTo(column, directory, name);
    } else {
      const words = this.#readList(page, { name, directory });
      column.set(words);
    }
  }

  /** A word a row, of a list that has one a row or one a tuple. */
  #readList(
    page: PageReader,
    { name, directory }: { name: string; directory: SegmentDirectory },
  ): Uint32Array {
    const { rows, tuples, columns } = directory;
    const words = this.#low.subarray(0, rows);
    if (!columns[name].byTuple) {
      decodeWords(page, words);
      return words;
    }
    const each = this.#high.subarray(0, tuples);
    decodeWords(page, each);
    const ids = this.#tuples;
    for (let row = 0; row < rows; row++) words[row] = each[ids[row]];
    return words;
  }

  #readAddresses(
    page: PageReader,
    column: Uint32Array,
    { name, directory }: { name: string; directory: SegmentDirectory },
  ): void {
    const count = page.u32();
    if (count > directory.rows) throw new SegmentFault(`${count} addresses in ${name}`);
    const dictionary = this.#words;
    for (let word = 0; word < 4; word++) {
      decodeWords(page, dictionary.subarray(word * count, (word + 1) * count));
    }
    const { byTuple } = directory.columns[name];
    const codes = this.#codesOf(name);
    const ids = byTuple
      ? this.#low.subarray(0, directory.tuples)
      : codes.subarray(0, directory.rows);
    decodeWords(page, ids);
    // Once a tuple, where they are kept so: its words then lie side by side for its rows.
    const addresses = byTuple ? this.#addresses : column;
    const [b, c, d] = [count, 2 * count, 3 * count];
    let largest = 0;
    for (let place = 0, at = 0; place < ids.length; place++, at += 4) {
      const id = ids[place];
      if (id > largest) largest = id;
      addresses[at] = dictionary[id];
      addresses[at + 1] = dictionary[b + id];
      addresses[at + 2] = dictionary[c + id];
      addresses[at + 3] = dictionary[d + id];
    }
    if (ids.length > 0 && largest >= count) throw new SegmentFault(`place ${largest} of ${count}`);
    if (!byTuple) return;
    const tuples = this.#tuples;
    for (let row = 0, at = 0; row < directory.rows; row++, at += 4) {
      const tuple = tuples[row];
      codes[row] = ids[tuple];
      const from = 4 * tuple;
      column[at] = addresses[from];
      column[at + 1] = addresses[from + 1];
      column[at + 2] = addresses[from + 2];
      column[at + 3] = addresses[from + 3];
    }
  }

  #codesOf(name: string): Uint32Array {
    let codes = this.#codes.get(name);
    if (codes === undefined) this.#codes.set(name, codes = new Uint32Array(SEGMENT_ROWS));
    return codes;
  }

  /** Makes values of distances. */
  #addTo(column: Float64Array, { rows, columns }: SegmentDirectory, name: string): void {
    const { plus, minus } = columns[name];
    if (plus === undefined) return;
    const added = this.#columns[plus];
    const taken = minus === undefined ? null : this.#columns[minus];
    for (const lean of [added, taken]) {
      if (lean !== null && !(lean instanceof Float64Array)) {
        throw new SegmentFault(`${name} leans on what is no number`);
      }
    }
    for (let row = 0; row < rows; row++) {
      column[row] += taken === null ? added[row] : added[row] - taken[row];
    }
  }
}

/** The octets of a page, checked. */
function pageOf(directory: SegmentDirectory, name: string, pages: Pages): Uint8Array {
  const entry = directory.pages[name];
  const octets = entry?.inline === undefined
    ? pages.get(name)
    : Uint8Array.fromBase64(entry.inline);
  if (entry === undefined || octets === undefined) {
    throw new SegmentFault(`page ${name} is missing`);
  }
  if (octets.length !== entry.octets || crc32(octets) !== entry.checksum) {
    throw new SegmentFault(`page ${name} is not as it was written`);
  }
  return octets;
}

/** Reads a page to its end, and not beyond. */
function whole(page: PageReader, read: (page: PageReader) => void): void {
  read(page);
  page.end();
}

function refuseAbove(ids: Uint32Array, count: number): void {
  let largest = 0;
  for (let row = 0; row < ids.length; row++) if (ids[row] > largest) largest = ids[row];
  if (ids.length > 0 && largest >= count) throw new SegmentFault(`place ${largest} of ${count}`);
}

function readStrings(page: PageReader): (string | null)[] {
  const length = page.u32();
  if (length > MAX_STRING_OCTETS) throw new SegmentFault(`strings of ${length} octets`);
  const texts: unknown = JSON.parse(new TextDecoder().decode(page.block(length)));
  page.end();
  const sound = Array.isArray(texts) &&
    texts.every((text) => typeof text === "string" || text === null);
  if (sound) return texts;
  throw new SegmentFault("strings are none");
}
