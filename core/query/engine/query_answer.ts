import { formatTime } from "../../flow/record_reader.ts";
import { QueryError } from "../query_error.ts";
import type { ScanReport } from "../scan.ts";
import type { ReadQuery } from "./flow_query.ts";
import { type FoldResult, metricValues } from "./fold_result.ts";
import type { GroupKeys } from "./group_keys.ts";
import { type Merging, separate, together } from "./merging.ts";
import type { Metric } from "./metric.ts";
import type { RateSpan } from "./rate_span.ts";
import type { CellValue, TermContext } from "./term.ts";
import { topIds } from "./top_ids.ts";

/** Most rows of a series: groups times buckets. */
const MAX_SERIES_ROWS = 400_000;

/** A column of an answer. */
export interface AnswerColumn {
  name: string;
  /** "" for what has none. */
  unit: string;
}

/** Groups taken together: how many, and their metrics by name; times as text. */
export interface Remainder {
  groups: number;
  metrics: Record<string, CellValue>;
}

/** What bounds what a query may cost. */
export type Budget = "rows" | "time" | "memory";

/** What a query came to. */
export interface QueryAnswer {
  columns: AnswerColumn[];
  /**
   * One row a group, the largest first; of a series one row a group and bucket, bucket first, oldest
   * first within a group.
   */
  rows: CellValue[][];
  /** The groups that are not among the rows; null where there is none. */
  other: Remainder | null;
  totals: Remainder;
  /** Whether further groups follow. */
  more: boolean;
  scan: ScanReport;
  /** Length of the longest flow where the flows' own time counts, else 0. */
  longest_ms: number;
  /** Octets as observed by octets counted at one point; null where it was not asked or is unknown. */
  dedup_factor: number | null;
  /** Which of its budgets it reached: what found no room any more is not in the answer. */
  reached: Budget[];
  /** What takes from the answer besides what the scan says. */
  notes: string[];
  approximate: { figure: string; error: string }[];
}

/**
 * Arranges what a fold came to: ranks the groups, names the first, and adds up the rest so that
 * nothing is left out of the sum.
 *
 * @throws {QueryError} for a series of too many rows
 */
export function arrange(
  read: ReadQuery,
  result: FoldResult,
  { keys, context, rates }: { keys: GroupKeys; context: TermContext; rates: RateSpan },
): Pick<QueryAnswer, "columns" | "rows" | "other" | "totals" | "more"> {
  const { terms, metrics, orderBy, descending, bucketMs } = read;
  const { limit, offset } = read.query;
  const { groups } = result;
  const series = bucketMs > 0;
  const names = derivedNames(read, keys, context);
  const whole = series || names.some((derived) => derived !== null)
    ? byName(keys, names, series ? terms.length : -1)
    : separate(groups.count);
  // Of rates that nobody knows the amounts tell which is the largest.
  const order = metricValues({ ...result, secondsOf: () => 1 }, metrics[orderBy], whole);
  const ranked = topIds(order, offset + limit, descending).subarray(offset);
  const shown = series
    ? seriesRows(read, result, { keys, context, names, whole, ranked, rates })
    : groupRows(read, result, { keys, context, names, whole, ranked, order });
  const rest = restOf(whole, ranked, groups.count);
  const left = whole.count - ranked.length;
  return {
    columns: [
      ...(series ? [{ name: "time", unit: "" }] : []),
      ...terms.map(({ name, unit }) => ({ name, unit })),
      ...metrics.map(({ name, unit }) => ({ name, unit })),
    ],
    rows: shown,
    other: left > 0 || result.unplaced > 0
      ? { groups: left, metrics: valuesOf(result, metrics, rest) }
      : null,
    totals: {
      groups: whole.count,
      metrics: valuesOf(result, metrics, together(groups.count)),
    },
    more: offset + ranked.length < whole.count,
  };
}

function valuesOf(
  result: FoldResult,
  metrics: readonly Metric[],
  merging: Merging,
): Record<string, CellValue> {
  return Object.fromEntries(
    metrics.map((metric) => [metric.name, cell(metric, metricValues(result, metric, merging)[0])]),
  );
}

/** A metric's value as a cell: times as text. */
function cell({ unit }: Metric, value: number): CellValue {
  return Number.isNaN(value) ? null : unit === "time" ? formatTime(value) : value;
}

interface Arrangement {
  readonly keys: GroupKeys;
  readonly context: TermContext;
  /** By term: names by group, null for a term whose key is its value. */
  readonly names: readonly (readonly CellValue[] | null)[];
  /** What belongs together in the answer. */
  readonly whole: Merging;
  /** Numbers of it, in the order of the answer. */
  readonly ranked: Int32Array;
}

function groupRows(
  { terms, metrics, orderBy }: ReadQuery,
  result: FoldResult,
  { whole, ranked, order, ...show }: Arrangement & { order: Float64Array },
): CellValue[][] {
  const place = new Int32Array(whole.count).fill(-1);
  ranked.forEach((group, i) => place[group] = i);
  const of = new Int32Array(whole.of.length);
  const example = new Int32Array(ranked.length);
  for (let id = 0; id < of.length; id++) {
    const group = of[id] = place[whole.of[id]];
    if (group >= 0) example[group] = id;
  }
  const merging = { of, count: ranked.length, overflow: -1 };
  const values = metrics.map((metric, m) =>
    m === orderBy && metric.kind !== "rate"
      ? Float64Array.from(ranked, (group) => order[group])
      : metricValues(result, metric, merging)
  );
  return Array.from(example, (id, i) => [
    ...termValues(terms, { ...show, id }),
    ...metrics.map((metric, m) => cell(metric, values[m][i])),
  ]);
}

/**
 * Every bucket of the window for each group that is named, also those with nothing in them. What was not
 * collected is not known: it is null, but for flows that were told of later.
 */
function seriesRows(
  { terms, metrics, bucketMs, query: { window } }: ReadQuery,
  result: FoldResult,
  { whole, ranked, rates, ...show }: Arrangement & { rates: RateSpan },
): CellValue[][] {
  const { groups } = result;
  const first = Math.floor(window.fromMs / bucketMs);
  const buckets = Math.ceil(window.toMs / bucketMs) - first;
  if (ranked.length * buckets > MAX_SERIES_ROWS) {
    throw new QueryError(
      `limit: ${ranked.length} groups of ${buckets} buckets are ${ranked.length * buckets} rows, ` +
        `at most ${MAX_SERIES_ROWS} can be given; ask for fewer groups, or for longer buckets`,
    );
  }
  const place = new Int32Array(whole.count).fill(-1);
  ranked.forEach((group, i) => place[group] = i);
  const of = new Int32Array(groups.count).fill(-1);
  const example = new Int32Array(ranked.length);
  const filled = new Uint8Array(ranked.length * buckets);
  for (let id = 0; id < groups.count; id++) {
    const group = place[whole.of[id]];
    if (group < 0) continue;
    example[group] = id;
    const bucket = show.keys.lanes(id, terms.length)![0] - first;
    // A row that arrived in this very millisecond may lie behind the last bucket.
    of[id] = group * buckets + Math.min(Math.max(bucket, 0), buckets - 1);
    filled[of[id]] = 1;
  }
  const seconds = Float64Array.from(
    { length: buckets },
    (_, b) => rates.secondsWithin((first + b) * bucketMs, (first + b + 1) * bucketMs),
  );
  const collected = Array.from(
    { length: buckets },
    (_, b) => rates.isCollected((first + b) * bucketMs, (first + b + 1) * bucketMs),
  );
  const inBucket = { ...result, secondsOf: (group: number) => seconds[group % buckets] };
  const merging = { of, count: ranked.length * buckets, overflow: -1 };
  const values = metrics.map((metric) => metricValues(inBucket, metric, merging));
  return [...ranked].flatMap((_, i) => {
    const named = termValues(terms, { ...show, id: example[i] });
    return Array.from({ length: buckets }, (_, b) => {
      const at = i * buckets + b;
      const known = collected[b] || filled[at] === 1;
      return [
        formatTime((first + b) * bucketMs),
        ...named,
        ...metrics.map((metric, m) => known ? cell(metric, values[m][at]) : null),
      ];
    });
  });
}

function termValues(
  terms: ReadQuery["terms"],
  { keys, context, names, id }: Pick<Arrangement, "keys" | "context" | "names"> & { id: number },
): CellValue[] {
  return terms.map((term, t) => {
    if (term.derive !== undefined) return names[t]![id];
    const lanes = keys.lanes(id, t);
    return lanes === null ? null : term.show(lanes, context);
  });
}

function derivedNames(
  { terms }: ReadQuery,
  keys: GroupKeys,
  context: TermContext,
): (CellValue[] | null)[] {
  return terms.map((term, t) =>
    term.derive?.({
      count: keys.store.count,
      lanesOf: (group) => keys.lanes(group, t),
    }, context) ?? null
  );
}

/** Groups with the same names, and the same keys of the terms that have none, are one. */
function byName(keys: GroupKeys, names: Arrangement["names"], bucket: number): Merging {
  const named = names.flatMap((derived, term) => derived === null ? [] : [term]);
  const numbers = names.flatMap((derived) => derived === null ? [] : [numbered(derived)]);
  return keys.merged(bucket >= 0 ? [...named, bucket] : named, numbers);
}

/** A number for each name, the same for the same. */
function numbered(names: readonly CellValue[]): Int32Array {
  const numbers = new Map<CellValue, number>();
  return Int32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

function restOf({ of, count }: Merging, named: Int32Array, groups: number): Merging {
  const place = new Int32Array(count);
  for (const group of named) place[group] = -1;
  const rest = new Int32Array(groups);
  for (let id = 0; id < groups; id++) rest[id] = place[of[id]];
  return { of: rest, count: 1, overflow: 0 };
}
