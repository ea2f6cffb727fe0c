import { countOf } from "../../count_of.ts";
import { formatTime } from "../../flow/record_reader.ts";
import type { Budget } from "../../query/engine/query_answer.ts";
import type { AnswerBasis } from "../../query/merged_trust.ts";
import type { Inquiry } from "../inquiry.ts";
import { timeRangeText, windowText } from "../wording.ts";
import type { Recommendation } from "./recommendation.ts";

/** What bounds each. */
const SETTINGS: Readonly<Record<Budget, string>> = {
  rows: "query.max_rows (FLOW_QUERY_MAX_ROWS)",
  time: "query.max_seconds (FLOW_QUERY_MAX_SECONDS)",
  memory: "query.max_memory_bytes (FLOW_QUERY_MAX_MEMORY_BYTES)",
};

/**
 * What to do where what is recommended stands on a part of the flows, since a budget was reached.
 *
 * @param inquiry over the window
 * @param answers what all recommendations stand on
 */
export function budgetAdvice(
  { scope: { window, filter } }: Inquiry,
  answers: readonly AnswerBasis[],
): Recommendation[] {
  const reached = new Set(answers.flatMap(({ reached = [] }) => reached));
  // Those before the window, which it is compared with, may end early too.
  const cut = answers.filter(({ scan }) =>
    scan.stopped_at !== null && scan.asked_to === window.toMs
  );
  if (reached.size === 0 && cut.length === 0) return [];
  const worst = cut.length === 0
    ? null
    : cut.reduce((a, b) => b.scan.stopped_at! < a.scan.stopped_at! ? b : a);
  const stoppedMs = Math.max(window.fromMs, worst?.scan.stopped_at ?? window.toMs);
  const unread = stoppedMs < window.toMs ? { ...window, fromMs: stoppedMs } : window;
  const settings = [...reached].map((budget) => SETTINGS[budget]);
  return [{
    severity: "warning",
    area: "collection",
    title: "Ask of less at a time",
    seen: [
      ...(worst === null ? [] : [
        `Of ${windowText(window)} ${countOf(worst.scan.rows_scanned, "flow record")} were read, ` +
        `those that arrived up to ${formatTime(stoppedMs)}: then the budget was used up.`,
      ]),
      ...(reached.has("memory")
        ? ["There was no room in memory for all groups or values of the answers."]
        : []),
    ].join(" "),
    why: "Recommendations stand on a part of the flows: what was left out may matter more.",
    next_step:
      "Ask analyze_traffic, detect_bottlenecks and find_anomalies of a shorter time_range, " +
      "or with a filter" +
      (settings.length === 0 ? "." : `, or raise ${settings.join(" and ")}.`),
    query: {
      tool: "analyze_traffic",
      arguments: { time_range: timeRangeText(unread), filter },
    },
  }];
}
