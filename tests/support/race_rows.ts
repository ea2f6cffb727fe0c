import type { FlowColumns } from "../../core/flow/columns.ts";
import type { StoredFieldName } from "../../core/flow/schema.ts";

/** Columns that a race row is spread over: the first and last of the memory, and every width. */
export const RACE_FIELDS = [
  "received_at",
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "bytes",
  "packets",
  "observation_domain",
  "application",
] as const satisfies readonly StoredFieldName[];

type RaceColumns = Pick<FlowColumns, typeof RACE_FIELDS[number] | "presence">;

/** Rows that share one time of arrival. */
export const ROWS_PER_MS = 8;

/** 32 bits that a row's number alone decides. */
function hash(row: number): number {
  let h = (row ^ 0x9e3779b9) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Writes a row of which every value follows from its number.
 *
 * @param columns of the ring
 * @param slot where
 * @param row its number
 */
export function writeRaceRow(columns: RaceColumns, slot: number, row: number): void {
  const h = hash(row);
  columns.presence[slot * 2] = h;
  columns.bytes[slot] = row;
  columns.packets[slot] = h;
  for (let w = 0; w < 4; w++) {
    columns.src_addr[slot * 4 + w] = (h + w) >>> 0;
    columns.dst_addr[slot * 4 + w] = (h ^ (w * 0x01010101)) >>> 0;
  }
  columns.src_port[slot] = h;
  columns.dst_port[slot] = row;
  columns.protocol[slot] = h >>> 8;
  columns.observation_domain[slot] = ~h;
  columns.application[slot] = h >>> 16;
  columns.received_at[slot] = Math.floor(row / ROWS_PER_MS);
  columns.presence[slot * 2 + 1] = ~row;
}

/**
 * Whether a row holds, in every column, what `writeRaceRow` writes for that number.
 *
 * @param columns any block of rows
 * @param slot where
 * @param row the number it should have
 */
export function isRaceRow(columns: RaceColumns, slot: number, row: number): boolean {
  const h = hash(row);
  let whole = columns.presence[slot * 2] === h &&
    columns.presence[slot * 2 + 1] === (~row >>> 0) &&
    columns.bytes[slot] === row && columns.packets[slot] === h &&
    columns.src_port[slot] === (h & 0xffff) && columns.dst_port[slot] === (row & 0xffff) &&
    columns.protocol[slot] === (h >>> 8 & 0xff) &&
    columns.observation_domain[slot] === (~h >>> 0) &&
    columns.application[slot] === h >>> 16 &&
    columns.received_at[slot] === Math.floor(row / ROWS_PER_MS);
  for (let w = 0; w < 4; w++) {
    whole = whole && columns.src_addr[slot * 4 + w] === (h + w) >>> 0 &&
      columns.dst_addr[slot * 4 + w] === (h ^ (w * 0x01010101)) >>> 0;
  }
  return whole;
}
