import { countOf } from "../../count_of.ts";
import { z } from "zod";
import { thresholdsSchema } from "../schemas.ts";
import { defineTool } from "../tool.ts";

export const setThresholds = defineTool({
  name: "set_thresholds",
  title: "Set alert thresholds",
  description:
    "Sets what the latency monitor alerts on and returns the effective thresholds; what " +
    "is left out stays as it is, so a call without arguments only reads them. Example: " +
    `{"threshold_ms":200,"window_seconds":600}. A flow alerts when the 95th percentile of its ` +
    "latency within the window is above threshold_ms, at most once per cooldown_seconds.",
  hints: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({
    threshold_ms: z.number().positive().max(1e7).optional()
      .describe("p95 latency in ms"),
    window_seconds: z.number().int().min(1).max(86_400).optional()
      .describe("how far back the monitor looks"),
    min_samples: z.number().int().min(1).max(1_000_000).optional()
      .describe("measurements a flow needs"),
    cooldown_seconds: z.number().min(0).max(604_800).optional()
      .describe("quiet time of a flow after its alert"),
  }),
  output: z.object({ thresholds: thresholdsSchema }),
  run(args, { runner }) {
    const given = Object.fromEntries(
      Object.entries(args).filter(([, value]) => value !== undefined),
    );
    const thresholds = { ...runner.setThresholds(given) };
    const text = `Alert when p95 latency is over ${thresholds.threshold_ms} ms in ` +
      `${thresholds.window_seconds} s with at least ${
        countOf(thresholds.min_samples, "sample")
      }; ` +
      `cooldown ${thresholds.cooldown_seconds} s.`;
    return Promise.resolve({ result: { thresholds }, text });
  },
});
