import { findField, type StoredFieldName } from "../../flow/schema.ts";
import { TUPLE_COLUMNS } from "../../flow/segment/derived_columns.ts";
import { TUPLES_PAGE } from "../../flow/segment/segment_directory.ts";
import type { ReadQuery } from "./flow_query.ts";
import type { CellSpec, Metric } from "./metric.ts";
import type { GroupTerm } from "./term.ts";

/** What of a query the generated code depends on: everything else is in the state. */
export interface FoldShape {
  readonly terms: readonly GroupTerm[];
  readonly cells: readonly CellSpec[];
  readonly distinct: readonly GroupTerm[];
  readonly sampled: readonly StoredFieldName[];
  /** Whether flows are cut to the window by their own time. */
  readonly ownTime: boolean;
  /** Length of a bucket in milliseconds; 0 for none. */
  readonly bucketMs: number;
}

/**
 * Whether rows of a batch differ in what they are grouped by. Where they do not, a batch is of one
 * group: without terms, since buckets of arrival are cut between batches.
 */
export function hasOneGroup({ terms, ownTime, bucketMs }: FoldShape): boolean {
  return terms.length === 0 && (bucketMs === 0 || !ownTime);
}

/**
 * Whether of rows that are all chosen each is one entry, in their order: none lies outside the window
 * by its own time.
 */
export function entriesAreRows({ ownTime }: FoldShape): boolean {
  return !ownTime;
}

/**
 * The codes by which groups of a segment's rows can be remembered: rows of one code are of one group.
 * Null where rows that are alike in their addresses may yet be of several.
 */
export function recallName({ terms, ownTime, bucketMs }: FoldShape): string | null {
  if (terms.length === 0 || ownTime || bucketMs > 0) return null;
  const fields = [...new Set(terms.flatMap((term) => term.fields))];
  if (fields.length === 1 && findField(fields[0])!.storage === "address") return fields[0];
  const ofTuple: readonly string[] = [...TUPLE_COLUMNS.addresses, ...TUPLE_COLUMNS.words];
  return fields.length > 0 && fields.every((name) => ofTuple.includes(name)) ? TUPLES_PAGE : null;
}

/** Columns that a fold reads besides those of terms, cells and samples. */
const ARRIVAL: StoredFieldName = "received_at";
const TIME_FIELDS: readonly StoredFieldName[] = ["start_at", "end_at", ARRIVAL];
/** What is reported on of the rows within a window by their own time. */
const REPORTED_FIELDS: readonly StoredFieldName[] = ["sampling_source"];

/** The columns that a shape reads. */
export function foldFields({ terms, cells, distinct, sampled, ownTime, bucketMs }: FoldShape) {
  return [
    ...new Set<StoredFieldName>([
      ...terms.flatMap(({ fields }) => fields),
      ...distinct.flatMap(({ fields }) => fields),
      ...cells.flatMap(({ field }) => field ?? []),
      ...sampled,
      ...(ownTime || cells.some(isTime) ? TIME_FIELDS : []),
      ...(bucketMs > 0 ? [ARRIVAL] : []),
      ...(ownTime ? REPORTED_FIELDS : []),
    ]),
  ];
}

function isTime({ kind }: CellSpec): boolean {
  return kind === "first" || kind === "last";
}

/** The shape of a query. */
export function foldShape({ terms, metrics, query, bucketMs }: ReadQuery): FoldShape {
  const cells: CellSpec[] = [];
  const add = (cell: CellSpec): void => {
    if (!cells.some(({ kind, field }) => kind === cell.kind && field === cell.field)) {
      cells.push(cell);
    }
  };
  for (const metric of metrics) {
    if (metric.kind === "cell" || metric.kind === "rate") add(metric.cell);
    else if (metric.kind === "average") {
      add(metric.sum);
      add(metric.count);
    }
  }
  return {
    terms,
    cells,
    distinct: ofKind(metrics, "distinct").map(({ term }) => term),
    sampled: [...new Set(ofKind(metrics, "quantile").map(({ field }) => field))],
    ownTime: query.time === "flow",
    bucketMs,
  };
}

function ofKind<K extends Metric["kind"]>(metrics: readonly Metric[], kind: K) {
  return metrics.filter((metric): metric is Extract<Metric, { kind: K }> => metric.kind === kind);
}
