import type { NameOf, StoredName, Table, TableField } from "./table.ts";

type ArrayFor = {
  u8: Uint8Array;
  enum: Uint8Array;
  u16: Uint16Array;
  string: Uint16Array;
  u32: Uint32Array;
  address: Uint32Array;
  f64: Float64Array;
  time: Float64Array;
  mac: Float64Array;
};
type StoredKind = keyof ArrayFor;

/** The typed array of one column. */
export type Column = ArrayFor[StoredKind];

/**
 * A block of rows as columns, one typed array a field. An `address` column has four words a row
 * (index `slot * 4`), `presence` has as many as the table says (index `slot * presenceWords`); all
 * others one element a row. A column's value counts only where the row's presence bit is set:
 * absent values are not written, so what lies there is left over from an older row.
 */
export type TableColumns<R extends TableField> =
  & { readonly presence: Uint32Array }
  & { readonly [S in StoredKind as NameOf<R, S>]: ArrayFor[S] };

const ELEMENT: Record<StoredKind, { bytes: number; perRow: number }> = {
  u8: { bytes: 1, perRow: 1 },
  enum: { bytes: 1, perRow: 1 },
  u16: { bytes: 2, perRow: 1 },
  string: { bytes: 2, perRow: 1 },
  u32: { bytes: 4, perRow: 1 },
  address: { bytes: 4, perRow: 4 },
  f64: { bytes: 8, perRow: 1 },
  time: { bytes: 8, perRow: 1 },
  mac: { bytes: 8, perRow: 1 },
};

/** Elements that one row takes in the named column of a table. */
export function elementsPerRow<R extends TableField>(
  table: Table<R>,
  name: StoredName<R> | "presence",
): number {
  if (name === "presence") return table.presenceWords;
  return ELEMENT[table.stored.find((field) => field.name === name)!.storage as StoredKind].perRow;
}

function makeArray(
  storage: StoredKind,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): Column {
  switch (ELEMENT[storage].bytes) {
    case 1:
      return new Uint8Array(buffer, offset, length);
    case 2:
      return new Uint16Array(buffer, offset, length);
    case 4:
      return new Uint32Array(buffer, offset, length);
    default:
      return new Float64Array(buffer, offset, length);
  }
}

/**
 * Bytes that `capacity` rows of a table take. Each column starts on a multiple of 64 bytes, so that
 * no two columns share a cache line.
 *
 * @param table whose rows
 * @param capacity rows, at least 1
 */
export function tableBytes<R extends TableField>(table: Table<R>, capacity: number): number {
  let total = align(capacity * table.presenceWords * 4);
  for (const { storage } of table.stored) {
    const { bytes, perRow } = ELEMENT[storage as StoredKind];
    total += align(capacity * perRow * bytes);
  }
  return total;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/**
 * Lays the columns of a table over a piece of memory. Touches none of it.
 *
 * @param table whose columns
 * @param buffer memory with at least `offset + tableBytes(table, capacity)` bytes
 * @param options `offset` in bytes (a multiple of 64) and `capacity` in rows
 */
export function layTable<R extends TableField>(
  table: Table<R>,
  buffer: ArrayBufferLike,
  { offset, capacity }: { offset: number; capacity: number },
): TableColumns<R> {
  const columns: Record<string, Column> = {
    presence: new Uint32Array(buffer, offset, capacity * table.presenceWords),
  };
  offset += align(capacity * table.presenceWords * 4);
  for (const { name, storage } of table.stored) {
    const { bytes, perRow } = ELEMENT[storage as StoredKind];
    columns[name] = makeArray(storage as StoredKind, buffer, offset, capacity * perRow);
    offset += align(capacity * perRow * bytes);
  }
  return columns as unknown as TableColumns<R>;
}
