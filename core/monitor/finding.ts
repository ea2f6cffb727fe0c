import { SEVERITIES } from "./alert.ts";

/** What can be found, in the order that people ask for it. */
export const ANOMALY_TYPES = [
  "port_scan",
  "host_scan",
  "traffic_spike",
  "traffic_drop",
  "rare_ports",
  "syn_flood",
  "amplification",
  "beaconing",
  "new_talkers",
  "exporter_silent",
] as const;
export type AnomalyType = (typeof ANOMALY_TYPES)[number];

/** What a finding is about. */
export interface FindingSubject {
  kind: "host" | "conversation" | "service" | "interface" | "exporter" | "network";
  /** For people and as a stable key: `10.0.0.1`, `10.0.0.1 > 10.0.0.2 port 443/tcp`. */
  name: string;
  /** Addresses that take part, the one that acts first; at most MAX_SUBJECT_HOSTS. */
  hosts: string[];
}

/** Most addresses that a subject names. */
export const MAX_SUBJECT_HOSTS = 8;

/** The tool call that shows what was found. */
export interface FindingEvidence {
  tool: string;
  arguments: Record<string, string | number | string[]>;
}

/** Something that a monitor saw in a window. */
export interface Finding {
  type: AnomalyType;
  severity: (typeof SEVERITIES)[number];
  subject: FindingSubject;
  /** One sentence for people. */
  summary: string;
  /** The figures it stands on; names carry the unit. */
  numbers: Record<string, number>;
  /** When it began to show and when it was last seen, Unix milliseconds. */
  first_seen_ms: number;
  last_seen_ms: number;
  /** When it could be told first: from here on the evidence was enough, Unix milliseconds. */
  told_at_ms: number;
  evidence: FindingEvidence;
  /** How it was found, one line. */
  method: string;
  /** 0 to 1: how likely it is what its type says, and why so. */
  confidence: number;
  confidence_because: string;
  /** What else would look like this. */
  benign_explanations: string[];
}

/** The graver, the higher. */
export function severityRank(severity: Finding["severity"]): number {
  return SEVERITIES.indexOf(severity);
}
