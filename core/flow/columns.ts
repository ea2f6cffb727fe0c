import { FLOW_TABLE, type FlowRow, PRESENCE_WORDS } from "./schema.ts";
import { layTable, tableBytes, type TableColumns } from "./table_columns.ts";

export type { Column } from "./table_columns.ts";

/** A block of flows as columns; `presence` has PRESENCE_WORDS a row. */
export type FlowColumns = TableColumns<FlowRow>;

/**
 * Bytes that `capacity` flows take.
 *
 * @param capacity rows, at least 1
 */
export function columnBytes(capacity: number): number {
  return tableBytes(FLOW_TABLE, capacity);
}

/**
 * Lays the columns of flows over a piece of memory. Touches none of it.
 *
 * @param buffer memory with at least `offset + columnBytes(capacity)` bytes
 * @param place `offset` in bytes (a multiple of 64) and `capacity` in rows
 */
export function layColumns(
  buffer: ArrayBufferLike,
  place: { offset: number; capacity: number },
): FlowColumns {
  return layTable(FLOW_TABLE, buffer, place);
}

/**
 * Whether a flow has a value for a field.
 *
 * @param columns the block
 * @param at `slot` of the row and `bit` of the field (`presenceBit`)
 */
export function isPresent(
  columns: Pick<FlowColumns, "presence">,
  { slot, bit }: { slot: number; bit: number },
): boolean {
  return (columns.presence[slot * PRESENCE_WORDS + (bit >> 5)] & (1 << (bit & 31))) !== 0;
}
