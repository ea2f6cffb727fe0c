import type { Column } from "../../flow/columns.ts";
import { PRESENCE_WORDS, type StoredFieldName } from "../../flow/schema.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import type { CompareOp } from "./filter_node.ts";

/** A comparison with a number. */
export interface Comparison {
  readonly op: CompareOp;
  readonly value: number;
}

/** Whether a number is wanted. */
export type NumberTest = (value: number) => boolean;

/** A comparison as a test of numbers. */
export function compareNumber({ op, value: wanted }: Comparison): NumberTest {
  switch (op) {
    case "=":
      return (value) => value === wanted;
    case "!=":
      return (value) => value !== wanted;
    case "<":
      return (value) => value < wanted;
    case "<=":
      return (value) => value <= wanted;
    case ">":
      return (value) => value > wanted;
    case ">=":
      return (value) => value >= wanted;
  }
}

/**
 * A comparison as a test of rows, by a column of numbers. It says the same as `compareNumber` of
 * the row's value, in one call instead of two (13 against 8 ns, `bytes > 1M` in filter_bench.ts), for the
 * condition that filters are mostly made of.
 */
export function compareColumn(
  name: StoredFieldName,
  columns: FilterColumns,
  { op, value }: Comparison,
): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(name);
  const column: Column = needColumn(columns, name);
  switch (op) {
    case "=":
      return (slot) =>
        column[slot] === value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
    case "!=":
      return (slot) =>
        column[slot] !== value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
    case "<":
      return (slot) =>
        column[slot] < value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
    case "<=":
      return (slot) =>
        column[slot] <= value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
    case ">":
      return (slot) =>
        column[slot] > value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
    case ">=":
      return (slot) =>
        column[slot] >= value && (presence[slot * PRESENCE_WORDS + word] & mask) !== 0;
  }
}
