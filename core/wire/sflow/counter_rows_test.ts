import assert from "node:assert/strict";
import { FreshRows } from "../../cli/fresh_rows.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { DEVICE_COUNTER_TABLE, INTERFACE_TABLE } from "../../flow/interface_schema.ts";
import { type CounterReading, CounterRows } from "./counter_rows.ts";

type Structures = Record<string, Record<string, number | string>>;

function readingOf(structures: Structures): CounterReading {
  return {
    exporter: Uint32Array.of(0, 0, 0xffff, 0xc0000201),
    observationDomain: 3,
    receivedAt: Date.UTC(2024, 0, 1),
    uptimeMs: 60_000,
    sequence: 9,
    sourceClass: 0,
    sourceIndex: 7,
    structures: Object.keys(structures),
    has: (structure) => structure in structures,
    value: (structure, field) => {
      const value = structures[structure]?.[field];
      return typeof value === "number" ? value : NaN;
    },
    text: (structure, field) => {
      const value = structures[structure]?.[field];
      return typeof value === "string" ? value : null;
    },
  };
}

function kept(structures: Structures) {
  const dictionary = new Dictionary(Dictionary.allocate());
  const interfaces = new FreshRows(INTERFACE_TABLE, dictionary);
  const counters = new FreshRows(DEVICE_COUNTER_TABLE, dictionary);
  const rows = new CounterRows({ interfaces: interfaces.writer, deviceCounters: counters.writer });
  rows.keep(readingOf(structures));
  const known = (row: object) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return { samples: [...interfaces.take()].map(known), counters: [...counters.take()].map(known) };
}

const WHOSE = {
  exporter: "192.0.2.1",
  observation_domain: 3,
  received_at: "2024-01-01T00:00:00.000Z",
};

Deno.test("CounterRows keeps an interface with its Ethernet counters as one sample", () => {
  const { samples, counters } = kept({
    if_counters: {
      ifIndex: 7,
      ifType: 6,
      ifSpeed: 1e9,
      ifDirection: 1,
      ifStatus: 3,
      ifInOctets: 2 ** 40,
      ifInErrors: 0,
      ifOutOctets: 5,
      ifPromiscuousMode: 2,
    },
    ethernet_counters: { dot3StatsFCSErrors: 4 },
    port_name: { name: "swp7" },
  });
  assert.deepEqual(samples, [{
    ...WHOSE,
    uptime_ms: 60_000,
    sequence: 9,
    if_index: 7,
    if_name: "swp7",
    if_type: 6,
    speed_bps: 1e9,
    duplex: "full",
    admin_status: "up",
    oper_status: "up",
    promiscuous: "no",
    in_octets: 2 ** 40,
    in_errors: 0,
    out_octets: 5,
    fcs_errors: 4,
  }]);
  assert.deepEqual(counters, []);
});

Deno.test("CounterRows: Ethernet counters alone are of the interface that they come from", () => {
  const { samples } = kept({ ethernet_counters: { dot3StatsLateCollisions: 1 } });
  assert.deepEqual(samples.map(({ if_index, late_collisions }) => [if_index, late_collisions]), [
    [7, 1],
  ]);
});

Deno.test("CounterRows keeps all other numbers and texts that are known, one a row", () => {
  const { samples, counters } = kept({
    processor: { "5s_cpu": 12 },
    host_descr: { hostname: "leaf-1" },
    unheard_of: { x: 1 },
  });
  assert.deepEqual(samples, []);
  const source = { source_class: 0, source_index: 7 };
  assert.deepEqual(counters, [
    { ...WHOSE, ...source, group: "processor", counter: "5s_cpu", value: 12 },
    { ...WHOSE, ...source, group: "host_descr", counter: "hostname", text: "leaf-1" },
  ]);
});
