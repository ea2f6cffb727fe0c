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

Deno.test("TemplateLedger counts announcements within five seconds as one", () => {
  const templates = ledger();
  // Every half an hour, each time twice and once more behind the data.
  for (const at of [1000, 1_801_000, 3_601_000]) {
    for (const after of [0, 2, 4999]) templates.announced(0, 256, at + after);
  }
  const [{ announced_ms, interval_ms }] = templates.of(0);
  assert.deepEqual([announced_ms, interval_ms], [3_601_000, 1_800_000]);
});

Deno.test("TemplateLedger tells of templates that come all the time at most five seconds late", () => {
  const templates = ledger();
  for (let at = 1000; at <= 60_000; at += 500) templates.announced(0, 256, at);
  const [{ announced_ms, interval_ms }] = templates.of(0);
  assert.ok(announced_ms! > 55_000 && announced_ms! <= 60_000, `${announced_ms}`);
  assert.equal(interval_ms, 5000);
});

Deno.test("TemplateLedger goes on from a clock that was set back, without an interval", () => {
  const templates = ledger();
  templates.announced(0, 256, 100_000);
  templates.announced(0, 256, 40_000);
  assert.deepEqual(templates.of(0), [
    { template_id: 256, announced_ms: 40_000, interval_ms: null, used_ms: null },
  ]);
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
