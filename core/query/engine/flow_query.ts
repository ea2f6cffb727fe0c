import type { DedupMode } from "../dedup/count_once.ts";
import { QueryError } from "../query_error.ts";
import type { CollectionTimes } from "../trust.ts";
import type { TimeWindow } from "../scan.ts";
import { parseGroupTerm } from "./group_term.ts";
import { type Metric, parseMetric } from "./metric.ts";
import type { GroupTerm } from "./term.ts";

/** By which time a window chooses flows. */
export type TimeBasis = "arrival" | "flow";

/** A question about traffic, as data: what every engine answers. */
export interface FlowQuery {
  readonly window: TimeWindow;
  /**
   * `arrival`: flows that were received within the window, whole. `flow`: flows whose own time lies in
   * it, cut to it in proportion; where a flow says no time, its arrival stands for it.
   */
  readonly time: TimeBasis;
  /** Text of the filter language; "" for all traffic. */
  readonly filter: string;
  /**
   * What is done about conversations that several points saw: nothing, say by how much they are
   * counted too often, or count each at one point only.
   */
  readonly dedup: DedupMode;
  /** Names of terms, see `parseGroupTerm`; none for one sum. */
  readonly group_by: readonly string[];
  /** Names of metrics, see `parseMetric`; at least one. */
  readonly metrics: readonly string[];
  /** Length of the buckets of a time series; none where null. */
  readonly bucket_seconds: number | null;
  /** One of the metrics; `-` before it for the smallest first. Default: the first metric. */
  readonly order_by: string | null;
  /** Groups to return, and how many to pass over before them. */
  readonly limit: number;
  readonly offset: number;
  /** When collectors ran, which rates are over; where it is left out, always. */
  readonly collection?: CollectionTimes;
}

/** A query whose names have been read. */
export interface ReadQuery {
  readonly query: FlowQuery;
  readonly terms: readonly GroupTerm[];
  readonly metrics: readonly Metric[];
  /** Number of the metric to order by. */
  readonly orderBy: number;
  readonly descending: boolean;
  readonly bucketMs: number;
}

const MAX_TERMS = 12;
const MAX_METRICS = 16;
/** Most buckets of a series, and the least that one may last. */
const MAX_BUCKETS = 2000;
const LEAST_BUCKET_SECONDS = 1;
/** Most groups that an answer may name. */
export const MAX_LIMIT = 10_000;

/** A query for all traffic by bytes, to be changed. */
export function flowQuery(changes: Partial<FlowQuery> & Pick<FlowQuery, "window">): FlowQuery {
  const { bucket_seconds = null } = changes;
  return {
    time: bucket_seconds === null ? "arrival" : "flow",
    filter: "",
    dedup: "report",
    group_by: [],
    metrics: ["bytes", "packets", "flows"],
    bucket_seconds: null,
    order_by: null,
    limit: 20,
    offset: 0,
    ...changes,
  };
}

/**
 * Reads the names of a query.
 *
 * @throws {QueryError} for what cannot be asked, with what can
 */
export function readQuery(query: FlowQuery): ReadQuery {
  const { group_by, metrics: names, bucket_seconds, window } = query;
  if (group_by.length > MAX_TERMS) {
    throw new QueryError(`group_by: ${group_by.length} terms; give at most ${MAX_TERMS}`);
  }
  if (names.length === 0 || names.length > MAX_METRICS) {
    throw new QueryError(`metrics: ${names.length} of them; give 1 to ${MAX_METRICS}`);
  }
  const terms = group_by.map((text) => parseGroupTerm(text));
  const metrics = names.map(parseMetric);
  const bucketMs = (bucket_seconds ?? 0) * 1000;
  if (bucket_seconds !== null && !(bucket_seconds >= LEAST_BUCKET_SECONDS)) {
    throw new QueryError(
      `bucket_seconds: ${bucket_seconds}; give at least ${LEAST_BUCKET_SECONDS}`,
    );
  }
  if (bucketMs > 0 && (window.toMs - window.fromMs) / bucketMs > MAX_BUCKETS) {
    throw new QueryError(
      `bucket_seconds: ${bucket_seconds} gives more than ${MAX_BUCKETS} buckets; ask for ` +
        `${Math.ceil((window.toMs - window.fromMs) / 1000 / MAX_BUCKETS)} or more`,
    );
  }
  const [, minus, name] = /^(-?)(.*)$/.exec(query.order_by ?? names[0])!;
  const orderBy = names.indexOf(name);
  if (orderBy < 0) {
    throw new QueryError(
      `order_by: "${query.order_by}" is none of the metrics asked for; there are ${
        names.join(", ")
      }`,
    );
  }
  return { query, terms, metrics, orderBy, descending: minus === "", bucketMs };
}
