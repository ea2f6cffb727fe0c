/**
 * What a FlowQuery means, written a second time over plain FlowRecords: slow, and sharing nothing
 * with an engine but the query's words.
 */
import type { FlowRecord } from "../../core/flow/schema.ts";
import type { FlowQuery } from "../../core/query/engine/flow_query.ts";
import type { FilterNode } from "../../core/query/filter/filter_node.ts";
import { naiveMatch } from "../support/filter/naive_filter.ts";
import { naiveTerm } from "./naive_term.ts";

/** A flow's share in one bucket. */
interface Piece {
  readonly record: FlowRecord;
  /** Start of the bucket, Unix milliseconds; 0 where there are none. */
  readonly bucketMs: number;
  /** Of its counters. */
  readonly part: number;
  /** Whether the flow itself counts here: in the first bucket that it is seen in. */
  readonly first: boolean;
}

/** The pieces of one group. */
export interface NaiveGroup {
  readonly key: readonly unknown[];
  readonly pieces: readonly Piece[];
}

/** Counters, which a long flow spreads over its buckets. */
const COUNTERS = ["bytes", "packets", "l2_bytes", "dropped_packets", "retransmits"];

/** The groups of a query, in no order. */
export function naiveGroups(
  { query, filter }: { query: FlowQuery; filter: FilterNode },
  records: readonly FlowRecord[],
): NaiveGroup[] {
  const groups = new Map<string, { key: unknown[]; pieces: Piece[] }>();
  for (const record of records) {
    if (record.event !== null || !naiveMatch(filter, record)) continue;
    const pieces = piecesOf(record, query);
    if (pieces.length === 0) continue;
    const key = query.group_by.map((name) => naiveTerm(name, record));
    const text = JSON.stringify(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { key, pieces: [...pieces] });
    else group.pieces.push(...pieces);
  }
  return [...groups.values()];
}

/** Starts of the buckets of a series, Unix milliseconds. */
export function naiveBuckets({ window, bucket_seconds }: FlowQuery): number[] {
  const step = bucket_seconds! * 1000;
  const starts: number[] = [];
  for (let at = Math.floor(window.fromMs / step) * step; at < window.toMs; at += step) {
    starts.push(at);
  }
  return starts;
}

function piecesOf(record: FlowRecord, query: FlowQuery): Piece[] {
  const { window: { fromMs, toMs, untilNow }, time, bucket_seconds } = query;
  const until = untilNow ? toMs + 1 : toMs;
  const arrival = Date.parse(record.received_at!);
  const [start, end] = [record.start_at, record.end_at].map((at) =>
    at === null ? null : Date.parse(at)
  );
  const last = time === "arrival" ? arrival : end ?? start ?? arrival;
  const begun = time === "arrival" ? arrival : Math.min(start ?? last, last);
  const inside = untilNow && time === "arrival"
    ? begun >= fromMs
    : begun === last
    ? fromMs <= begun && begun < until
    : begun < until && last > fromMs;
  if (!inside) return [];
  const [cutFrom, cutTo] = [Math.max(begun, fromMs), Math.min(last, until)];
  const share = (from: number, to: number) =>
    begun === last ? 1 : Math.max(0, to - from) / (last - begun);
  if (bucket_seconds === null) {
    return [{ record, bucketMs: 0, part: share(cutFrom, cutTo), first: true }];
  }
  const step = bucket_seconds * 1000;
  const buckets = naiveBuckets(query);
  const lastBucket = buckets[buckets.length - 1];
  const home = Math.floor(cutFrom / step) * step;
  if (cutFrom >= cutTo) {
    return [{ record, bucketMs: Math.min(home, lastBucket), part: 1, first: true }];
  }
  return buckets.concat(untilNow ? [lastBucket + step] : []).flatMap((at) => {
    const [from, to] = [Math.max(cutFrom, at), Math.min(cutTo, at + step)];
    if (to <= from) return [];
    const bucketMs = Math.min(at, lastBucket);
    return [{ record, bucketMs, part: share(from, to), first: at === home }];
  });
}

/**
 * Value of a metric over pieces.
 *
 * @param name of the metric
 * @param pieces of any groups and buckets
 * @param seconds that rates are over
 * @returns null where it is not known
 */
export function naiveMetric(
  name: string,
  pieces: readonly Piece[],
  seconds: number,
): number | null {
  const [, call, argument] = /^(\w+)\((.+)\)$/.exec(name) ?? [];
  if (call === "distinct") {
    const terms = pieces.map(({ record }) => naiveTerm(argument, record));
    return new Set(terms.filter((term) => term !== null)).size;
  }
  if (call === "sum" && COUNTERS.includes(argument)) return naiveMetric(argument, pieces, seconds);
  if (COUNTERS.includes(name)) {
    return total(pieces.map(({ record, part }) => (value(record, name) ?? 0) * part));
  }
  const flows = pieces.filter(({ first }) => first).map(({ record }) => record);
  // A flow that says but one of its times, or none, was there at that one, or when it arrived.
  const times = (...fields: ("start_at" | "end_at")[]) =>
    flows.map((record) =>
      Date.parse(record[fields[0]] ?? record[fields[1]] ?? record.received_at!)
    );
  switch (name) {
    case "flows":
      return flows.length;
    case "bps":
      return naiveMetric("bytes", pieces, seconds)! * 8 / seconds;
    case "pps":
      return naiveMetric("packets", pieces, seconds)! / seconds;
    case "first_seen":
      return least(times("start_at", "end_at"));
    case "last_seen":
      return greatest(times("end_at", "start_at"));
  }
  const values = flows.map((record) => value(record, argument)).filter((v) => v !== null)
    .sort((a, b) => a - b);
  if (call === "sum") return total(values);
  if (values.length === 0) return null;
  if (call === "avg") return total(values) / values.length;
  if (call === "min") return values[0];
  if (call === "max") return values[values.length - 1];
  return values[Math.ceil(Number(call.slice(1)) * values.length / 100) - 1];
}

function value(record: FlowRecord, name: string): number | null {
  return record[name as "bytes"];
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
