import { z } from "zod";
import { recommend } from "../../analysis/recommend.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { analysisSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { analysisGround, analysisResult } from "./analysis_ground.ts";
import { filterText } from "./query_arguments.ts";

/** Long enough to tell a burst from a state, short enough to be about now. */
const TIME_RANGE = "15m";

export const getRecommendations = defineTool({
  name: "get_recommendations",
  title: "Get recommendations",
  description:
    "What should be done now? Ordered by severity, each with what was seen in the last " +
    "15 minutes, why it matters, the next step, and the query that shows it: about collection " +
    "(loss, sampling, templates, memory), full links, anomalies, traffic that one conversation " +
    "dominates. Example: {}.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    include_analysis: z.boolean().default(true)
      .describe("false: only about collection, not about the traffic itself"),
    filter: filterText,
  }),
  output: analysisSchema,
  async run({ include_analysis: includeAnalysis, filter }, context) {
    parseFilter(filter);
    const window = parseTimeRange(TIME_RANGE, context.clock.now());
    const { capacities, anomalies } = context;
    return analysisResult(
      await recommend(analysisGround(context), {
        ...{ window, filter, includeAnalysis, capacities, anomalies },
      }),
    );
  },
});
