import assert from "node:assert/strict";
import { ExporterTable } from "./exporter_table.ts";
import { MAX_TOLD_TEMPLATES, TemplateLedger } from "./template_ledger.ts";

function ledger(slots = 2): TemplateLedger {
  return new TemplateLedger(new SharedArrayBuffer(TemplateLedger.bytes(slots)), {
    offset: 0,
    slots,
  });
}

Deno.test("TemplateLedger keeps when each template of a slot came, how far apart, and was used", () => {
  const templates = ledger();
  templates.announced(1, 256, 1000);
  templates.used(1, 300, 1500);
  templates.announced(1, 256, 61_000);
  templates.announced(1, 256, 61_000);
  templates.used(1, 256, 61_500);
  assert.deepEqual(templates.of(0), []);
  assert.deepEqual(templates.of(1), [
    { template_id: 256, announced_ms: 61_000, interval_ms: 60_000, used_ms: 61_500 },
    { template_id: 300, announced_ms: null, interval_ms: null, used_ms: 1500 },
  ]);
  templates.clear(1);
  assert.deepEqual(templates.of(1), []);
});

Deno.test("TemplateLedger keeps the first templates where there are more than it has room for", () => {
  const templates = ledger();
  for (let id = 256; id < 256 + 2 * MAX_TOLD_TEMPLATES; id++) templates.announced(0, id, id);
  assert.equal(templates.of(0).length, MAX_TOLD_TEMPLATES);
  assert.deepEqual(templates.of(1), []);
});

Deno.test("the templates of an exporter are told by domain, from all its ports, also by a new table", () => {
  const writer = new ExporterTable(ExporterTable.allocate());
  for (
    const [address, port, domain] of [["192.0.2.1", 1, 0], ["192.0.2.1", 2, 7], [
      "192.0.2.2",
      1,
      0,
    ]] as const
  ) {
    writer.find({ address, port }, domain, 1000)?.announced(256 + domain, 1000);
  }
  const told = new ExporterTable(writer.memory).templatesOf("192.0.2.1");
  assert.deepEqual(told.map((one) => [one.observation_domain, one.template_id]), [[0, 256], [
    7,
    263,
  ]]);
});
