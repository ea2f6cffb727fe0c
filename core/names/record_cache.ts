import { MmdbError, type MmdbReader, type MmdbValue } from "./mmdb_reader.ts";

/** Records of a database whose meaning is kept; many addresses share one, and there are some 80,000 systems. */
const MAX_CACHED = 131_072;

/** What the records of a database mean, each worked out when it is first met. */
export class RecordCache<T> {
  readonly reader: MmdbReader;
  readonly #meaningOf: (record: MmdbValue) => T | null;
  readonly #known = new Map<number, T | null>();

  /**
   * @param reader of the database
   * @param meaningOf what a record says
   */
  constructor(reader: MmdbReader, meaningOf: (record: MmdbValue) => T | null) {
    this.reader = reader;
    this.#meaningOf = meaningOf;
  }

  /** What the database says of an address; null for nothing. */
  find(words: Uint32Array, at = 0): T | null {
    const offset = this.reader.find(words, at);
    return offset < 0 ? null : this.read(offset);
  }

  /** What a record says; null for nothing, and where the file is damaged. */
  read(offset: number): T | null {
    let meaning = this.#known.get(offset);
    if (meaning === undefined) {
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      meaning = this.#meaning(offset);
      this.#known.set(offset, meaning);
    }
    return meaning;
  }

  #meaning(offset: number): T | null {
    try {
      return this.#meaningOf(this.reader.read(offset));
    } catch (error) {
      if (error instanceof MmdbError) return null;
      throw error;
    }
  }
}

/** A value within maps of maps; undefined where one of them lacks it. */
export function memberOf(record: MmdbValue, ...path: readonly string[]): MmdbValue | undefined {
  let value: MmdbValue | undefined = record;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}
