import assert from "node:assert/strict";
import { ExporterTable } from "./exporter_table.ts";
import type { Exporter, ExporterSummary } from "./exporter.ts";

const START = Date.UTC(2024, 0, 1);
const WRAP = 2 ** 32;

interface Datagram {
  sequence: number;
  uptimeMs: number;
  unixMs: number;
}

/** Feeds datagrams of 30 flows and tells what the exporter made of them. */
function feed(datagrams: readonly Datagram[]): ExporterSummary {
  const exporters = new ExporterTable(ExporterTable.allocate());
  const exporter: Exporter = exporters.find({ address: "192.0.2.1", port: 1 }, 0, START)!;
  for (const { sequence, uptimeMs, unixMs } of datagrams) {
    exporter.sequence(sequence, { units: 30, unit: "flows", nowMs: unixMs }, { uptimeMs, unixMs });
  }
  return exporters.summaries()[0];
}

const cases: {
  name: string;
  datagrams: Datagram[];
  lost?: number;
  restarts?: number;
  reordered?: number;
  duplicates?: number;
}[] = [
  {
    name: "in order",
    datagrams: [
      { sequence: 0, uptimeMs: 1000, unixMs: START },
      { sequence: 30, uptimeMs: 2000, unixMs: START + 1000 },
    ],
  },
  {
    name: "a restart soon after the first start is told by its uptime",
    datagrams: [
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
      { sequence: 30, uptimeMs: 101_000, unixMs: START + 1000 },
      { sequence: 0, uptimeMs: 5000, unixMs: START + 60_000 },
      { sequence: 30, uptimeMs: 6000, unixMs: START + 61_000 },
    ],
    restarts: 1,
  },
  {
    name: "a restart with loss after it",
    datagrams: [
      { sequence: 900, uptimeMs: 100_000, unixMs: START },
      { sequence: 0, uptimeMs: 5000, unixMs: START + 60_000 },
      { sequence: 60, uptimeMs: 6000, unixMs: START + 61_000 },
    ],
    restarts: 1,
    lost: 30,
  },
  {
    // Devices without a battery-backed clock start in the past until NTP sets them.
    name: "a restart of a device whose clock starts in 1993",
    datagrams: [
      { sequence: 900, uptimeMs: 100_000, unixMs: START },
      { sequence: 0, uptimeMs: 5000, unixMs: Date.UTC(1993, 2, 1) + 5000 },
      { sequence: 30, uptimeMs: 6000, unixMs: Date.UTC(1993, 2, 1) + 6000 },
      { sequence: 60, uptimeMs: 60_000, unixMs: START + 60_000 },
    ],
    restarts: 1,
  },
  {
    name: "a late datagram is no restart",
    datagrams: [
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
      { sequence: 60, uptimeMs: 102_000, unixMs: START + 2000 },
      { sequence: 30, uptimeMs: 101_000, unixMs: START + 1000 },
      { sequence: 90, uptimeMs: 103_000, unixMs: START + 3000 },
    ],
    reordered: 1,
  },
  {
    name: "a datagram that comes twice",
    datagrams: [
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
      { sequence: 30, uptimeMs: 101_000, unixMs: START + 1000 },
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
    ],
    duplicates: 1,
  },
  {
    name: "uptime wraps after 49.7 days: no restart",
    datagrams: [
      { sequence: 0, uptimeMs: WRAP - 500, unixMs: START },
      { sequence: 30, uptimeMs: 500, unixMs: START + 1000 },
      { sequence: 60, uptimeMs: 1500, unixMs: START + 2000 },
    ],
  },
  {
    name: "reordering across the wrap of uptime: no restart",
    datagrams: [
      { sequence: 0, uptimeMs: WRAP - 900, unixMs: START },
      { sequence: 60, uptimeMs: 100, unixMs: START + 1000 },
      { sequence: 30, uptimeMs: WRAP - 400, unixMs: START + 500 },
      { sequence: 90, uptimeMs: 600, unixMs: START + 1500 },
    ],
    reordered: 1,
  },
  {
    name: "a restart 49.7 days after the last datagram's start is told from a wrap",
    datagrams: [
      { sequence: 900, uptimeMs: 1_000_000, unixMs: START },
      // A wrap would show uptime 1,000,000 + the hour that passed.
      { sequence: 0, uptimeMs: 20_000, unixMs: START + 3_600_000 },
    ],
    restarts: 1,
  },
  {
    name: "the clock is set forward: no restart",
    datagrams: [
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
      { sequence: 30, uptimeMs: 101_000, unixMs: START + 3_601_000 },
      { sequence: 60, uptimeMs: 102_000, unixMs: START + 3_602_000 },
    ],
  },
  {
    name: "the clock is set back: no restart",
    datagrams: [
      { sequence: 0, uptimeMs: 100_000, unixMs: START },
      { sequence: 30, uptimeMs: 101_000, unixMs: START - 3_600_000 },
      { sequence: 60, uptimeMs: 102_000, unixMs: START - 3_599_000 },
    ],
  },
  {
    name: "an exporter without a clock that restarts",
    datagrams: [
      { sequence: 900, uptimeMs: 100_000, unixMs: 0 },
      { sequence: 930, uptimeMs: 101_000, unixMs: 0 },
      { sequence: 0, uptimeMs: 3000, unixMs: 0 },
      { sequence: 30, uptimeMs: 4000, unixMs: 0 },
    ],
    restarts: 1,
  },
];

for (
  const { name, datagrams, lost = 0, restarts = 0, reordered = 0, duplicates = 0 } of cases
) {
  Deno.test(`Exporter.sequence(): ${name}`, () => {
    const summary = feed(datagrams);
    assert.deepEqual({
      lost: summary.sequence_lost,
      restarts: summary.restarts,
      reordered: summary.reordered,
      duplicates: summary.duplicates,
    }, { lost, restarts, reordered, duplicates });
  });
}

Deno.test("Exporter keeps each unit apart from the others' names", () => {
  for (const unit of ["flows", "datagrams", "records", "samples"] as const) {
    const exporters = new ExporterTable(ExporterTable.allocate());
    const exporter = exporters.find({ address: "192.0.2.1", port: 1 }, 0, START)!;
    exporter.sequence(0, { units: 1, unit, nowMs: START });
    exporter.sequence(5, { units: 1, unit, nowMs: START });
    assert.equal(exporters.summaries()[0].sequence_unit, unit);
    assert.deepEqual(exporters.lossWithin(START, START)[0], {
      exporter: "192.0.2.1",
      observation_domain: 0,
      unit,
      lost: 4,
    });
  }
});
