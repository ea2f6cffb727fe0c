import { type Dimension, DIMENSIONS, KEY_FIELDS } from "../../flow/rollup_schema.ts";
import { filterFields } from "../filter/filter_fields.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { ReadQuery } from "../engine/flow_query.ts";
import type { CellSpec, Metric } from "../engine/metric.ts";
import type { GroupTerm } from "../engine/term.ts";

/** By which dimension's sums a query can be answered, or what of it none of them can tell. */
export type DimensionChoice =
  | { readonly dimension: Dimension }
  | { readonly dimension: null; readonly lacking: readonly string[] };

/** What sums hold of each value. */
const SUMMED: readonly CellSpec["field"][] = ["bytes", "packets"];

/** Those with fewest values first: where several can answer, that is the quickest. */
const BY_COST: readonly Dimension[] = [
  "exporter",
  "protocol",
  "in_if",
  "out_if",
  "service",
  "src_addr",
  "dst_addr",
] satisfies readonly (typeof DIMENSIONS[number])[];

/**
 * Chooses the dimension whose sums answer a query as the flows would: terms and conditions look at
 * nothing but its key, metrics are sums of bytes and packets, numbers of flows, and their rates.
 *
 * @param read the query
 * @param node its filter
 */
export function chooseDimension(
  { query, terms, metrics }: ReadQuery,
  node: FilterNode,
): DimensionChoice {
  const beyond = metrics.filter((one) => !isSummed(one)).map(({ name }) => name);
  if (query.dedup === "on") beyond.push("which conversations several points saw");
  const dimension = BY_COST.find((one) =>
    terms.every((term) => isOfKey(term, one)) && asksKey(node, one)
  );
  if (dimension !== undefined) {
    return beyond.length === 0 ? { dimension } : { dimension: null, lacking: beyond };
  }
  const unknown = terms.find((term) => !DIMENSIONS.some((one) => isOfKey(term, one)));
  const lacking = unknown?.name ??
    (terms.length > 0 && DIMENSIONS.some((one) => terms.every((term) => isOfKey(term, one)))
      ? `"${query.filter}" by ${query.group_by.join(", ")}`
      : terms.length > 0
      ? `${query.group_by.join(" with ")}`
      : `"${query.filter}"`);
  return { dimension: null, lacking: [...beyond, lacking] };
}

/** Whether sums tell a metric. */
export function isSummed(metric: Metric): boolean {
  if (metric.kind !== "cell" && metric.kind !== "rate") return false;
  const { kind, field } = metric.cell;
  return kind === "rows" || kind === "spread" && SUMMED.includes(field);
}

function isOfKey({ name, fields }: GroupTerm, dimension: Dimension): boolean {
  if (name === "service") return dimension === "service";
  return fields.length > 0 && fields.every((field) => isKeyField(field, dimension));
}

function asksKey(node: FilterNode, dimension: Dimension): boolean {
  switch (node.kind) {
    case "any":
      return true;
    case "and":
    case "or":
      return node.nodes.every((part) => asksKey(part, dimension));
    case "not":
      return asksKey(node.node, dimension);
    case "has":
      return isKeyField(node.field, dimension);
    case "service":
      return dimension === "service";
    default:
      return filterFields(node).every((field) => isKeyField(field, dimension));
  }
}

function isKeyField(field: string, dimension: Dimension): boolean {
  const fields: readonly string[] = KEY_FIELDS[dimension];
  return fields.includes(field);
}
