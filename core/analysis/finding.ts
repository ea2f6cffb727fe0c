import type { ConfigurationTopic } from "./exporter_configuration.ts";
import type { ExporterEvidence } from "./exporter_evidence.ts";

/** A question to the evidence; null where there is nothing to say. */
export type Check = (evidence: ExporterEvidence) => Finding | null;

/** Something about an exporter that explains what one sees, or does not see. */
export interface Finding {
  /** A word for programs. */
  readonly finding: string;
  /** `critical`: nothing usable arrives; `warning`: figures are wrong or may be; `info`: good to know. */
  readonly severity: "critical" | "warning" | "info";
  /** What was seen, with the numbers. */
  readonly evidence: string;
  /** What it means. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
  /** What of the exporter's configuration would mend it; null where it is not the exporter's. */
  readonly topic: ConfigurationTopic | null;
}
