import { crc32 } from "node:zlib";
import type { StoredName, Table, TableField } from "../table.ts";
import type { TableColumns } from "../table_columns.ts";
import type { Texts } from "../texts.ts";
import { PageRoom } from "./page_room.ts";
import { PageUnpacker } from "./page_unpacker.ts";
import {
  PRESENCE_PAGE,
  type SegmentDirectory,
  STRINGS_PAGE,
  TUPLES_PAGE,
} from "./segment_directory.ts";
import { SegmentFault } from "./segment_fault.ts";
import { SegmentRows } from "./segment_rows.ts";
import type { UnpackedPage, UnpackedPages } from "./unpacked_page.ts";

/** Rows of a segment as a block of a ring's columns. */
export interface DecodedSegment<R extends TableField, F extends StoredName<R>> {
  readonly rows: number;
  /** Rows 0 to `rows`; valid until the decoder's next call. */
  readonly columns: Pick<TableColumns<R>, F | "presence">;
  /** Of the string ids, where a string field was asked for. */
  readonly texts: Texts;
  /** The pages that were not unpacked before; valid as long as the columns, to be copied for longer. */
  readonly fresh: UnpackedPages;
}

/** The pages of a segment that were read, by name; those in its directory need not be among them. */
export type Pages = ReadonlyMap<string, Uint8Array>;

/** Turns segments into blocks, of the columns that are needed; its memory serves for all of them. */
export class SegmentDecoder<R extends TableField> {
  /** Of the segment that was opened last. */
  readonly rows: SegmentRows<R>;
  readonly #room = new PageRoom();
  readonly #unpacker: PageUnpacker<R>;
  readonly #stored: ReadonlyMap<string, string>;

  /** @param table whose rows; memory is taken as it is used */
  constructor(table: Table<R>) {
    this.#unpacker = new PageUnpacker(table, this.#room);
    this.#stored = new Map(table.stored.map(({ name, storage }) => [name, storage]));
    this.rows = new SegmentRows(table);
  }

  /**
   * The pages that must be read for some fields: those that stand outside the directory.
   *
   * @param directory of the segment
   * @param fields wanted
   * @param unpacked what is there already
   */
  pagesFor(
    directory: SegmentDirectory,
    fields: readonly StoredName<R>[],
    unpacked?: UnpackedPages,
  ): string[] {
    return [...this.#pageNames(directory, fields)].filter((name) =>
      unpacked?.has(name) !== true && directory.pages[name]?.inline === undefined
    );
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
    const opened = this.open(directory, fields, { pages, unpacked: new Map() });
    if (!(opened instanceof SegmentFault)) this.rows.lay(["presence", ...fields]);
    return opened;
  }

  /**
   * Makes columns ready to be laid out in `rows`.
   *
   * @param directory of the segment
   * @param fields that may be laid out then
   * @param from `pages` of `pagesFor`, and what is `unpacked` already
   * @returns the block, none of whose columns has been laid out, or what is wrong with the segment
   */
  open<F extends StoredName<R>>(
    directory: SegmentDirectory,
    fields: readonly F[],
    { pages, unpacked }: { pages: Pages; unpacked: UnpackedPages },
  ): DecodedSegment<R, F> | SegmentFault {
    this.#room.clear();
    const fresh = new Map<string, UnpackedPage>();
    try {
      for (const name of this.#pageNames(directory, fields)) {
        if (unpacked.has(name)) continue;
        const octets = pageOf(directory, name, pages);
        fresh.set(name, this.#unpacker.unpack(name, octets, directory));
      }
      for (const name of this.#inOrder(directory, fields)) this.#checkLeans(directory, name);
    } catch (error) {
      // Whatever a page can be made to hold is a fault of the page.
      return error instanceof SegmentFault ? error : new SegmentFault((error as Error).message);
    }
    const all = fresh.size === 0 ? unpacked : new Map([...unpacked, ...fresh]);
    this.rows.open(directory, all);
    const strings = all.get(STRINGS_PAGE);
    const texts = strings?.kind === "texts" ? strings.texts : [];
    return {
      rows: directory.rows,
      columns: this.rows.columns,
      texts: { text: (id) => texts[id] ?? null },
      fresh,
    };
  }

  #pageNames(directory: SegmentDirectory, fields: readonly StoredName<R>[]): Set<string> {
    const names = new Set<string>([PRESENCE_PAGE]);
    for (const name of this.#inOrder(directory, fields)) {
      names.add(name);
      if (directory.columns[name].byTuple) names.add(TUPLES_PAGE);
      if (this.#stored.get(name) === "string") names.add(STRINGS_PAGE);
    }
    return names;
  }

  /** The columns that are needed and there, after those that they lean on. */
  #inOrder(directory: SegmentDirectory, fields: readonly string[]): Set<string> {
    const names = new Set<string>();
    const add = (name: string, depth: number) => {
      if (!Object.hasOwn(directory.columns, name) || !this.#stored.has(name)) return;
      if (names.has(name) || depth > 4) return;
      const { plus, minus } = directory.columns[name];
      for (const lean of [plus, minus]) if (lean !== undefined) add(lean, depth + 1);
      names.add(name);
    };
    for (const name of fields) add(name, 0);
    return names;
  }

  /** @throws {SegmentFault} where a column is the distance from what is no number, or not there */
  #checkLeans({ columns }: SegmentDirectory, name: string): void {
    const { plus, minus } = columns[name];
    for (const lean of [plus, minus]) {
      if (lean === undefined) continue;
      const storage = Object.hasOwn(columns, lean) ? this.#stored.get(lean) : undefined;
      if (storage !== "time" && storage !== "f64" && storage !== "mac") {
        throw new SegmentFault(`${name} leans on what is no number`);
      }
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
