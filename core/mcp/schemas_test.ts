import assert from "node:assert/strict";
import { HEALTHY } from "../../tests/support/fixture_ground.ts";
import { emptyReport } from "../query/scan.ts";
import { trustBlock } from "../query/trust.ts";
import { trustSchema } from "./schemas.ts";

Deno.test("a trust block is checked whole, though tools announce two of its fields", () => {
  const trust = trustBlock(emptyReport({ fromMs: 0, toMs: 1, untilNow: true }), HEALTHY);
  assert.deepEqual(trustSchema.parse(trust), trust);
  const { loss: _, ...without } = trust;
  for (const wrong of [without, { ...trust, more: 1 }, { ...trust, rows_scanned: "many" }]) {
    assert.equal(trustSchema.safeParse(wrong).success, false);
  }
});
