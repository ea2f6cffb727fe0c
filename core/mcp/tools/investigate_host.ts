import { z } from "zod";
import { DIRECTIONS, investigateHost as investigate } from "../../analysis/investigate_host.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { analysisSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { analysisGround, analysisResult } from "./analysis_ground.ts";
import { countOnce, filterText, timeRange } from "./query_arguments.ts";

export const investigateHost = defineTool({
  name: "investigate_host",
  title: "Investigate a host",
  description: "What is a host doing? What it sent and received with rates and trend, first and " +
    "last seen, ports, latency, its peers, the services it offers and uses, and the anomalies it " +
    'takes part in. Example: {"ip_address":"10.0.0.1","time_range":"1h"}. For its single records ' +
    "use search_flows.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    ip_address: z.string().min(1).max(64).describe("IPv4 or IPv6"),
    direction: z.enum(DIRECTIONS).default("both").describe("flows that it sent, received, or both"),
    time_range: timeRange("now-1h"),
    filter: filterText,
    dedup: countOnce,
  }),
  output: analysisSchema,
  async run({ ip_address: address, time_range, ...scope }, context) {
    parseFilter(scope.filter);
    const window = parseTimeRange(time_range, context.clock.now());
    const { anomalies } = context;
    return analysisResult(
      await investigate(analysisGround(context), { window, address, anomalies, ...scope }),
    );
  },
});
