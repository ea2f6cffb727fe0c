import { parseAddress } from "../../../core/flow/address.ts";
import { columnBytes, type FlowColumns, layColumns } from "../../../core/flow/columns.ts";
import { Dictionary } from "../../../core/flow/dictionary.ts";
import {
  type FlowField,
  PRESENCE_WORDS,
  presenceBit,
  STORED_FIELDS,
} from "../../../core/flow/schema.ts";
import { ADDRESSES, LARGE_NUMBERS, MEASURES, NUMBERS, pick, TEXTS } from "./sample_values.ts";

/** Rows of a block, and the dictionary of their texts. */
export interface Rows {
  readonly columns: FlowColumns;
  readonly dictionary: Dictionary;
  readonly count: number;
}

/**
 * Makes rows that know about two thirds of the fields. What lies in the columns of the others is
 * random too, as it is in a ring.
 */
export function randomRows(random: () => number, count: number): Rows {
  const columns = layColumns(new ArrayBuffer(columnBytes(count)), { offset: 0, capacity: count });
  const dictionary = new Dictionary(Dictionary.allocate());
  for (const text of TEXTS) dictionary.intern(text);
  for (let slot = 0; slot < count; slot++) {
    for (const field of STORED_FIELDS) {
      const column = columns[field.name];
      if (field.storage === "address") {
        parseAddress(pick(random, ADDRESSES), column as Uint32Array, slot * 4);
      } else {
        column[slot] = randomValue(random, field);
      }
      if (random() < 0.66) {
        const bit = presenceBit(field.name);
        columns.presence[slot * PRESENCE_WORDS + (bit >> 5)] |= 1 << (bit & 31);
      }
    }
  }
  return { columns, dictionary, count };
}

function randomValue(random: () => number, { storage, values }: FlowField): number {
  switch (storage) {
    case "enum":
      return Math.floor(random() * values!.length);
    case "string":
      return Math.floor(random() * TEXTS.length);
    case "u8":
      return pick(random, NUMBERS);
    case "u16":
    case "u32":
      return pick(random, [...NUMBERS, ...LARGE_NUMBERS]);
    case "f64":
      return pick(random, [...NUMBERS, ...LARGE_NUMBERS, ...MEASURES]);
    // Times that a calendar holds, and whole MAC addresses.
    default:
      return pick(random, LARGE_NUMBERS);
  }
}
