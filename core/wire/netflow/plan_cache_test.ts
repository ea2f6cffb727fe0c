import assert from "node:assert/strict";
import { LIMITS } from "../limits.ts";
import { FieldMap } from "./field_map.ts";
import { PlanCache } from "./plan_cache.ts";
import { Template } from "./template.ts";

const field = (id: number, length = 4) => ({ pen: 0, id, length });

Deno.test("sessions that announce the same layout share its plan, whatever its id", () => {
  const plans = new PlanCache(new FieldMap());
  const fields = [field(1), field(2), field(8), field(12)];
  const compiled = Array.from(
    { length: 500 },
    (_, i) => new Template({ id: 256 + i, scopeFields: 0, fields }, plans).plan,
  );
  assert.equal(new Set(compiled).size, 1);
  assert.equal(plans.compiled, 1);
  new Template({ id: 256, scopeFields: 0, fields: [field(1, 8)] }, plans).plan;
  assert.equal(plans.compiled, 2, "another length is another layout");
});

Deno.test("plans are bounded: the longest unused is compiled again", () => {
  const plans = new PlanCache(new FieldMap());
  const plan = (i: number) =>
    new Template({ id: 256, scopeFields: 0, fields: [field(i)] }, plans).plan;
  for (let i = 1; i <= LIMITS.compiledPlans; i++) plan(i);
  plan(1);
  plan(LIMITS.compiledPlans + 1);
  assert.equal(plans.compiled, LIMITS.compiledPlans + 1);
  plan(1);
  assert.equal(plans.compiled, LIMITS.compiledPlans + 1, "1 was used");
  plan(2);
  assert.equal(plans.compiled, LIMITS.compiledPlans + 2, "2 was not");
});
