import assert from "node:assert/strict";
import { INTERFACE_FIELDS, type InterfaceSample } from "../flow/interface_schema.ts";
import { interfaceRates } from "./interface_rates.ts";

const GIGABIT = 1_000_000_000;
const START = Date.UTC(2024, 0, 1);

/** A sample `seconds` after the start of the test, of a device that has been up for an hour more. */
function sample(seconds: number, changes: Partial<InterfaceSample> = {}): InterfaceSample {
  const blank = Object.fromEntries(INTERFACE_FIELDS.map(({ name }) => [name, null]));
  return {
    ...blank as InterfaceSample,
    exporter: "192.0.2.1",
    observation_domain: 0,
    if_index: 7,
    received_at: new Date(START + seconds * 1000).toISOString(),
    uptime_ms: 3_600_000 + seconds * 1000,
    sequence: 100 + seconds / 20,
    speed_bps: GIGABIT,
    ...changes,
  };
}

function ratesOf(before: Partial<InterfaceSample>, after: Partial<InterfaceSample>) {
  const rates = interfaceRates(sample(0, before), sample(20, after));
  assert.ok(rates.kind === "rates", rates.kind);
  return rates;
}

Deno.test("interfaceRates() gives a second's worth of each counter, and the share of the speed", () => {
  const rates = ratesOf(
    { in_octets: 1e12, out_octets: 5e12, in_unicast_packets: 1000, out_errors: 3, in_discards: 8 },
    {
      in_octets: 1e12 + 1.25e9,
      out_octets: 5e12 + 2.5e8,
      in_unicast_packets: 3000,
      out_errors: 3,
      in_discards: 12,
    },
  );
  assert.equal(rates.seconds, 20);
  assert.equal(rates.per_second.in_octets, 62_500_000);
  assert.equal(rates.per_second.in_unicast_packets, 100);
  assert.equal(rates.per_second.in_discards, 0.2);
  assert.equal(rates.per_second.out_errors, 0);
  assert.equal(rates.in_utilisation_percent, 50);
  assert.equal(rates.out_utilisation_percent, 10);
});

Deno.test("interfaceRates() leaves unknown what is not known in both samples", () => {
  const { per_second, in_utilisation_percent } = ratesOf(
    { in_octets: null, out_octets: 5, in_errors: 1 },
    { in_octets: 10, out_octets: null },
  );
  assert.deepEqual(
    [per_second.in_octets, per_second.out_octets, per_second.in_errors, per_second.symbol_errors],
    [null, null, null, null],
  );
  assert.equal(in_utilisation_percent, null);
});

Deno.test("interfaceRates() knows no utilisation where the speed is unknown or changed", () => {
  const octets = { before: { in_octets: 0 }, after: { in_octets: 20_000 } };
  const unknown = ratesOf(octets.before, { ...octets.after, speed_bps: null });
  assert.deepEqual([unknown.per_second.in_octets, unknown.in_utilisation_percent], [1000, null]);
  const changed = ratesOf({ ...octets.before, speed_bps: 1e8 }, octets.after);
  assert.equal(changed.in_utilisation_percent, null);
});

const TOP = 2 ** 32;
/** [what, speed, octets moved, packets before, after, wanted difference] */
const WRAPS: readonly [string, number | null, number | null, number, number, number | null][] = [
  ["a wrap that the link can carry", GIGABIT, null, TOP - 1000, 1000, 2000],
  ["a wrap that the octets confirm", null, 2e6, TOP - 1000, 1000, 2000],
  ["a fall that the link could not carry", GIGABIT, null, 2e9, 1000, null],
  ["a fall that the octets deny", 100 * GIGABIT, 1000, TOP - 1000, 1000, null],
  ["a fall of which nothing tells", null, null, TOP - 1000, 1000, null],
  ["a rise on a link that could go all the way round", 400 * GIGABIT, null, 1000, 2000, null],
  ["a rise on such a link that its octets confirm", 400 * GIGABIT, 1e6, 1000, 2000, 1000],
  ["a rise of which nothing else tells", null, null, 1000, 2000, 1000],
  ["all of it", GIGABIT, null, 0, 0, 0],
];
for (const [what, speed_bps, octets, first, second, difference] of WRAPS) {
  Deno.test(`interfaceRates() of a 32-bit counter: ${what}`, () => {
    const { per_second } = ratesOf(
      { speed_bps, in_octets: octets === null ? null : 5, in_unicast_packets: first },
      { speed_bps, in_octets: octets === null ? null : 5 + octets, in_unicast_packets: second },
    );
    assert.equal(per_second.in_unicast_packets, difference === null ? null : difference / 20);
  });
}

const UP = 3_600_000;
/** [what, before, after, outcome or seconds] */
const PAIRS: readonly [string, Partial<InterfaceSample>, InterfaceSample, string | number][] = [
  ["another interface", {}, sample(20, { if_index: 8 }), "other_interface"],
  ["another device", {}, sample(20, { exporter: "192.0.2.2" }), "other_interface"],
  ["another sub-agent", {}, sample(20, { observation_domain: 1 }), "other_interface"],
  ["the same sample again", {}, sample(0), "duplicate"],
  ["the same sample, late", {}, sample(2, { sequence: 100, uptime_ms: UP }), "duplicate"],
  ["one that was overtaken", {}, sample(1, { uptime_ms: UP - 20_000, sequence: 99 }), "reordered"],
  ["a device that began anew", {}, sample(20, { uptime_ms: 9000, sequence: 1 }), "restarted"],
  [
    "one that began anew soon after it began",
    { uptime_ms: 5000 },
    sample(60, {
      uptime_ms: 20_000,
      sequence: 101,
    }),
    "restarted",
  ],
  ["an agent that began anew", { sequence: 90_000 }, sample(20, { sequence: 1 }), "restarted"],
  [
    "counters that were set back",
    { in_octets: 1e12 },
    sample(20, { in_octets: 5000 }),
    "restarted",
  ],
  [
    "an uptime that wraps",
    { uptime_ms: TOP - 8000 },
    sample(20, { uptime_ms: 12_000 }),
    20,
  ],
  ["a sequence that wraps", { sequence: TOP - 1 }, sample(20, { sequence: 0 }), 20],
  ["an uptime that is not sent", { uptime_ms: null }, sample(30, { uptime_ms: null }), 30],
  ["arrival that jitters", {}, sample(22, { uptime_ms: UP + 20_000 }), 20],
  ["no time at all", { received_at: null, uptime_ms: null }, sample(20), "no_time"],
  ["one moment", { uptime_ms: UP + 20_000 }, sample(20), "no_time"],
];
for (const [what, before, after, wanted] of PAIRS) {
  Deno.test(`interfaceRates() of ${what}`, () => {
    const rates = interfaceRates(sample(0, before), after);
    assert.equal(rates.kind === "rates" ? rates.seconds : rates.kind, wanted);
  });
}
