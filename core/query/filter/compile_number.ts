import type { Column } from "../../flow/columns.ts";
import { PRESENCE_WORDS, type StoredFieldName } from "../../flow/schema.ts";
import { compareColumn, compareNumber, type NumberTest } from "./compare_column.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import type {
  CompareNode,
  ComputedNumberName,
  MemberNode,
  NumberFieldName,
} from "./filter_node.ts";
import { numberField } from "./number_field.ts";
import { compileRanges } from "./number_ranges.ts";

/** Compiles a comparison of a number. */
export function compileCompare(node: CompareNode, columns: FilterColumns): RowTest {
  return isComputed(node.field)
    ? testComputed(node.field, columns, compareNumber(node))
    : eachSide(node.field, (name) => compareColumn(name, columns, node));
}

/** Compiles membership of a number in ranges. */
export function compileMember(node: MemberNode, columns: FilterColumns): RowTest {
  const test = compileRanges(node.ranges);
  return isComputed(node.field)
    ? testComputed(node.field, columns, test)
    : eachSide(node.field, (name) => testColumn(name, columns, test));
}

function isComputed(field: NumberFieldName): field is ComputedNumberName {
  return field === "bps" || field === "pps" || field === "dscp";
}

/** The test of a field's column; of a pair, that either column passes it. */
function eachSide(field: NumberFieldName, compile: (name: StoredFieldName) => RowTest): RowTest {
  const [left, right] = numberField(field).columns.map(compile);
  return right ? (slot) => left(slot) || right(slot) : left;
}

function testComputed(
  field: ComputedNumberName,
  columns: FilterColumns,
  test: NumberTest,
): RowTest {
  switch (field) {
    case "bps":
      // Octets a millisecond to bits a second.
      return testRate({ name: "bytes", factor: 8000 }, columns, test);
    case "pps":
      return testRate({ name: "packets", factor: 1000 }, columns, test);
    case "dscp":
      return testColumn("ip_tos", columns, (tos) => test(tos >> 2));
  }
}

function testColumn(name: StoredFieldName, columns: FilterColumns, test: NumberTest): RowTest {
  const { presence } = columns;
  const { word, mask } = presencePlace(name);
  const column: Column = needColumn(columns, name);
  return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && test(column[slot]);
}

/** A rate over the flow's duration; false where either is absent, or the duration is 0. */
function testRate(
  { name, factor }: { name: "bytes" | "packets"; factor: number },
  columns: FilterColumns,
  test: NumberTest,
): RowTest {
  const { presence } = columns;
  const amount = presencePlace(name);
  const time = presencePlace("duration_ms");
  const amounts = needColumn(columns, name);
  const durations = needColumn(columns, "duration_ms");
  return (slot) =>
    (presence[slot * PRESENCE_WORDS + amount.word] & amount.mask) !== 0 &&
    (presence[slot * PRESENCE_WORDS + time.word] & time.mask) !== 0 &&
    durations[slot] > 0 &&
    test(amounts[slot] * factor / durations[slot]);
}
