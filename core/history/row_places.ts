import type { FlowColumns } from "../flow/columns.ts";
import type { Dimension } from "../flow/rollup_schema.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../flow/schema.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { servicePort } from "../flow/service_port.ts";
import type { KeyTable } from "./key_sums.ts";
import { PlaceCache } from "./place_cache.ts";

/** Fields whose values rows have by number. */
export type NumberedField = "exporter" | "src_addr" | "dst_addr";

/**
 * The number of the address that each row has, from the first row on: below SEGMENT_ROWS, and the
 * same for the same address. Of a row that does not have the field it says nothing. Null where no row
 * has it.
 */
export type AddressNumbers = Readonly<Record<NumberedField, Uint32Array | null>>;

/** Rows of one minute. */
export interface MinuteRows {
  readonly columns: FlowColumns;
  /** Slots of the rows, and how many there are. */
  readonly slots: Uint32Array;
  readonly count: number;
  readonly numbers: AddressNumbers;
  /** Slot of the row whose numbers are the first. */
  readonly base: number;
}

const UNKNOWN = -1;

/**
 * Finds where the sums of each row's value begin. Few rows have a value that no row before them had:
 * a table is asked once a number of an address, and about once a pair of the small numbers that the
 * other dimensions have.
 */
export class RowPlaces {
  readonly #namedPorts: Uint8Array;
  readonly #places = new Int32Array(SEGMENT_ROWS);
  readonly #byNumber = new Int32Array(SEGMENT_ROWS);
  readonly #cache = new PlaceCache();

  /** @param namedPorts 1 where a port has a name, by port */
  constructor(namedPorts: Uint8Array) {
    this.#namedPorts = namedPorts;
  }

  /**
   * Finds places.
   *
   * @param dimension by which rows are summed
   * @param table of its sums: takes in the values that it does not know
   * @param rows which rows
   * @returns where the sums of each row's value begin in the table; holds until the next call
   */
  find(dimension: Dimension, table: KeyTable, rows: MinuteRows): Int32Array {
    this.#cache.clear();
    switch (dimension) {
      case "in_if":
      case "out_if":
        this.#ofInterfaces(dimension, table, rows);
        break;
      case "protocol":
        this.#ofProtocols(table, rows);
        break;
      case "service":
        this.#ofServices(table, rows);
        break;
      default:
        this.#ofAddresses(dimension, table, rows);
    }
    return this.#places;
  }

  #ofAddresses(field: NumberedField, table: KeyTable, rows: MinuteRows): void {
    const { columns: { [field]: addresses, presence }, slots, count, base } = rows;
    const numbers = rows.numbers[field];
    const { word, mask } = bitOf(field);
    const places = this.#places;
    const byNumber = this.#byNumber;
    const { key } = table;
    if (count > SEGMENT_ROWS / 16) byNumber.fill(UNKNOWN);
    else if (numbers !== null) {
      // Only what these rows have is looked at: a block may be of many minutes.
      for (let row = 0; row < count; row++) byNumber[numbers[slots[row] - base]] = UNKNOWN;
    }
    let absent = UNKNOWN;
    for (let row = 0; row < count; row++) {
      const slot = slots[row];
      if (numbers === null || (presence[slot * PRESENCE_WORDS + word] & mask) === 0) {
        if (absent === UNKNOWN) {
          key.fill(0);
          absent = table.place();
        }
        places[row] = absent;
        continue;
      }
      const number = numbers[slot - base];
      let place = byNumber[number];
      if (place === UNKNOWN) {
        key[0] = 1;
        for (let part = 0; part < 4; part++) key[1 + part] = addresses[4 * slot + part];
        place = byNumber[number] = table.place();
      }
      places[row] = place;
    }
  }

  #ofInterfaces(field: "in_if" | "out_if", table: KeyTable, rows: MinuteRows): void {
    const { columns: { exporter, [field]: interfaces, presence }, slots, count, base } = rows;
    const numbers = rows.numbers.exporter;
    const ofExporter = bitOf("exporter");
    const ofInterface = bitOf(field);
    const places = this.#places;
    const cache = this.#cache;
    const { key } = table;
    for (let row = 0; row < count; row++) {
      const slot = slots[row];
      const at = slot * PRESENCE_WORDS;
      const named = numbers !== null && (presence[at + ofExporter.word] & ofExporter.mask) !== 0;
      const known = (presence[at + ofInterface.word] & ofInterface.mask) !== 0;
      const index = known ? interfaces[slot] : 0;
      const first = (named ? 2 * numbers[slot - base] + 2 : 0) + (known ? 1 : 0);
      let place = cache.get(first, index);
      if (place === UNKNOWN) {
        key[0] = (named ? 1 : 0) | (known ? 2 : 0);
        for (let part = 0; part < 4; part++) key[1 + part] = named ? exporter[4 * slot + part] : 0;
        key[5] = index;
        place = cache.set(first, index, table.place());
      }
      places[row] = place;
    }
  }

  #ofProtocols(
    table: KeyTable,
    { columns: { protocol, presence }, slots, count }: MinuteRows,
  ): void {
    const { word, mask } = bitOf("protocol");
    const places = this.#places;
    const cache = this.#cache;
    const { key } = table;
    for (let row = 0; row < count; row++) {
      const slot = slots[row];
      const known = (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
      const number = known ? protocol[slot] : 0;
      let place = cache.get(known ? 1 : 0, number);
      if (place === UNKNOWN) {
        key[0] = known ? 1 : 0;
        key[1] = number;
        place = cache.set(key[0], number, table.place());
      }
      places[row] = place;
    }
  }

  #ofServices(table: KeyTable, { columns, slots, count }: MinuteRows): void {
    const { protocol, src_port, dst_port, presence } = columns;
    const ofProtocol = bitOf("protocol");
    const ofSource = bitOf("src_port");
    const ofTarget = bitOf("dst_port");
    const places = this.#places;
    const cache = this.#cache;
    const { key } = table;
    for (let row = 0; row < count; row++) {
      const slot = slots[row];
      const at = slot * PRESENCE_WORDS;
      const known = (presence[at + ofProtocol.word] & ofProtocol.mask) !== 0;
      const hasSource = (presence[at + ofSource.word] & ofSource.mask) !== 0;
      const hasTarget = (presence[at + ofTarget.word] & ofTarget.mask) !== 0;
      const number = known ? protocol[slot] : 0;
      const port = known
        ? servicePort({
          protocol: number,
          source: hasSource ? src_port[slot] : 0,
          target: hasTarget ? dst_port[slot] : 0,
        }, this.#namedPorts)
        : 0;
      const first = known ? 1 + number : 0;
      let place = cache.get(first, port);
      if (place === UNKNOWN) {
        key[0] = known ? 3 : 0;
        key[1] = number;
        key[2] = port;
        place = cache.set(first, port, table.place());
      }
      places[row] = place;
    }
  }
}

/** Where a row's map says whether it has a field. */
export function bitOf(field: StoredFieldName): { word: number; mask: number } {
  const bit = presenceBit(field);
  return { word: bit >> 5, mask: 1 << (bit & 31) };
}
