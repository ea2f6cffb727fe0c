import { z } from "zod";
import { nothingFound } from "../../analysis/nothing_found.ts";
import { collectionHealth } from "../../collector/health.ts";
import { findField, FLOW_FIELDS, type FlowRecord } from "../../flow/schema.ts";
import { nearestWord } from "../../nearest_word.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import type { SearchPlace } from "../../query/search_place.ts";
import type { TimeWindow } from "../../query/scan.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { isAllUntold } from "../../query/scan_report.ts";
import type { FoundFlows } from "../../query/search_flows.ts";
import { type CollectionTimes, trustBlock } from "../../query/trust.ts";
import { countOf } from "../../count_of.ts";
import { listLimit, trustSchema } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";
import {
  cellSchema,
  columnSchema,
  filterText,
  hostNamesOf,
  hostNamesSchema,
  timeRange,
} from "./query_arguments.ts";

/** What people look at first. */
const DEFAULT_FIELDS: readonly (keyof FlowRecord)[] = [
  "received_at",
  "exporter",
  "src_addr",
  "src_port",
  "dst_addr",
  "dst_port",
  "protocol_name",
  "bytes",
  "packets",
  "duration_ms",
  "in_if",
  "out_if",
];
/** Window, with "n" where it ends now, and place. */
const CURSOR = /^(\d{1,15})~(\d{1,15})(n?)~(\d{1,15}(?:\.\d{1,12})?)~(\d{1,16})~([^~]*)$/;

export const searchFlows = defineTool({
  name: "search_flows",
  title: "Search flow records",
  description: "Single flow records, the newest first, with the `fields` asked for (default: a " +
    "dozen; null is unknown). Events (NAT, firewall, drops) are found too. Example: " +
    '{"time_range":"5m","filter":"host 10.0.0.1 and not port 53","limit":5}. For sums and ' +
    "rankings use query_flows.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    time_range: timeRange("15m"),
    filter: filterText,
    fields: z.array(z.string().max(64)).max(60).optional()
      .describe("fields of the flow record; default: a dozen"),
    limit: listLimit.describe("records to return"),
    cursor: z.string().max(1200).optional().describe("next_cursor of an earlier answer"),
  }),
  output: z.object({
    columns: z.array(columnSchema),
    rows: z.array(z.array(cellSchema)),
    next_cursor: z.string().nullable(),
    host_names: hostNamesSchema,
    trust: trustSchema,
  }),
  async run(args, { queries, collectors, hostNames, clock, signal }) {
    const fields = readFields(args.fields);
    parseFilter(args.filter);
    const page = readCursor(args.cursor);
    const window = page?.window ?? parseTimeRange(args.time_range, clock.now());
    const found = await queries.ask("search", {
      window,
      filter: args.filter,
      limit: args.limit,
      before: page?.before ?? null,
    }, { signal });
    const health = collectionHealth(collectors.all, window.fromMs, window.toMs);
    const columns = fields.map((name) => ({ name, unit: findField(name)!.unit }));
    const rows = found.records.map((record) => fields.map((name) => record[name]));
    return {
      result: {
        columns,
        rows,
        next_cursor: found.before === null ? null : writeCursor(window, found.before),
        host_names: hostNamesOf({ columns, rows }, { hostNames }),
        trust: trustBlock(found.scan, health),
      },
      text: textOf(found, { window, filter: args.filter, times: health }),
    };
  },
});

function textOf(
  { records, before, scan }: FoundFlows,
  { window, filter, times }: { window: TimeWindow; filter: string; times: CollectionTimes },
): string {
  if (records.length > 0) {
    return `${countOf(records.length, "record")}${before === null ? "" : ", and more"}.`;
  }
  if (before === null || isAllUntold(scan)) {
    return nothingFound(window, { scan, times, filter, what: "flow record" });
  }
  return `Nothing matches among the newest ${
    countOf(scan.rows_scanned, "flow record")
  }, which is ` +
    "as many as one search reads: next_cursor goes on behind them.";
}

function readFields(names: readonly string[] | undefined): readonly (keyof FlowRecord)[] {
  const known: readonly string[] = FLOW_FIELDS.map(({ name }) => name);
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const near = nearestWord(name, known);
    throw new ToolError(
      `fields: there is no field "${name}"` +
        (near === null ? `; there are ${known.join(", ")}` : `; did you mean "${near}"?`),
    );
  }
  return (names as readonly (keyof FlowRecord)[] | undefined) ?? DEFAULT_FIELDS;
}

function writeCursor(
  { fromMs, toMs, untilNow }: TimeWindow,
  { atMs, ring, row }: SearchPlace,
): string {
  const end = untilNow ? `${toMs}n` : toMs;
  return [fromMs, end, atMs, row, encodeURIComponent(ring).replaceAll("~", "%7E")].join("~");
}

function readCursor(text: string | undefined): { window: TimeWindow; before: SearchPlace } | null {
  if (text === undefined) return null;
  const [, from, to, now, at, row, ring] = CURSOR.exec(text) ?? [];
  if (from === undefined || !isDecodable(ring)) {
    throw new ToolError(
      `cursor: "${text}" is no cursor; pass the next_cursor of an earlier answer with the same ` +
        `filter, or leave it out`,
    );
  }
  return {
    window: { fromMs: Number(from), toMs: Number(to), untilNow: now !== "" },
    before: { atMs: Number(at), ring: decodeURIComponent(ring), row: Number(row) },
  };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
