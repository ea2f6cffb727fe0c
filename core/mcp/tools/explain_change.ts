import { z } from "zod";
import { explainChange as explain } from "../../analysis/explain_change.ts";
import { parseFilter } from "../../query/filter/parse_filter.ts";
import type { TimeWindow } from "../../query/scan.ts";
import { parseTimeRange } from "../../query/time_range.ts";
import { analysisSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";
import { analysisGround, analysisResult } from "./analysis_ground.ts";
import { countOnce, filterText, timeRange } from "./query_arguments.ts";

export const explainChange = defineTool({
  name: "explain_change",
  title: "Explain a change",
  description: "What accounts for the difference between two windows? Per source, destination, " +
    "service and interface what is new, gone, grew or shrank; the parts and the residual add up " +
    "to the whole difference. Windows of different lengths are compared by rates. Example: " +
    '{"time_range":"15m","against":"2h/1h"}.',
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    time_range: timeRange("now-15m"),
    against: z.string().max(80).optional()
      .describe("the window to compare with; default: the equally long one before"),
    time: z.enum(["arrival", "flow"]).default("arrival").describe(
      "flow: by the flows' own time, long ones in proportion; the newest are not told of yet",
    ),
    filter: filterText,
    dedup: countOnce,
  }),
  output: analysisSchema,
  async run({ time_range, against: other, ...scope }, context) {
    parseFilter(scope.filter);
    const now = context.clock.now();
    const window = parseTimeRange(time_range, now);
    const against = other === undefined
      ? before(window)
      : parseTimeRange(other, now, { argument: "against" });
    return analysisResult(
      await explain(analysisGround(context), { window, against, ...scope }),
    );
  },
});

function before({ fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs: 2 * fromMs - toMs, toMs: fromMs, untilNow: false };
}
