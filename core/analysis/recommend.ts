import { countOf } from "../count_of.ts";
import { budgetAdvice } from "./advice/budget_advice.ts";
import { collectionAdvice } from "./advice/collection_advice.ts";
import type { Recommendation } from "./advice/recommendation.ts";
import { anomalyAdvice, bottleneckAdvice, concentrationAdvice } from "./advice/traffic_advice.ts";
import type { LookForAnomalies } from "./anomaly_source.ts";
import { bottlenecks } from "./detect_bottlenecks.ts";
import { type Analysis, figure, type Ground, Inquiry, type Scope } from "./inquiry.ts";
import type { InterfaceCapacities } from "./interface_capacities.ts";
import { windowText } from "./wording.ts";

const LISTED = 20;
/** Anomalies that become recommendations. */
const ANOMALIES = 10;
/** Utilisation from which a link is worth a recommendation. */
const FULL_PERCENT = 70;
const GRAVEST: readonly Recommendation["severity"][] = ["critical", "warning", "info"];

/**
 * What should be done now? The gravest first; of equal ones those first that take from the figures
 * themselves.
 *
 * @param ground what to ask
 * @param question which flows; `includeAnalysis`: also what the traffic itself gives cause for;
 *   `anomalies`: null where nothing looks for them
 * @throws {FilterError} when the filter is not one
 */
export async function recommend(
  ground: Ground,
  { includeAnalysis, capacities, anomalies, ...scope }: Scope & {
    includeAnalysis: boolean;
    capacities: InterfaceCapacities;
    anomalies: LookForAnomalies | null;
  },
): Promise<Analysis<Recommendation & { priority: number }>> {
  const { window } = scope;
  // Whether collection works does not depend on which flows one cares for.
  const everything = new Inquiry(ground, { window, filter: "" });
  const inquiry = new Inquiry(ground, scope);
  const all = await everything.ask({ metrics: ["bytes", "flows"] });
  const advice = await collectionAdvice(everything, {
    health: ground.health(window.fromMs, window.toMs),
    whole: all,
  });
  inquiry.alsoBasedOn(...everything.answers);
  const whole = await inquiry.ask({ metrics: ["bytes", "flows"] });
  if (includeAnalysis && figure(whole.totals.metrics, "flows") > 0) {
    const full = await bottlenecks(inquiry, { thresholdPercent: FULL_PERCENT, capacities });
    advice.push(...bottleneckAdvice(inquiry, full.items));
    if (anomalies === null) {
      inquiry.note("Anomalies were not looked for.");
    } else {
      const found = await anomalies({ ...scope, limit: ANOMALIES });
      inquiry.alsoBasedOn(found);
      advice.push(...anomalyAdvice(found));
    }
    advice.push(...await concentrationAdvice(inquiry, whole));
  }
  // Of equal ones it comes first: it takes from all others.
  advice.unshift(...budgetAdvice(inquiry, inquiry.answers));
  const items = advice
    .sort((a, b) => GRAVEST.indexOf(a.severity) - GRAVEST.indexOf(b.severity))
    .map((item, i) => ({ priority: i + 1, ...item }));
  const [first] = items;
  return inquiry.conclude({
    headline: first === undefined
      ? `Nothing in ${windowText(window)} calls for action.`
      : `${countOf(items.length, "recommendation")}; first: ${
        first.title[0].toLowerCase() + first.title.slice(1)
      }.`,
    items: items.slice(0, LISTED),
    omitted: Math.max(0, items.length - LISTED),
    query: first?.query ??
      inquiry.next({ group_by: ["src_addr", "dst_addr", "service"], metrics: ["bytes", "flows"] }),
  });
}
