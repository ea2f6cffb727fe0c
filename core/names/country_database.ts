import { MmdbReader, type MmdbValue } from "./mmdb_reader.ts";
import { memberOf, RecordCache } from "./record_cache.ts";

/** Where databases keep the country's code: MaxMind and DB-IP, IPinfo, the open ones. */
const PLACES: readonly (readonly string[])[] = [
  ["country", "iso_code"],
  ["country_code"],
  ["country"],
  ["registered_country", "iso_code"],
];

/** Countries of addresses. */
export class CountryDatabase {
  readonly #records: RecordCache<string>;

  /**
   * @param bytes of an MMDB file with countries
   * @throws {MmdbError} when it is none
   */
  constructor(bytes: Uint8Array) {
    this.#records = new RecordCache(new MmdbReader(bytes), countryOf);
  }

  /** ISO 3166-1 code of an address's country in capitals, or null. */
  country(words: Uint32Array, at = 0): string | null {
    return this.#records.find(words, at);
  }
}

function countryOf(record: MmdbValue): string | null {
  for (const place of PLACES) {
    const code = memberOf(record, ...place);
    if (typeof code === "string" && /^[a-z]{2}$/i.test(code)) return code.toUpperCase();
  }
  return null;
}
