import { formatAddress } from "./address.ts";
import type { FlowColumns } from "./columns.ts";
import { protocolName } from "./protocol.ts";
import { FLOW_TABLE, type FlowRecord } from "./schema.ts";
import type { RecordOf, Table, TableField } from "./table.ts";
import type { Column, TableColumns } from "./table_columns.ts";
import type { Texts } from "./texts.ts";

/** What a row needs beside its columns to be read. */
export interface RecordContext {
  /** Capability whose collector wrote the row. */
  readonly capability: string;
  readonly dictionary: Texts;
}

/**
 * Reads one flow as a FlowRecord: for people and programs, never for aggregation.
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
  const record = readRow(FLOW_TABLE, columns, { slot, dictionary: context.dictionary });
  record.capability = context.capability;
  const { protocol } = record;
  record.protocol_name = protocol === null ? null : protocolName(protocol);
  return record;
}

/**
 * Reads one row of any table; what is computed is null.
 *
 * @param table whose row
 * @param columns all stored columns
 * @param at `slot` of the row, and the `dictionary` of the collector that wrote it
 */
export function readRow<R extends TableField>(
  table: Table<R>,
  columns: TableColumns<R>,
  { slot, dictionary }: { slot: number; dictionary: Texts },
): RecordOf<R> {
  const record: Record<string, string | number | null> = {};
  for (const { name } of table.fields) record[name] = null;
  const all = columns as unknown as Readonly<Record<string, Column>>;
  const words = slot * table.presenceWords;
  table.stored.forEach((field, bit) => {
    if ((all.presence[words + (bit >> 5)] & (1 << (bit & 31))) === 0) return;
    record[field.name] = readValue(all[field.name], slot, { field, dictionary });
  });
  return record as RecordOf<R>;
}

function readValue(
  column: Column,
  slot: number,
  { field, dictionary }: { field: TableField; dictionary: Texts },
): string | number | null {
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
