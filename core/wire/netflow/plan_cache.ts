import { LIMITS } from "../limits.ts";
import { type CompiledPlan, compilePlan, type PlanOptions } from "../plan/compile_plan.ts";
import type { WireField, WireUse } from "../plan/wire_field.ts";
import type { FieldMap } from "./field_map.ts";
import type { TemplateField } from "./template_field.ts";

/**
 * Compiled record layouts, so that exporters of one kind share them: a fleet of routers announces
 * the same few templates from hundreds of sessions. The longest unused goes first.
 */
export class PlanCache {
  readonly #map: FieldMap;
  readonly #options: PlanOptions;
  readonly #plans = new Map<string, CompiledPlan>();
  #compiled = 0;

  /**
   * @param map what elements are for
   * @param options of the plans, the same for all
   */
  constructor(map: FieldMap, options: PlanOptions = {}) {
    this.#map = map;
    this.#options = options;
  }

  /** Layouts that had to be compiled. */
  get compiled(): number {
    return this.#compiled;
  }

  /**
   * The plan that writes records of a layout.
   *
   * @param layout text that is the same for the same fields
   * @param fields in wire order
   */
  plan(layout: string, fields: readonly TemplateField[]): CompiledPlan {
    let plan = this.#plans.get(layout);
    if (plan === undefined) {
      if (this.#plans.size >= LIMITS.compiledPlans) {
        this.#plans.delete(this.#plans.keys().next().value!);
      }
      plan = compilePlan(wireFields(fields, this.#map), this.#options);
      this.#compiled++;
    } else this.#plans.delete(layout);
    this.#plans.set(layout, plan);
    return plan;
  }
}

function wireFields(fields: readonly TemplateField[], map: FieldMap): WireField[] {
  const all = fields.map(({ pen, id, length }): WireField => ({
    name: `${pen}.${id}`,
    width: length,
    uses: map.uses(pen, id),
  }));
  const has = (target: WireUse["target"]) =>
    all.some(({ uses }) => uses?.some((use) => use.target === target) ?? false);
  if (has("in_if") || !has("out_if")) return all;
  // The name in a record of but an egress interface is the name of that.
  return all.map((field) => ({
    ...field,
    uses: field.uses?.map((use) =>
      use.target === "in_if_name" ? { ...use, target: "out_if_name" } : use
    ),
  }));
}
