import { ok, strictEqual } from "node:assert/strict";
import { PartedValues } from "./parted_values.ts";

const MIB = 1024 * 1024;
const GROUPS = 1_000_000;

Deno.test("every other group of a million takes no memory of its own", () => {
  const parted = new PartedValues(
    Float64Array.from({ length: GROUPS }, (_, i) => i),
    Int32Array.from({ length: GROUPS + 1 }, (_, group) => group),
  );
  const of = Int32Array.from({ length: GROUPS }, (_, group) => group % 2 - 1);
  const before = Deno.memoryUsage();
  const median = parted.quantiles({ of, count: 1, overflow: 0 }, 0.5)[0];
  const { external, heapUsed } = Deno.memoryUsage();
  // Counts by upper bits, twice, are half a MiB; half of the values, at most, lie near the median.
  const arrays = external - before.external;
  ok(arrays < 2 * MIB + GROUPS * 4, `${arrays} octets of arrays`);
  ok(heapUsed - before.heapUsed < 4 * MIB, `${heapUsed - before.heapUsed} octets of objects`);
  strictEqual(median, GROUPS / 2 - 1);
});
