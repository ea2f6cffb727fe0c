import { z } from "zod";
import { nothingFound } from "../../analysis/nothing_found.ts";
import { collectionHealth } from "../../collector/health.ts";
import { heardBy } from "../../collector/heard_by.ts";
import { formatTime } from "../../flow/record_reader.ts";
import { SEVERITIES } from "../../monitor/alert.ts";
import { ANOMALY_TYPES, type Finding } from "../../monitor/finding.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import type { ScanReport, TimeWindow } from "../../query/scan.ts";
import { isAllUntold } from "../../query/scan_report.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { type CollectionTimes, trustBlock } from "../../query/trust.ts";
import { countOf } from "../../count_of.ts";
import { trustSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { filterText, timeRange } from "./query_arguments.ts";

/** Findings shown; the rest is counted. */
const MAX_ITEMS = 20;

const evidence = z.object({
  tool: z.string(),
  arguments: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
});

export const findAnomalies = defineTool({
  name: "find_anomalies",
  title: "Find anomalies",
  description: "Scans, floods, beacons, spikes, drops and more in a window, gravest first. Each " +
    "item says how it was found, how sure that is (`confidence`, 0 to 1), what harmless thing " +
    "would look the same, and which call shows it (`evidence`). Severity info is a hint; " +
    "`trust.notes` says what could not be judged. Example: " +
    '{"anomaly_type":"port_scan","time_range":"1h","filter":"host 10.0.0.1"}.',
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    anomaly_type: z.enum(["all", ...ANOMALY_TYPES]).default("all"),
    time_range: timeRange("now-15m"),
    filter: filterText,
  }),
  output: z.object({
    headline: z.string(),
    items: z.array(z.object({
      type: z.string(),
      severity: z.enum(SEVERITIES),
      subject: z.object({ kind: z.string(), name: z.string(), hosts: z.array(z.string()) }),
      summary: z.string(),
      numbers: z.record(z.string(), z.number()),
      first_seen: z.string(),
      last_seen: z.string(),
      evidence,
      method: z.string(),
      confidence: z.number(),
      confidence_because: z.string(),
      benign_explanations: z.array(z.string()),
    })),
    omitted: z.number(),
    query: evidence.describe("to go on from"),
    trust: trustSchema,
  }),
  async run({ anomaly_type, time_range, filter }, { queries, collectors, clock, signal }) {
    parseFilter(filter);
    const window = parseTimeRange(time_range, clock.now());
    const { findings, omitted, scan, notes } = await queries.ask("anomalies", {
      window,
      types: anomaly_type === "all" ? [] : [anomaly_type],
      filter,
      limit: MAX_ITEMS,
      ...heardBy(collectors.all, window.toMs),
    }, { signal });
    const health = collectionHealth(collectors.all, window.fromMs, window.toMs);
    const headline = headlineOf(findings, { omitted, scan, window, times: health });
    return {
      result: {
        headline,
        items: findings.map(itemOf),
        omitted,
        query: {
          tool: "query_flows",
          arguments: {
            time_range: `${formatTime(window.fromMs)}/${formatTime(window.toMs)}`,
            filter,
            group_by: ["src_addr", "dst_addr", "service"],
          },
        },
        trust: trustBlock(scan, health, { notes }),
      },
      text: headline,
    };
  },
});

function itemOf({ first_seen_ms, last_seen_ms, told_at_ms: _, ...finding }: Finding) {
  return {
    ...finding,
    first_seen: formatTime(first_seen_ms)!,
    last_seen: formatTime(last_seen_ms)!,
  };
}

function headlineOf(
  findings: readonly Finding[],
  { omitted, scan, window, times }: {
    omitted: number;
    scan: ScanReport;
    window: TimeWindow;
    times: CollectionTimes;
  },
): string {
  const { rows_scanned: rows } = scan;
  if (isAllUntold(scan) || rows === 0) {
    return nothingFound(window, { scan, times, filter: "", what: "flow record" });
  }
  const all = findings.length + omitted;
  if (all === 0) return `Nothing out of the ordinary in ${countOf(rows, "flow record")}.`;
  const grave = findings.filter(({ severity }) => severity !== "info").length;
  return `${countOf(all, "finding")}, ${grave} of them to look into. ${findings[0].summary}`;
}
