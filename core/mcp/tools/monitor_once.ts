import { z } from "zod";
import type { AlertPage } from "../../monitor/alert_book.ts";
import type { MonitorRunner } from "../../monitor/monitor_runner.ts";
import { countOf } from "../../count_of.ts";
import { alertSchema, trustSchema } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";

const count = z.number();
const CURSOR = /^([0-9a-f]{8})\.(\d{1,15})$/;

export const monitorOnce = defineTool({
  name: "monitor_once",
  title: "Check for alerts",
  description: "Has the monitors look now and returns alerts. With `since` (the `cursor` of an " +
    "earlier answer): every alert that changed after it, none twice. Without it: those raised " +
    "since the last call without it. A flow alerts once per cooldown. At most 10 come at once; the " +
    "cursor leads on. Thresholds: set_thresholds; details: analyze_latency.",
  hints: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  input: z.strictObject({
    since: z.string().max(32).optional().describe("cursor of an earlier answer"),
  }),
  output: z.object({
    analysis: z.object({
      window_seconds: z.number(),
      flows: count,
      samples: count,
      monitors: z.array(z.object({ name: z.string(), findings: count, raised: count })),
    }),
    alerts: z.array(alertSchema),
    omitted: count,
    cursor: z.string(),
    trust: trustSchema,
  }),
  async run({ since }, { runner }) {
    const from = since === undefined ? null : readCursor(since, runner);
    const { trust, ...analysis } = await runner.evaluate();
    const page = from === null ? runner.takeRaised() : runner.alertsSince(from);
    const { alerts } = page;
    const cursor = `${runner.epoch}.${page.cursor}`;
    return {
      result: { analysis, alerts, omitted: page.omitted, cursor, trust },
      text: describe(page, analysis),
    };
  },
});

/** A cursor of an earlier process reads from the start: nothing is missed. */
function readCursor(text: string, runner: MonitorRunner): number {
  const [, epoch, change] = CURSOR.exec(text) ?? [];
  if (epoch === undefined) {
    throw new ToolError(
      `since: "${text}" is no cursor; pass the cursor of an earlier monitor_once, or leave it out`,
    );
  }
  return epoch === runner.epoch ? Number(change) : 0;
}

function describe(
  { alerts, omitted }: AlertPage,
  { flows, samples, window_seconds }: { flows: number; samples: number; window_seconds: number },
): string {
  const seen = `${countOf(flows, "flow")}, ${countOf(samples, "sample")} in ${window_seconds} s`;
  if (alerts.length === 0) return `No new alerts (${seen}).`;
  const total = alerts.length + omitted;
  const more = total > 1 ? ` and ${total - 1} more` : "";
  return `${countOf(total, "alert")} (${seen}): ${alerts[0].title}${more}.`;
}
