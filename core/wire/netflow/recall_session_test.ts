import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { CodecHarness, SOURCE } from "../../../tests/support/codec_harness.ts";
import {
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";
import { V5_IN_HEX } from "../../../tests/support/sample_datagrams.ts";
import { hex } from "../../../tests/support/hex.ts";
import { LIMITS } from "../limits.ts";
import { type LearntEntry } from "../learnt.ts";
import { type Recalled, RecallLedger } from "../recall.ts";

/** Source port, interfaces, sampler, VRF, application, octets and packets. */
// deno-fmt-ignore: one row a field reads as the table it is.
const FIELDS = [[7, 2], [10, 4], [14, 4], [48, 1], [234, 4], [95, 4], [1, 4], [2, 4]] as const;
const flow = (port: number, sampler = 3) =>
  u(port, 2) + u(3, 4) + u(4, 4) + u(sampler, 1) + u(77, 4) + "0d000001" + u(1000, 4) + u(10, 4);
const TEMPLATE = template(256, FIELDS);
const DATA = set(256, flow(443) + flow(53, 9));
const name = (text: string, octets: number) =>
  [...new TextEncoder().encode(text)].map((octet) => u(octet, 1)).join("").padEnd(octets * 2, "0");

/** What each format's exporter says before its data. */
const BEFORE = {
  netflow9: [
    set(0, TEMPLATE),
    set(1, v9Options(257, [[1, 4]], [[48, 1], [34, 4]])),
    set(257, u(0, 4) + u(3, 1) + u(100, 4) + u(0, 4) + u(4, 1) + u(7, 4)),
    set(1, v9Options(258, [[2, 4]], [[82, 8]])),
    set(258, u(3, 4) + name("Gi0/3", 8) + u(4, 4) + name("wan é", 8)),
    set(1, v9Options(259, [[1, 4]], [[234, 4], [236, 8]])),
    set(259, u(0, 4) + u(77, 4) + name("blue", 8)),
    set(1, v9Options(260, [[1, 4]], [[95, 4], [96, 12]])),
    set(260, u(0, 4) + "0d000001" + name("webex", 12)),
  ],
  ipfix: [
    set(2, TEMPLATE),
    set(3, ipfixOptions(257, [[302, 4]], [[305, 4], [306, 4]])),
    set(257, u(3, 4) + u(2, 4) + u(3, 4) + u(4, 4) + u(1, 4) + u(6, 4)),
    set(3, ipfixOptions(258, [[10, 4]], [[82, 8]])),
    set(258, u(3, 4) + name("Gi0/3", 8) + u(4, 4) + name("wan é", 8)),
    set(3, ipfixOptions(259, [[234, 4]], [[236, 8]])),
    set(259, u(77, 4) + name("blue", 8)),
    set(3, ipfixOptions(260, [[95, 4]], [[96, 12]])),
    set(260, "0d000001" + name("webex", 12)),
  ],
} as const;

const MESSAGE = {
  netflow9: (sets: readonly string[], sequence: number) => v9(sets, { sequence, domain: 9 }),
  ipfix: (sets: readonly string[], sequence: number) => ipfix(sets, { sequence, domain: 9 }),
};

/** A collector that starts with what was recalled. */
function startWith(recalled: Recalled): CodecHarness {
  const harness = new CodecHarness(netflowUdp);
  for (const payload of recalled.payloads) {
    assert.deepEqual(harness.decode(payload), { records: [], errors: [] });
  }
  return harness;
}

for (const format of ["netflow9", "ipfix"] as const) {
  const message = MESSAGE[format];
  // Options data counts in IPFIX: 2 rates, 2 names, a VRF, an application.
  const sequence = format === "netflow9" ? 1 : 6;

  Deno.test(`${format}: data decodes alike behind what is recalled, in sequence`, () => {
    const house = new CodecHarness(netflowUdp);
    assert.deepEqual(house.decode(message(BEFORE[format], 0)).errors, []);
    const recalled = house.recall(message([DATA], sequence))!;
    assert.equal(recalled.leftOut, 0);
    assert.deepEqual([recalled.templates, recalled.facts], [5, 7]);
    const expected = house.decode(message([DATA], sequence));
    assert.equal(expected.records[0].in_if_name, "Gi0/3");
    assert.equal(expected.records[0].out_if_name, "wan é");
    assert.equal(expected.records[0].vrf, "blue");
    assert.equal(expected.records[0].application, "webex");
    assert.equal(expected.records[0].sampling_rate, format === "netflow9" ? 100 : 2.5);

    const alone = startWith(recalled);
    assert.deepEqual(alone.decode(message([DATA], sequence)), expected);
    alone.decode(message([DATA], sequence + (format === "netflow9" ? 1 : 2)));
    const [exporter] = alone.exporters.summaries();
    const { sequence_lost, restarts, reordered, duplicates } = exporter;
    assert.deepEqual([sequence_lost, restarts, reordered, duplicates], [0, 0, 0, 0]);
  });

  Deno.test(`${format}: a session is recalled once a capture, its options once an exporter`, () => {
    const house = new CodecHarness(netflowUdp);
    house.decode(message(BEFORE[format], 0));
    const ledger = new RecallLedger();
    assert.equal(house.recall(message([DATA], sequence), { ledger })!.facts, 7);
    assert.equal(house.recall(message([DATA], sequence), { ledger }), null);
    const other = { ...SOURCE, port: SOURCE.port + 1 };
    // From another port: what all ports agree on may be borrowed.
    const borrowed = house.recall(message([DATA], sequence), { source: other, ledger })!;
    assert.deepEqual([borrowed.templates, borrowed.facts], [5, 0]);
    for (let port = 1; port < 3000; port++) {
      house.recall(message([DATA], sequence), { source: { ...SOURCE, port }, ledger });
    }
    assert.ok(ledger.octetsLeft >= 0 && ledger.octetsLeft < LIMITS.recalledOctets);
    const late = { source: { ...SOURCE, port: 60_000 }, ledger };
    assert.equal(house.recall(message([DATA], sequence), late), null);
  });

  Deno.test(`${format}: what finds no room in front is counted`, () => {
    const house = new CodecHarness(netflowUdp);
    house.decode(message(BEFORE[format], 0));
    const ledger = new RecallLedger();
    ledger.octetsLeft = 80;
    const recalled = house.recall(message([DATA], sequence), { ledger })!;
    assert.equal(recalled.templates, 1);
    assert.ok(recalled.leftOut > 0);
  });

  Deno.test(`${format}: more than a datagram holds becomes several, none too long`, () => {
    const house = new CodecHarness(netflowUdp);
    const scope = format === "netflow9"
      ? set(1, v9Options(300, [[2, 4]], [[82, 32]]))
      : set(3, ipfixOptions(300, [[10, 4]], [[82, 32]]));
    const names = (from: number) =>
      set(
        300,
        Array.from({ length: 100 }, (_, i) => u(from + i, 4) + name(`if${from + i}`, 32)).join(""),
      );
    house.decode(message([...BEFORE[format], scope, names(1), names(101), names(201)], 0));
    const recalled = house.recall(message([DATA], sequence + 300))!;
    assert.ok(recalled.payloads.length > 2);
    for (const payload of recalled.payloads) assert.ok(payload.length <= 1400);
    const alone = startWith(recalled);
    assert.deepEqual(
      alone.decode(message([DATA], sequence + 300)),
      house.decode(message([DATA], sequence + 300)),
    );
  });
}

Deno.test("netflow9: enterprise elements and options of no scope stay what they are", () => {
  const odd = [
    set(0, template(256, [[7, 2], [12235, 4, 9], [1, 4]])),
    set(1, v9Options(257, [], [[34, 4]])),
    set(257, u(50, 4)),
  ];
  const data = v9([set(256, u(443, 2) + u(1, 4) + u(99, 4))], { sequence: 1 });
  const house = new CodecHarness(netflowUdp);
  assert.deepEqual(house.decode(v9(odd, { sequence: 0 })).errors, []);
  const recalled = house.recall(data)!;
  assert.deepEqual([recalled.templates, recalled.leftOut], [2, 0]);
  const expected = house.decode(data);
  assert.deepEqual([expected.records[0].bytes, expected.records[0].sampling_rate], [99 * 50, 50]);
  assert.deepEqual(startWith(recalled).decode(data), expected);
});

Deno.test("what an earlier run learnt is recalled before the exporter has sent anything", () => {
  const entry: LearntEntry = {
    kind: "template",
    format: "netflow9",
    address: SOURCE.address,
    domain: 9,
    port: SOURCE.port,
    id: 256,
    scopeFields: 0,
    fields: FIELDS.map(([id, length]) => [0, id, length] as const),
  };
  const memory = { known: [entry], learnt() {}, forget() {}, used() {} };
  const house = new CodecHarness(netflowUdp, { memory });
  const recalled = house.recall(MESSAGE.netflow9([DATA], 5))!;
  assert.equal(recalled.templates, 1);
  assert.equal(startWith(recalled).decode(MESSAGE.netflow9([DATA], 5)).records.length, 2);
});

Deno.test("nothing is recalled of formats without templates, of strangers, of torn headers", () => {
  const house = new CodecHarness(netflowUdp);
  for (const datagram of [V5_IN_HEX, v9([DATA]), ipfix([DATA]), hex("0009 0001"), hex("")]) {
    assert.equal(house.recall(datagram), null);
  }
});
