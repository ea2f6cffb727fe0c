import type { Analysis, Ground } from "../../analysis/inquiry.ts";
import { collectionHealth } from "../../collector/health.ts";
import type { CallContext } from "../tool.ts";

/** What analyses ask, in this process: the query worker and the collectors. */
export function analysisGround({ queries, collectors, clock, signal }: CallContext): Ground {
  return {
    nowMs: clock.now(),
    run: (query) => queries.ask("query", query, { signal }),
    health: (fromMs, toMs) => collectionHealth(collectors.all, fromMs, toMs),
  };
}

/** An analysis as a tool returns it. */
export function analysisResult(analysis: Analysis) {
  // Items are plain data: they leave as JSON.
  const items = analysis.items as Record<string, unknown>[];
  return { result: { ...analysis, items }, text: analysis.headline };
}
