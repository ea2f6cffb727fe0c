import assert from "node:assert/strict";
import { InterfaceSpeeds } from "../query/interface_speeds.ts";
import { KnownCapacities } from "./known_capacities.ts";

Deno.test("a configured capacity stands above what the device says", () => {
  const speeds = new InterfaceSpeeds();
  speeds.speed = (exporter) => exporter === "192.0.2.1" ? 1e9 : null;
  const known = { exporter: "192.0.2.1", name: null, description: null };
  const capacities = new KnownCapacities([
    { ...known, ifIndex: 1, capacity: 5e8 },
    { ...known, ifIndex: 2, capacity: null },
  ], speeds);
  assert.deepEqual(capacities.capacity("192.0.2.1", 1), {
    bits_per_second: 5e8,
    source: "configured",
  });
  const byDevice = { bits_per_second: 1e9, source: "if_speed" };
  assert.deepEqual(capacities.capacity("192.0.2.1", 2), byDevice);
  assert.deepEqual(capacities.capacity("192.0.2.1", 3), byDevice);
  assert.equal(capacities.capacity("192.0.2.9", 1), null);
});
