import type { PlanContext } from "../plan/plan_context.ts";
import type { ExporterFacts } from "./exporter_facts.ts";
import { rateInForce } from "./rate_in_force.ts";

/**
 * Tells a plan what options taught about the exporter of the records that it is about to write.
 *
 * @param context of the plan
 * @param facts about the exporter
 * @param of the records' template: its `templateId`; the exporter's `configuredRate`, 0 for none
 */
export function putFacts(
  context: PlanContext,
  facts: ExporterFacts,
  { templateId, configuredRate }: { templateId: number; configuredRate: number },
): void {
  const { rate, source } = rateInForce(configuredRate, facts.templateRate(templateId));
  context.bootMs = facts.bootMs;
  context.samplingRate = rate;
  context.samplingSource = source;
  context.ofTemplate = facts.hasTemplateRate(templateId);
  context.interfaceRates = facts.hasInterfaceRates;
  context.interfaceNames = facts.hasInterfaceNames;
}
