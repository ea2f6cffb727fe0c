import type { AnomalyType } from "../monitor/finding.ts";
import type { AnswerBasis } from "../query/merged_trust.ts";
import type { Scope } from "./inquiry.ts";

/** An anomaly, as far as other analyses tell of it. */
export interface AnomalyFound {
  readonly type: AnomalyType;
  readonly severity: "info" | "warning" | "critical";
  readonly subject: { readonly kind: string; readonly name: string; readonly hosts: string[] };
  /** One sentence for people. */
  readonly summary: string;
  readonly first_seen_ms: number;
  readonly last_seen_ms: number;
  readonly evidence: { readonly tool: string; readonly arguments: Record<string, unknown> };
  /** 0 to 1. */
  readonly confidence: number;
  readonly benign_explanations: readonly string[];
}

/** What looking for anomalies gave, and what it stands on. */
export interface AnomaliesFound extends AnswerBasis {
  /** The gravest first. */
  readonly findings: readonly AnomalyFound[];
  readonly omitted: number;
}

/** Looks for anomalies of every type: the monitors, run over a window. */
export type LookForAnomalies = (question: Scope & { limit: number }) => Promise<AnomaliesFound>;
