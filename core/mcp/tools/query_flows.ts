import { z } from "zod";
import { nothingFound } from "../../analysis/nothing_found.ts";
import { collectionHealth } from "../../collector/health.ts";
import { absence } from "../../query/absence.ts";
import { flowQuery, MAX_LIMIT, readQuery } from "../../query/engine/flow_query.ts";
import type { QueryAnswer } from "../../query/engine/query_answer.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { unsettledNote } from "../../query/settled_until.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { isAllUntold } from "../../query/scan_report.ts";
import { collectionTimes, trustBlock } from "../../query/trust.ts";
import { countOf } from "../../count_of.ts";
import { formatTime } from "../../flow/record_reader.ts";
import { trustSchema } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";
import {
  cellSchema,
  columnSchema,
  dedup,
  filterText,
  hostNamesOf,
  hostNamesSchema,
  timeRange,
} from "./query_arguments.ts";

const names = z.array(z.string().max(64)).max(16);
const remainder = z.object({
  groups: z.number(),
  metrics: z.record(z.string(), cellSchema),
});
/** Window, with "n" where it ended now, and offset. */
const CURSOR = /^(\d{1,15})\.(\d{1,15})(n?)\.(\d{1,6})$/;

export const queryFlows = defineTool({
  name: "query_flows",
  title: "Query flows",
  description: "Groups and measures traffic. `group_by`: fields of the flow record, a prefix " +
    "(src_addr/24), service, capability; names: src_label, src_country, src_as_name, " +
    "src_internal (also dst_), in_interface, out_interface, locality. `metrics`: bytes, packets, flows, bps, pps, " +
    "distinct(FIELD), avg/min/max/p50/p95/p99(FIELD), such as p95(latency_ms). `bucket_seconds` " +
    "makes a time series. Rows come as `columns` and `rows`, largest first; `other` is what is " +
    "not shown, so that rows and other add up to `totals`. Counters are estimates of real " +
    'traffic. Example: {"time_range":"1h","group_by":["src_addr"],"metrics":["bytes","flows"],' +
    '"limit":10}. For single records use search_flows.',
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    time_range: timeRange("15m"),
    time: z.enum(["arrival", "flow"]).optional().describe(
      "which time the range is of: of arrival, or the flow's own, spread over buckets; default " +
        "arrival, and flow with bucket_seconds",
    ),
    filter: filterText,
    dedup,
    group_by: names.default([]).describe("none for one sum"),
    metrics: names.default(["bytes", "packets", "flows"]),
    bucket_seconds: z.number().min(1).max(86_400).optional(),
    order_by: z.string().max(64).optional()
      .describe("a metric, -metric for the smallest first; default: the first metric"),
    limit: z.number().int().min(1).max(1000).default(20).describe("groups to return"),
    cursor: z.string().max(64).optional().describe("next_cursor of an earlier answer"),
  }),
  output: z.object({
    columns: z.array(columnSchema),
    rows: z.array(z.array(cellSchema)),
    other: remainder.nullable(),
    totals: remainder,
    next_cursor: z.string().nullable(),
    host_names: hostNamesSchema,
    trust: trustSchema,
  }),
  async run(args, { queries, collectors, hostNames, clock, signal }) {
    const { bucket_seconds = null, order_by = null } = args;
    const nowMs = clock.now();
    const page = readCursor(args.cursor);
    const asked = page?.window ?? parseTimeRange(args.time_range, nowMs);
    const health = collectionHealth(collectors.all, asked.fromMs, asked.toMs);
    // What came since the first page is in no further one, unless only that has what is dated ahead.
    const ahead = health.dated_ahead.some(({ until }) => until >= asked.toMs);
    const window = page === null || ahead ? asked : { ...asked, untilNow: false };
    const query = flowQuery({
      window,
      ...(args.time === undefined ? {} : { time: args.time }),
      filter: args.filter,
      dedup: args.dedup,
      group_by: args.group_by,
      metrics: args.metrics,
      bucket_seconds,
      order_by,
      limit: args.limit,
      offset: page?.offset ?? 0,
      collection: collectionTimes(health),
    });
    // What cannot be asked is refused before anyone works on it.
    const { metrics, bucketMs } = readQuery(query);
    parseFilter(query.filter);
    const answer = await queries.ask("query", query, { signal });
    const { columns, rows, other, totals, scan } = answer;
    // What is left of a remainder, or of earlier pages, was found all the same.
    const empty = rows.length === 0 && other === null && query.offset === 0;
    const unknown = empty && absence(scan, health) !== null;
    const unsettled = bucketMs === 0 || query.time === "arrival"
      ? null
      : unsettledNote(window, { longestMs: answer.longest_ms, bucketMs, nowMs });
    const next = query.offset + args.limit;
    return {
      result: {
        columns,
        rows,
        other,
        totals: unknown ? { ...totals, metrics: nothingKnown(totals.metrics) } : totals,
        next_cursor: answer.more && next < MAX_LIMIT
          ? `${asked.fromMs}.${asked.toMs}${asked.untilNow ? "n" : ""}.${next}`
          : null,
        host_names: hostNamesOf(answer, { hostNames }),
        trust: trustBlock(scan, health, {
          ...answer,
          notes: unsettled === null ? answer.notes : [...answer.notes, unsettled],
          rates: metrics.some(({ kind }) => kind === "rate"),
        }),
      },
      text: empty || isAllUntold(scan)
        ? nothingFound(window, { scan, times: health, filter: query.filter })
        : describe(answer, query.offset),
    };
  },
});

/** Sums of a time of which nothing is known: 0 would say that there was nothing. */
function nothingKnown(metrics: QueryAnswer["totals"]["metrics"]): Record<string, null> {
  return Object.fromEntries(Object.keys(metrics).map((name) => [name, null]));
}

/** A cursor holds the window as it was, so that pages are of one question. */
function readCursor(text: string | undefined) {
  if (text === undefined) return null;
  const [, from, to, now, offset] = CURSOR.exec(text) ?? [];
  if (from === undefined) {
    throw new ToolError(
      `cursor: "${text}" is no cursor; pass the next_cursor of an earlier answer with the same ` +
        `arguments, or leave it out`,
    );
  }
  const window = { fromMs: Number(from), toMs: Number(to), untilNow: now !== "" };
  return { window, offset: Number(offset) };
}

function describe({ rows, columns, totals, other, scan }: QueryAnswer, offset: number): string {
  const sums = Object.entries(totals.metrics).map(([name, value]) => `${name} ${value ?? "?"}`);
  const all = `in all ${countOf(totals.groups, "group")}: ${sums.join(", ")}` +
    (scan.stopped_at === null
      ? ""
      : `; what arrived after ${formatTime(scan.stopped_at)} is not in it, since the query ` +
        "reached its budget");
  if (rows.length === 0) return `No ${offset > 0 ? "further " : ""}group is told apart; ${all}.`;
  const [first] = rows;
  const names = columns.map(({ name }, i) => `${name} ${first[i] ?? "unknown"}`).join(", ");
  const more = other === null ? "" : `; ${countOf(other.groups, "further group")}`;
  return `First: ${names}${more}; ${all}.`;
}
