import { type FieldNameOf, PRESENCE_WORDS, STORED_FIELDS, type StoredFieldName } from "./schema.ts";
import type { Storage } from "./schema.ts";

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
 * (index `slot * 4`), `presence` has PRESENCE_WORDS (index `slot * PRESENCE_WORDS`); all others one
 * element a row. A column's value counts only where the row's presence bit is set: absent values
 * are not written, so what lies there is left over from an older row.
 */
export type FlowColumns =
  & { readonly presence: Uint32Array }
  & { readonly [S in StoredKind as FieldNameOf<S>]: ArrayFor[S] };

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

/** Elements that one row takes in the named column. */
export function elementsPerRow(name: StoredFieldName | "presence"): number {
  if (name === "presence") return PRESENCE_WORDS;
  return ELEMENT[storageOf(name)].perRow;
}

const STORAGE_OF = new Map<string, Storage>(STORED_FIELDS.map((f) => [f.name, f.storage]));

function storageOf(name: StoredFieldName): StoredKind {
  return STORAGE_OF.get(name) as StoredKind;
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
 * Bytes that `capacity` rows take. Each column starts on a multiple of 64 bytes, so that no two
 * columns share a cache line.
 *
 * @param capacity rows, at least 1
 */
export function columnBytes(capacity: number): number {
  let total = align(capacity * PRESENCE_WORDS * 4);
  for (const field of STORED_FIELDS) {
    const { bytes, perRow } = ELEMENT[field.storage as StoredKind];
    total += align(capacity * perRow * bytes);
  }
  return total;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/**
 * Lays the columns of the schema over a piece of memory. Touches none of it.
 *
 * @param buffer memory with at least `offset + columnBytes(capacity)` bytes
 * @param options `offset` in bytes (a multiple of 64) and `capacity` in rows
 */
export function layColumns(
  buffer: ArrayBufferLike,
  { offset, capacity }: { offset: number; capacity: number },
): FlowColumns {
  const columns: Record<string, Column> = {
    presence: new Uint32Array(buffer, offset, capacity * PRESENCE_WORDS),
  };
  offset += align(capacity * PRESENCE_WORDS * 4);
  for (const field of STORED_FIELDS) {
    const storage = field.storage as StoredKind;
    const { bytes, perRow } = ELEMENT[storage];
    columns[field.name] = makeArray(storage, buffer, offset, capacity * perRow);
    offset += align(capacity * perRow * bytes);
  }
  return columns as FlowColumns;
}

/**
 * Whether a row has a value for a field.
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
