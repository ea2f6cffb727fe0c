import { z } from "zod";
import { analyzeTraffic as analyze, FOCUSES } from "../../analysis/analyze_traffic.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { analysisSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { analysisGround, analysisResult } from "./analysis_ground.ts";
import { countOnce, filterText, timeRange } from "./query_arguments.ts";

export const analyzeTraffic = defineTool({
  name: "analyze_traffic",
  title: "Analyze traffic",
  description: "What is the traffic like? `focus`: summary (totals, change against the window " +
    "before, the largest of each kind), top_talkers (hosts by bytes sent and received), services, " +
    "conversations, interfaces, exporters, as, countries (alias geographic), trend (rate over " +
    'time, peak, p95, slope). Example: {"time_range":"1h","focus":"services"}. For groupings of ' +
    "your own use query_flows.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    time_range: timeRange("now-15m"),
    focus: z.enum(FOCUSES).default("summary"),
    filter: filterText,
    dedup: countOnce,
  }),
  output: analysisSchema,
  async run({ time_range, focus, ...scope }, context) {
    parseFilter(scope.filter);
    const window = parseTimeRange(time_range, context.clock.now());
    return analysisResult(await analyze(analysisGround(context), { window, focus, ...scope }));
  },
});
