import type { CollectorEvidence } from "./exporter_evidence.ts";

/** How much several collectors dropped for one reason. */
export function dropTotal(collectors: readonly CollectorEvidence[], reason: string): number {
  return collectors.reduce((sum, { drops }) => sum + (drops[reason] ?? 0), 0);
}
