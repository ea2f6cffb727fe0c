import type { FlowRecord } from "../flow/schema.ts";
import type { FiveTuple } from "../query/five_tuple.ts";
import type { Trust } from "../query/trust.ts";

export const SEVERITIES = ["info", "warning", "critical"] as const;
export const ALERT_STATES = ["pending", "firing", "resolved"] as const;

/** Something a monitor saw that a person should know. Times are ISO 8601. */
export interface Alert {
  /** Of this alert alone. */
  id: string;
  /** Of what it is about: stays the same from one alert to the next. */
  key: string;
  monitor: string;
  severity: (typeof SEVERITIES)[number];
  state: (typeof ALERT_STATES)[number];
  title: string;
  summary: string;
  value: number;
  threshold: number;
  unit: string;
  /** For a flow, its 5-tuple. */
  subject: FiveTuple;
  window_seconds: number;
  samples: number;
  first_seen: string;
  last_seen: string;
  resolved_at: string | null;
  acknowledged_by: string | null;
  silenced_until: string | null;
  evidence: {
    /** The tool call that shows it again. */
    query: { tool: string; arguments: Record<string, string | number> };
    sample_flows: FlowRecord[];
    baseline: string | null;
    method: string;
    benign_explanations: string[];
  };
  trust: Trust;
}
