import { type FiveTuple, formatFiveTuple } from "../query/five_tuple.ts";
import type { Trust } from "../query/trust.ts";
import type { Alert } from "./alert.ts";
import type { FlowLatency } from "./latency_aggregate.ts";
import type { Thresholds } from "./thresholds.ts";

/** From this multiple of the threshold on, an alert is critical. */
const CRITICAL_FACTOR = 2;

/** What alerts about a flow have in common. */
export function latencyKey(flow: FlowLatency): string {
  return `latency ${formatFiveTuple(flow)}`;
}

/**
 * Makes an alert of a flow whose p95 latency is over the threshold.
 *
 * @param flow what was seen
 * @param facts `id` of the alert, `at` (ISO 8601), the `thresholds` in force and the `trust` block
 */
export function latencyAlert(
  flow: FlowLatency,
  { id, at, thresholds, trust }: { id: string; at: string; thresholds: Thresholds; trust: Trust },
): Alert {
  const { threshold_ms, window_seconds } = thresholds;
  const { samples, p95_ms } = flow;
  const subject = subjectOf(flow);
  const p95 = Number(p95_ms.toFixed(1));
  return {
    id,
    key: latencyKey(flow),
    monitor: "latency",
    severity: p95_ms >= threshold_ms * CRITICAL_FACTOR ? "critical" : "warning",
    state: "firing",
    title: `p95 latency ${p95} ms on ${formatFiveTuple(flow)}`,
    summary: `95 % of ${samples} measurements in the last ${window_seconds} s were at or below ` +
      `${p95} ms; the threshold is ${threshold_ms} ms.`,
    value: p95_ms,
    threshold: threshold_ms,
    unit: "ms",
    subject,
    window_seconds,
    samples,
    first_seen: at,
    last_seen: at,
    resolved_at: null,
    acknowledged_by: null,
    silenced_until: null,
    evidence: {
      query: {
        tool: "analyze_latency",
        arguments: { window_seconds, filter: flowFilter(subject) },
      },
      sample_flows: [],
      baseline: null,
      method: "95th percentile by nearest rank of the latency that exporters measured for the " +
        "5-tuple, over flow records received in the window",
      benign_explanations: [
        "a few slow requests among few samples raise the 95th percentile",
        "the server thinks rather than the network delays, where the exporter measures responses",
      ],
    },
    trust,
  };
}

function subjectOf(flow: FlowLatency): FiveTuple {
  const { src_addr, src_port, dst_addr, dst_port, protocol, protocol_name } = flow;
  return { src_addr, src_port, dst_addr, dst_port, protocol, protocol_name };
}

/** The filter that selects exactly this flow's known parts. */
function flowFilter(tuple: FiveTuple): string {
  const parts: string[] = [];
  if (tuple.src_addr !== null) parts.push(`src host ${tuple.src_addr}`);
  if (tuple.src_port !== null) parts.push(`src port ${tuple.src_port}`);
  if (tuple.dst_addr !== null) parts.push(`dst host ${tuple.dst_addr}`);
  if (tuple.dst_port !== null) parts.push(`dst port ${tuple.dst_port}`);
  if (tuple.protocol !== null) parts.push(`proto ${tuple.protocol}`);
  return parts.join(" and ");
}
