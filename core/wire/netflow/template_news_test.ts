import assert from "node:assert/strict";
import { formatAddress } from "../../flow/address.ts";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness } from "../../../tests/support/codec_harness.ts";
import {
  EXPORT_SECONDS,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";

const FLOW = "0a000001" + "0a000002";
const ANNOUNCED = set(0, template(256, [[8, 4], [12, 4]]));
const SAMPLED = set(0, template(257, [[8, 4], [12, 4], [48, 1]])) + set(257, FLOW + "01");
const RATE = set(1, v9Options(258, [[1, 4]], [[48, 1], [34, 4]])) +
  set(258, "00000000" + "01" + u(100, 4));

function account(datagrams: readonly (readonly [sets: readonly string[], at: number])[]) {
  const harness = new CodecHarness(netflowUdp);
  datagrams.forEach(([sets, at], sequence) => {
    const seconds = EXPORT_SECONDS + Math.floor(at / 1000);
    harness.decode(v9(sets, { sequence, seconds }), { at: ARRIVAL_MS + at });
  });
  const [summary] = harness.exporters.summaries();
  return { summary, templates: harness.exporters.templatesOf("192.0.2.1") };
}

Deno.test("an exporter's account has when its templates came and were used", () => {
  const { templates } = account([
    [[ANNOUNCED], 0],
    [[set(256, FLOW)], 1000],
    [[ANNOUNCED, set(256, FLOW)], 60_000],
    [[set(256, FLOW)], 60_500],
    [[RATE], 61_000],
  ]);
  assert.deepEqual(
    templates.map(({ template_id, announced_ms, interval_ms, used_ms }) => [
      template_id,
      announced_ms! - ARRIVAL_MS,
      interval_ms,
      used_ms! - ARRIVAL_MS,
    ]),
    // That data comes is told once a second.
    [[256, 60_000, 60_000, 60_000], [258, 61_000, null, 61_000]],
  );
});

Deno.test("an exporter's account has what waits for a template, and its clock", () => {
  const { summary } = account([[[ANNOUNCED], 0], [[set(300, FLOW), set(301, FLOW)], 400]]);
  assert.equal(summary.waiting_sets, 2);
  assert.equal(summary.clock_lag_ms, 400);
  assert.equal(
    account([[[set(300, FLOW)], 0], [[set(0, template(300, [[8, 4], [12, 4]]))], 10]])
      .summary.waiting_sets,
    0,
  );
});

const RATES: readonly [title: string, sets: readonly string[], unrated: boolean][] = [
  ["records that name no sampler", [ANNOUNCED, set(256, FLOW)], false],
  ["records that name one", [SAMPLED], true],
  ["records that name one whose rate was told", [RATE, SAMPLED], false],
];
for (const [title, sets, unrated] of RATES) {
  Deno.test(`an exporter's account: ${title}`, () => {
    assert.equal(account([[sets, 0]]).summary.unrated_ms, unrated ? ARRIVAL_MS : null);
  });
}

Deno.test("names of interfaces are those of the exporter that told them", () => {
  const harness = new CodecHarness(netflowUdp);
  const named = set(1, v9Options(257, [[2, 4]], [[82, 8]])) +
    set(257, u(3, 4) + "4769302f33000000");
  const from = (address: string) => ({ source: { address, port: 50_000 } });
  harness.decode(v9([ANNOUNCED, set(256, FLOW)]), from("192.0.2.1"));
  harness.decode(v9([named]), from("192.0.2.2"));
  harness.decode(v9([ANNOUNCED, set(256, FLOW)], { sequence: 2 }), from("192.0.2.1"));
  assert.equal(harness.interfaceNames.size, 0, "nobody has seen a flow of it yet");
  harness.decode(v9([ANNOUNCED, set(256, FLOW)], { sequence: 2 }), from("192.0.2.2"));
  assert.deepEqual(
    [...harness.interfaceNames.all()].map(({ exporter, ifIndex, nameId, teller }) => [
      formatAddress(exporter),
      ifIndex,
      harness.dictionary.text(nameId),
      teller,
    ]),
    [["192.0.2.2", 3, "Gi0/3", "options"]],
  );
});
