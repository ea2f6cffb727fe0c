import type { Column, FlowColumns } from "../../flow/columns.ts";
import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";

/** Whether the row at a place of a block is wanted. */
export type RowTest = (slot: number) => boolean;

/** A block of rows with at least the columns that a filter needs. */
export type FilterColumns = Pick<FlowColumns, "presence"> & Partial<FlowColumns>;

/** Where the presence bit of a field is: `presence[slot * PRESENCE_WORDS + word] & mask`. */
export interface PresencePlace {
  readonly word: number;
  readonly mask: number;
}

/** The place of a field's presence bit. */
export function presencePlace(name: StoredFieldName): PresencePlace {
  const bit = presenceBit(name);
  return { word: bit >> 5, mask: 1 << (bit & 31) };
}

/** A test for rows whose number passes a test. */
export function testColumn(
  name: StoredFieldName,
  columns: FilterColumns,
  test: (value: number) => boolean,
): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(name);
  const column: Column = needColumn(columns, name);
  return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && test(column[slot]);
}

/**
 * A column that a filter needs.
 *
 * @throws Error when the block lacks it: it was not made with `filterFields` of the filter
 */
export function needColumn<F extends StoredFieldName>(
  columns: FilterColumns,
  name: F,
): FlowColumns[F] {
  const column = columns[name];
  if (column === undefined) {
    throw new Error(`The filter needs the column ${name}, and the block does not have it`);
  }
  return column as FlowColumns[F];
}
