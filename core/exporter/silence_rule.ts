/** An exporter that was heard, and has not been for so long, is silent. */
export const SILENT_AFTER_MS = 120_000;

/**
 * How grave it is that an exporter is silent, whoever tells of it: alerts, advice, diagnoses. What it
 * saw is missing from every answer, as with loss. Who was heard for less time than it is silent came
 * new and has left, like a test: that is good to know.
 *
 * @param heardMs from its first to its last sign
 * @param silentMs since then
 */
export function silenceSeverity(
  { heardMs, silentMs }: { heardMs: number; silentMs: number },
): "info" | "warning" {
  return heardMs >= silentMs ? "warning" : "info";
}
