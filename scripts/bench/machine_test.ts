import assert from "node:assert/strict";
import { type Machine, machineLines } from "./machine.ts";

const MACHINE: Machine = {
  date: "2026-11-21",
  cpu: "AMD EPYC",
  cores: 2,
  runtime: "Deno 2.9.6, linux",
  before: 2,
  after: 2.54,
};

Deno.test("machineLines() says of one measurement what the load was before and after", () => {
  assert.deepEqual(machineLines([MACHINE]), [
    "- 2026-11-21, AMD EPYC, 2 cores, load average 2.0 before and 2.5 after; Deno 2.9.6, linux.",
  ]);
});

Deno.test("machineLines() says of several on one machine the range of the load, once", () => {
  const later = { ...MACHINE, date: "2026-11-22", before: 1.1, after: 2.9 };
  const other = { ...MACHINE, cpu: "another", before: 7, after: 8 };
  assert.deepEqual(machineLines([later, MACHINE, other, { ...MACHINE, before: 1.7 }]), [
    "- 2026-11-21 to 2026-11-22, AMD EPYC, 2 cores, load average 1.1 to 2.9 before and after each " +
    "of 3 measurements; Deno 2.9.6, linux.",
    "- 2026-11-21, another, 2 cores, load average 7.0 before and 8.0 after; Deno 2.9.6, linux.",
  ]);
});
