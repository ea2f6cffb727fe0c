import type { StoredName, Table, TableField } from "../table.ts";
import { decodeNumbers } from "./decode_numbers.ts";
import { decodeWords } from "./decode_words.ts";
import { PageReader } from "./page_reader.ts";
import type { PageRoom } from "./page_room.ts";
import { refusePlaces } from "./refuse_places.ts";
import {
  PRESENCE_PAGE,
  SEGMENT_ROWS,
  type SegmentDirectory,
  STRINGS_PAGE,
  TUPLES_PAGE,
} from "./segment_directory.ts";
import { SegmentFault } from "./segment_fault.ts";
import type { PageContent, UnpackedPage, UnpackedWords } from "./unpacked_page.ts";
import { ZstdUnpacker } from "./zstd_unpacker.ts";

/** Octets of a segment's strings as JSON, at most. */
const MAX_STRING_OCTETS = 16 * 1024 * 1024;

/** Takes the compression off pages. */
export class PageUnpacker<R extends TableField> {
  readonly #table: Table<R>;
  readonly #room: PageRoom;
  readonly #unpacker: ZstdUnpacker;
  readonly #low = new Uint32Array(SEGMENT_ROWS);
  readonly #high = new Uint32Array(SEGMENT_ROWS);

  /**
   * @param table whose rows the segments hold
   * @param room for what pages hold: they are what they are until it is cleared
   */
  constructor(table: Table<R>, room: PageRoom) {
    this.#table = table;
    this.#room = room;
    this.#unpacker = new ZstdUnpacker(room);
  }

  /**
   * Unpacks a page.
   *
   * @param name of the page: a field of the table that has a column, or what is no field's
   * @param octets as they were written: `directory` has their checksum
   * @param directory of the segment
   * @throws {SegmentFault} for what no encoder wrote
   */
  unpack(name: string, octets: Uint8Array, directory: SegmentDirectory): UnpackedPage {
    const page = new PageReader(octets, { room: this.#room, unpacker: this.#unpacker });
    const unpacked = this.#unpack(name, page, directory);
    page.end();
    return { ...unpacked, key: {} };
  }

  #unpack(name: string, page: PageReader, directory: SegmentDirectory): PageContent {
    const { rows, tuples } = directory;
    switch (name) {
      case PRESENCE_PAGE:
        return this.#presence(page, directory);
      case TUPLES_PAGE:
        return { kind: "words", words: this.#places(page, { length: rows, of: tuples }) };
      case STRINGS_PAGE:
        return { kind: "texts", texts: readStrings(page) };
    }
    const length = directory.columns[name].byTuple ? tuples : rows;
    switch (this.#table.stored[this.#table.presenceBit(name as StoredName<R>)].storage) {
      case "address":
        return this.#addresses(page, length, directory);
      case "f64":
      case "time":
      case "mac":
        return this.#numbers(page, rows);
      default:
        return { kind: "words", words: this.#words(page, length) };
    }
  }

  #words(page: PageReader, length: number): UnpackedWords {
    const words = this.#low.subarray(0, length);
    decodeWords(page, words);
    return this.#narrow(words);
  }

  /** Places in a list of so many; as many as rows there may be at most, so that 16 bits hold them. */
  #places(page: PageReader, { length, of }: { length: number; of: number }): Uint16Array {
    const places = this.#low.subarray(0, length);
    decodeWords(page, places);
    refusePlaces(places, of);
    const kept = this.#room.take(Uint16Array, length);
    kept.set(places);
    return kept;
  }

  #presence(page: PageReader, { rows, fields }: SegmentDirectory): PageContent {
    const count = page.u32();
    if (count > rows) throw new SegmentFault(`${count} patterns of ${rows} rows`);
    const stored = Math.ceil(fields.length / 32);
    const patterns = this.#room.take(Uint32Array, stored * count);
    for (let word = 0; word < stored; word++) {
      decodeWords(page, patterns.subarray(word * count, (word + 1) * count));
    }
    const ids = this.#places(page, { length: rows, of: count });
    const bits = this.#nowBits(patterns, { count, fields });
    return { kind: "presence", bits, ids: count === 1 ? null : ids };
  }

  /** Patterns by the bits that fields have now: the table may have grown since. */
  #nowBits(
    patterns: Uint32Array,
    { count, fields }: { count: number; fields: readonly string[] },
  ): Uint32Array {
    const stride = this.#table.presenceWords;
    const bits = this.#room.take(Uint32Array, count * stride).fill(0);
    const known = new Set<string>(this.#table.stored.map(({ name }) => name));
    fields.forEach((name, bit) => {
      if (!known.has(name)) return;
      const now = this.#table.presenceBit(name as StoredName<R>);
      const from = (bit >> 5) * count;
      for (let id = 0; id < count; id++) {
        const set = (patterns[from + id] >>> (bit & 31)) & 1;
        bits[id * stride + (now >> 5)] |= set << (now & 31);
      }
    });
    return bits;
  }

  #numbers(page: PageReader, length: number): PageContent {
    const low = this.#low.subarray(0, length);
    const high = this.#high.subarray(0, length);
    const numbers = decodeNumbers(page, length, { low, high });
    return numbers instanceof Float64Array
      ? { kind: "doubles", values: numbers }
      : { kind: "integers", ...numbers, words: this.#narrow(low) };
  }

  #addresses(page: PageReader, length: number, { rows }: SegmentDirectory): PageContent {
    const count = page.u32();
    if (count > rows) throw new SegmentFault(`${count} addresses of ${rows} rows`);
    const dictionary = this.#room.take(Uint32Array, 4 * count);
    const words = this.#high.subarray(0, count);
    for (let word = 0; word < 4; word++) {
      decodeWords(page, words);
      for (let place = 0; place < count; place++) dictionary[4 * place + word] = words[place];
    }
    return { kind: "addresses", dictionary, places: this.#places(page, { length, of: count }) };
  }

  /** Copies words into as few octets as hold them. */
  #narrow(words: Uint32Array): UnpackedWords {
    const first = words[0];
    let all = 0;
    let differ = 0;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      all |= word;
      differ |= word ^ first;
    }
    const length = differ === 0 ? Math.min(1, words.length) : words.length;
    const kept = this.#room.take<UnpackedWords>(
      all >>> 16 === 0 ? Uint16Array : Uint32Array,
      length,
    );
    kept.set(words.subarray(0, length));
    return kept;
  }
}

function readStrings(page: PageReader): (string | null)[] {
  const length = page.u32();
  if (length > MAX_STRING_OCTETS) throw new SegmentFault(`strings of ${length} octets`);
  const texts: unknown = JSON.parse(new TextDecoder().decode(page.block(length)));
  const sound = Array.isArray(texts) &&
    texts.every((text) => typeof text === "string" || text === null);
  if (sound) return texts;
  throw new SegmentFault("strings are none");
}
