import { z } from "zod";
import { nothingBecause } from "../../analysis/nothing_told.ts";
import { collectedText } from "../../analysis/wording.ts";
import { absence } from "../../query/absence.ts";
import { collectedMs, uncollected } from "../../query/held_gaps.ts";
import { collectionHealth } from "../../collector/health.ts";
import type { FlowLatency } from "../../monitor/latency_aggregate.ts";
import { formatFiveTuple } from "../../query/five_tuple.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { coverage, trustBlock } from "../../query/trust.ts";
import { countOf } from "../../count_of.ts";
import { fiveTupleShape, listLimit, trustSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { MAX_FILTER } from "./query_arguments.ts";

const count = z.number();

export const analyzeLatency = defineTool({
  name: "analyze_latency",
  title: "Analyze latency",
  description: "Latency per flow (5-tuple) over the last window_seconds (default: the monitor's " +
    "window), highest p95 first. Only flows whose exporter measured latency count. Example: " +
    `{"filter":"dst net 10.0.0.0/8 and dst port 443"}. To be told of slow flows use monitor_once.`,
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    window_seconds: z.number().int().min(1).max(86_400).optional()
      .describe("how far back to look; default: as set_thresholds says"),
    filter: z.string().max(MAX_FILTER).optional(),
    limit: listLimit.describe("flows to return"),
  }),
  output: z.object({
    window_seconds: z.number(),
    samples: count,
    flows: z.array(z.object({
      ...fiveTupleShape,
      samples: count,
      min_ms: z.number(),
      avg_ms: z.number(),
      p50_ms: z.number(),
      p95_ms: z.number(),
      p99_ms: z.number(),
      max_ms: z.number(),
      over_threshold: z.boolean(),
    })),
    omitted: count,
    trust: trustSchema,
  }),
  async run({ window_seconds, filter = "", limit }, { runner, queries, collectors, clock }) {
    parseFilter(filter);
    const { thresholds } = runner;
    const seconds = window_seconds ?? thresholds.window_seconds;
    const toMs = clock.now();
    const fromMs = toMs - seconds * 1000;
    const window = { fromMs, toMs, untilNow: true };
    const answer = await queries.ask("latency", { window, filter, limit });
    const flows = answer.flows.map((flow) => ({
      ...flow,
      over_threshold: flow.p95_ms > thresholds.threshold_ms &&
        flow.samples >= thresholds.min_samples,
    }));
    const health = collectionHealth(collectors.all, fromMs, toMs);
    const { scan } = answer;
    const absent = absence(scan, health);
    const covered = coverage(scan, health);
    const collected = covered === null ? 0 : collectedMs(uncollected(scan, health), covered);
    const told = { seconds: collected / 1000, untold: scan.untold, scan };
    return {
      result: {
        window_seconds: seconds,
        samples: answer.samples,
        flows,
        omitted: answer.omitted,
        trust: trustBlock(scan, health, answer),
      },
      text: absent !== null
        ? `${nothingBecause(window, absent)}.`
        : describe(flows, { flowCount: answer.flow_count, when: collectedText(window, told) }),
    };
  },
});

function describe(
  flows: readonly (FlowLatency & { over_threshold: boolean })[],
  { flowCount, when }: { flowCount: number; when: string },
): string {
  if (flows.length === 0) return `No flow with measured latency in ${when}.`;
  const [worst] = flows;
  const over = flows.filter(({ over_threshold }) => over_threshold).length;
  return `${countOf(flowCount, "flow")} with latency in ${when}, ${over} of those listed over ` +
    `the threshold; slowest: ${formatFiveTuple(worst)}, p95 ${worst.p95_ms.toFixed(1)} ms.`;
}
