import { z } from "zod";
import { detectBottlenecks as detect } from "../../analysis/detect_bottlenecks.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { analysisSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { analysisGround, analysisResult } from "./analysis_ground.ts";
import { filterText, timeRange } from "./query_arguments.ts";

export const detectBottlenecks = defineTool({
  name: "detect_bottlenecks",
  title: "Detect bottlenecks",
  description:
    "Which interfaces are full, and of what? Load per exporter, interface and direction " +
    "against capacity (configured, or as the device says): p95 and peak, severity, top sources " +
    "and services, time to saturation where the load rises. Interfaces that cannot be judged are " +
    'listed with why. Example: {"threshold_percent":70}.',
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    time_range: timeRange("now-1h"),
    threshold_percent: z.number().min(0).max(1000).default(30)
      .describe("list interfaces whose peak reached this share of capacity"),
    filter: filterText,
  }),
  output: analysisSchema,
  async run({ time_range, threshold_percent: thresholdPercent, filter }, context) {
    parseFilter(filter);
    const window = parseTimeRange(time_range, context.clock.now());
    const { capacities } = context;
    return analysisResult(
      await detect(analysisGround(context), { window, filter, thresholdPercent, capacities }),
    );
  },
});
