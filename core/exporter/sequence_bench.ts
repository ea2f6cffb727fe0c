import { ExporterTable } from "./exporter_table.ts";
import { SequenceTracker } from "./sequence.ts";

const CALLS = 1000;
const NOW = 1_704_067_200_000;

const tracker = new SequenceTracker();
let at = 0;
Deno.bench(`SequenceTracker.observe(), in order: ${CALLS} calls`, () => {
  for (let i = 0; i < CALLS; i++) {
    tracker.observe(at, 30);
    at = (at + 30) >>> 0;
  }
});

const exporters = new ExporterTable(ExporterTable.allocate());
const exporter = exporters.find({ address: "192.0.2.1", port: 1 }, 0, NOW)!;
const message = { data: 30, options: 0, templates: 0, sets: 1, complete: true };
let sequence = 0;
Deno.bench(`Exporter.sequence(), records in order: ${CALLS} calls`, () => {
  for (let i = 0; i < CALLS; i++) {
    exporter.sequence(sequence, { units: 30, unit: "records", nowMs: NOW, message });
    sequence = (sequence + 30) >>> 0;
  }
});

const lossy = exporters.find({ address: "192.0.2.1", port: 2 }, 0, NOW)!;
let gapped = 0;
Deno.bench(`Exporter.sequence(), every 10th lost: ${CALLS} calls`, () => {
  for (let i = 0; i < CALLS; i++) {
    if (i % 10 === 9) gapped = (gapped + 30) >>> 0;
    lossy.sequence(gapped, { units: 30, unit: "records", nowMs: NOW, message });
    gapped = (gapped + 30) >>> 0;
  }
});

for (let i = 0; i < 5; i++) exporter.seen(1, NOW + i * 1000);
const SOURCE = { address: "192.0.2.1", port: 1 };
Deno.bench(`ExporterTable.find(), known: ${CALLS} calls`, () => {
  for (let i = 0; i < CALLS; i++) exporters.find(SOURCE, 0, NOW);
});

const flooded = new ExporterTable(ExporterTable.allocate());
let forged = 0;
Deno.bench(`ExporterTable.find() and seen(), forged sources: ${CALLS} calls`, () => {
  for (let i = 0; i < CALLS; i++) {
    forged = (forged + 1) & 0xffffff;
    const address = `10.${forged >> 16}.${(forged >> 8) & 255}.${forged & 255}`;
    flooded.find({ address, port: forged & 0xffff }, 0, NOW + forged)?.seen(1, NOW + forged);
  }
});
