import { networkWords } from "../../flow/network.ts";
import type { ColumnEntry, SegmentDirectory } from "../../flow/segment/segment_directory.ts";
import { addressColumns } from "./filter_fields.ts";
import type { AddressNode, CompareNode, FilterNode, MemberNode } from "./filter_node.ts";
import { numberField } from "./number_field.ts";

/** What is known of rows without reading them. */
type Columns = SegmentDirectory["columns"];

/**
 * Whether a row of a segment may match a filter, by what is known of its columns.
 *
 * @param node as `parseFilter` gives it
 * @param segment its `columns`: least and largest values, and which fields no row has
 * @returns false only when certainly none does
 */
export function mayMatch(
  node: FilterNode,
  { columns }: Pick<SegmentDirectory, "columns">,
): boolean {
  switch (node.kind) {
    case "and":
      return node.nodes.every((part) => mayMatch(part, { columns }));
    case "or":
      return node.nodes.some((part) => mayMatch(part, { columns }));
    case "compare":
      return anyNumber(node, columns, (min, max) => compares(node, min, max));
    case "member":
      return anyNumber(
        node,
        columns,
        (min, max) => node.ranges.some(([low, high]) => low <= max && high >= min),
      );
    case "address":
      return addressColumns(node.field).some((name) => mayHold(node, known(columns, name)));
    case "flags":
      return known(columns, "tcp_flags") !== null;
    case "text":
    case "has":
      return known(columns, node.field) !== null;
    // What a row must not match says nothing about what it must.
    default:
      return true;
  }
}

/** What is known of a column; null when no row has the field. */
function known(columns: Columns, name: string): ColumnEntry | null {
  const entry = Object.hasOwn(columns, name) ? columns[name] : undefined;
  return entry === undefined || entry.present === 0 ? null : entry;
}

/** Whether the number of a row may pass a test; of a pair, that of either side. */
function anyNumber(
  { field }: CompareNode | MemberNode,
  columns: Columns,
  test: (min: number, max: number) => boolean,
): boolean {
  const { columns: names } = numberField(field);
  if (field === "bps" || field === "pps" || field === "dscp") {
    return names.every((name) => known(columns, name) !== null);
  }
  return names.some((name) => {
    const entry = known(columns, name);
    if (entry === null) return false;
    const { min, max } = entry;
    return typeof min !== "number" || typeof max !== "number" || test(min, max);
  });
}

function compares({ op, value }: CompareNode, min: number, max: number): boolean {
  switch (op) {
    case "=":
      return min <= value && value <= max;
    case "!=":
      return min !== value || max !== value;
    case "<":
      return min < value;
    case "<=":
      return min <= value;
    case ">":
      return max > value;
    case ">=":
      return max >= value;
  }
}

function mayHold(node: AddressNode, entry: ColumnEntry | null): boolean {
  if (entry === null) return false;
  const { min, max } = entry;
  if (node.op === "!=" || !Array.isArray(min) || !Array.isArray(max)) return true;
  const { value, mask } = networkWords(node);
  const last = value.map((word, w) => word | ~mask[w]);
  return inOrder(value, max) && inOrder(min, last);
}

/** Whether one address is not above another. */
function inOrder(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let word = 0; word < 4; word++) if (a[word] !== b[word]) return a[word] < b[word];
  return true;
}
