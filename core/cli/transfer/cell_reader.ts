import { formatAddress } from "../../flow/address.ts";
import type { Column } from "../../flow/columns.ts";
import { protocolName } from "../../flow/protocol.ts";
import { formatMac } from "../../flow/record_reader.ts";
import {
  type FlowField,
  PRESENCE_WORDS,
  presenceBit,
  type StoredFieldName,
} from "../../flow/schema.ts";
import type { FilterColumns } from "../../query/filter/filter_columns.ts";
import type { RowOrigin } from "../../query/flow_source.ts";

/** A value of an exported row: a time is a whole number of Unix milliseconds, null is unknown. */
export type Cell = string | number | null;

/** Reads one field of the row at a slot. */
export type CellReader = (slot: number) => Cell;

/** The last moment that a calendar holds (ECMA-262, "Time Values and Time Range"). */
const MAX_TIME_MS = 8.64e15;

/**
 * The columns that a field is read from.
 *
 * @param field of the schema
 */
export function columnsOf({ name, storage }: FlowField): readonly StoredFieldName[] {
  if (storage !== "computed") return [name as StoredFieldName];
  return name === "protocol_name" ? ["protocol"] : [];
}

/**
 * Makes what reads a field of a block's rows: as `readRecord` gives it, but for times, and without
 * an object a row.
 *
 * @param field of the schema
 * @param block with the `columnsOf` the field
 * @param origin of the block's rows
 */
export function cellReader(field: FlowField, block: FilterColumns, origin: RowOrigin): CellReader {
  if (field.name === "capability") return () => origin.capability;
  const [source] = columnsOf(field);
  const { presence } = block;
  const bit = presenceBit(source);
  const [word, mask] = [bit >> 5, 1 << (bit & 31)];
  const read = valueReader(field, block[source]!, origin);
  return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) === 0 ? null : read(slot);
}

function valueReader(field: FlowField, column: Column, { dictionary }: RowOrigin): CellReader {
  switch (field.storage) {
    case "address":
      return addressReader(column as Uint32Array);
    case "time":
      return (slot) => Math.abs(column[slot]) <= MAX_TIME_MS ? Math.floor(column[slot]) : null;
    case "mac":
      return (slot) => formatMac(column[slot]);
    case "enum":
      return (slot) => field.values![column[slot]] ?? null;
    case "string":
      return (slot) => dictionary.text(column[slot]);
    case "computed":
      return (slot) => protocolName(column[slot]);
    default:
      return (slot) => column[slot];
  }
}

/** Rows of one exporter, and of one conversation, often follow each other. */
function addressReader(words: Uint32Array): CellReader {
  let [a, b, c, d] = [0, 0, 0, 0];
  let text = "::";
  return (slot) => {
    const at = slot * 4;
    if (words[at + 3] !== d || words[at + 2] !== c || words[at + 1] !== b || words[at] !== a) {
      [a, b, c, d] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
      text = formatAddress(words, at);
    }
    return text;
  };
}
