import { formatAddress } from "./address.ts";
import { type FlowColumns, isPresent } from "./columns.ts";
import type { Dictionary } from "./dictionary.ts";
import { protocolName } from "./protocol.ts";
import {
  FLOW_FIELDS,
  type FlowField,
  type FlowRecord,
  presenceBit,
  type StoredFieldName,
} from "./schema.ts";

/** What a row needs beside its columns to be read. */
export interface RecordContext {
  /** Capability whose collector wrote the row. */
  readonly capability: string;
  readonly dictionary: Dictionary;
}

/**
 * Reads one row as a FlowRecord: for people and programs, never for aggregation.
 *
 * @param columns whole rows: all stored columns
 * @param slot place of the row
 * @param context of the collector that wrote it
 */
export function readRecord(
  columns: FlowColumns,
  slot: number,
  context: RecordContext,
): FlowRecord {
  const record: Record<string, string | number | null> = {};
  for (const field of FLOW_FIELDS) {
    record[field.name] = field.storage === "computed"
      ? null
      : readField(columns, slot, { field, dictionary: context.dictionary });
  }
  record.capability = context.capability;
  const { protocol } = record;
  record.protocol_name = typeof protocol === "number" ? protocolName(protocol) : null;
  return record as FlowRecord;
}

function readField(
  columns: FlowColumns,
  slot: number,
  { field, dictionary }: { field: FlowField; dictionary: Dictionary },
): string | number | null {
  const name = field.name as StoredFieldName;
  if (!isPresent(columns, { slot, bit: presenceBit(name) })) return null;
  const column = columns[name];
  switch (field.storage) {
    case "address":
      return formatAddress(column as Uint32Array, slot * 4);
    case "time":
      return formatTime(column[slot]);
    case "mac":
      return formatMac(column[slot]);
    case "enum":
      return field.values![column[slot]];
    case "string":
      return dictionary.text(column[slot]);
    default:
      return column[slot];
  }
}

/**
 * ISO 8601 UTC with milliseconds.
 *
 * @param ms Unix milliseconds; a fraction is cut off
 * @returns null for a time that no calendar holds
 */
export function formatTime(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(Math.floor(ms)).toISOString() : null;
}

/**
 * A MAC address as six colon-separated hex pairs.
 *
 * @param mac 48 bits as an integer
 */
export function formatMac(mac: number): string {
  return mac.toString(16).padStart(12, "0").replace(/..(?=.)/g, "$&:");
}
