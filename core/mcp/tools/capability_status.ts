import { z } from "zod";
import type { Collector } from "../../collector/collector.ts";
import { type CollectorCounters, sumCounters } from "../../collector/control_block.ts";
import { unknownCapability } from "../../collector/unknown_capability.ts";
import { SEQUENCE_UNITS } from "../../exporter/exporter_cells.ts";
import type { ExporterSummary } from "../../exporter/exporter.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { HistoryStatus } from "../../history/history_status.ts";
import { SAMPLING_SOURCES } from "../../flow/schema.ts";
import { countOf } from "../../count_of.ts";
import { capabilityName, countersSchema, listLimit } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";

const count = z.number();

export const capabilityStatus = defineTool({
  name: "capability_status",
  title: "Status of collection",
  description: "Shows what arrives: per capability the summed counters (datagrams, flow records, " +
    "drops by reason, loss), its collectors, and its exporters, worst loss first; and `history`, the " +
    "flows on disk. Whether a router's export arrives; why not: diagnose_exporter.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    capability: capabilityName.optional().describe("only this one; default: all"),
    limit: listLimit.describe("exporters to list per capability"),
  }),
  output: z.object({
    capabilities: z.array(z.object({
      name: z.string(),
      running: z.boolean(),
      counters: countersSchema,
      collectors: z.array(z.object({
        host: z.string(),
        port: z.number(),
        running: z.boolean(),
        started_at: z.string().nullable(),
        restarts: count,
        last_error: z.string().nullable(),
        permissions: z.array(z.string()),
        counters: countersSchema,
        receive_gaps: z.array(z.object({ at_least_ms: count, count })),
      })),
      exporters: z.array(z.object({
        address: z.string(),
        observation_domain: count.nullable(),
        last_seen: z.string().nullable(),
        datagrams: count,
        flow_records: count,
        sequence_lost: z.number(),
        sequence_unit: z.enum(SEQUENCE_UNITS).nullable(),
        reordered: count,
        duplicates: count,
        restarts: count,
        samples_lost: count,
        samples_dropped: count,
        sampling_rate: z.number().nullable(),
        sampling_source: z.enum(SAMPLING_SOURCES),
        templates: count,
      })),
      omitted: count,
    })),
    history: z.object({
      state: z.enum(["kept", "paused", "opening", "off"]),
      reason: z.string().nullable(),
      folder: z.string().nullable(),
      segments: count,
      flow_records: count,
      bytes: count,
      oldest_at: z.string().nullable(),
      written_flow_records: count,
      waiting_flow_records: count,
      skipped_flow_records: count,
      skipped_blocks: count,
      unsummed_flow_records: count,
      oldest_minute_at: z.string().nullable(),
      oldest_hour_at: z.string().nullable(),
      clock_leap_seconds: count,
      last_error: z.string().nullable(),
    }),
  }),
  run({ capability, limit }, { collectors, history }) {
    const known = collectors.capabilities.map(({ name }) => name);
    if (capability !== undefined && !known.includes(capability)) {
      throw new ToolError(unknownCapability(capability, known));
    }
    const capabilities = known.filter((name) => capability === undefined || name === capability)
      .map((name) => statusOf(name, collectors.of(name), limit));
    const lines = capabilities.map(({ name, running, counters }) =>
      `${name} ${running ? "runs" : "is stopped"}, ` +
      `${countOf(counters.flow_records, "flow record")} from ` +
      `${countOf(counters.datagrams, "datagram")}, ` +
      countOf(counters.decode_errors, "decode error")
    );
    const kept = historyOf(history());
    if (kept.reason !== null) lines.push(`history is not written: ${kept.reason}`);
    return Promise.resolve({
      result: { capabilities, history: kept },
      text: `${lines.join("; ")}.`,
    });
  },
});

function historyOf(
  { folder, open, paused, segments, rows, octets, oldestMs, ...status }: HistoryStatus,
) {
  return {
    state: stateOf({ folder, paused, open }),
    reason: paused,
    folder,
    segments,
    flow_records: rows,
    bytes: octets,
    oldest_at: timeOf(oldestMs),
    written_flow_records: status.sealedRows,
    waiting_flow_records: status.waitingRows,
    skipped_flow_records: status.skippedRows,
    skipped_blocks: status.skippedBlocks,
    unsummed_flow_records: status.unsummedRows,
    oldest_minute_at: timeOf(status.oldestMinuteMs),
    oldest_hour_at: timeOf(status.oldestHourMs),
    clock_leap_seconds: Math.round(status.leapMs / 1000),
    last_error: status.lastError,
  };
}

function stateOf(
  { folder, open, paused }: Pick<HistoryStatus, "folder" | "open" | "paused">,
): "kept" | "paused" | "opening" | "off" {
  if (folder === null) return "off";
  if (paused !== null) return "paused";
  return open ? "kept" : "opening";
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}

function statusOf(name: string, collectors: readonly Collector[], limit: number) {
  const statuses = collectors.map((collector) => collector.status());
  const exporters = collectors.flatMap((collector) => collector.exporters.summaries())
    .sort((a, b) => b.sequence_lost - a.sequence_lost || b.last_seen_ms - a.last_seen_ms);
  return {
    name,
    running: collectors.some(({ running }) => running),
    counters: withEstimates(sumCounters(statuses.map(({ counters }) => counters)), exporters),
    collectors: statuses.map(({ started_at_ms, counters, ...status }, i) => ({
      ...status,
      started_at: timeOf(started_at_ms),
      counters: withEstimates(counters, collectors[i].exporters.summaries()),
    })),
    exporters: exporters.slice(0, limit).map(describeExporter),
    omitted: Math.max(0, exporters.length - limit),
  };
}

/** What a diagnosis is made from besides is left to diagnose_exporter. */
function describeExporter(
  {
    first_seen_ms: _f,
    last_seen_ms,
    waiting_sets: _w,
    clock_lag_ms: _c,
    unrated_ms: _u,
    ...exporter
  }: ExporterSummary,
) {
  return { ...exporter, last_seen: formatTime(last_seen_ms) };
}

/** Adds what can only be estimated, and what the system hides, to what was counted. */
function withEstimates(counters: CollectorCounters, exporters: readonly ExporterSummary[]) {
  let lost = 0;
  let arrived = 0;
  for (const { sequence_unit, sequence_lost, datagrams, flow_records } of exporters) {
    // How many sets arrived is not counted.
    if (sequence_unit === null || sequence_unit === "sets") continue;
    lost += sequence_lost;
    arrived += sequence_unit === "datagrams" ? datagrams : flow_records;
  }
  const known = lost + arrived > 0;
  return {
    ...counters,
    loss_percent_estimate: known ? (100 * lost) / (lost + arrived) : null,
    kernel_drops: null,
  };
}
