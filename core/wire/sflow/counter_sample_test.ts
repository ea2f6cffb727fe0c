import assert from "node:assert/strict";
import { CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import { countersSample, envelope, sflow, words } from "../../../tests/support/sflow_messages.ts";
import { formatAddress } from "../../flow/address.ts";
import type { CounterSample } from "./counter_sample.ts";
import { SflowCodec } from "./sflow_codec.ts";

const ONES = 0xffffffff;
/** ifIndex 3, 10 Gbit/s, up; octets beyond 32 bits; what the device does not count is all ones. */
const IF_COUNTERS = envelope(
  1,
  words(3, 6, 2, 0x540be400, 1, 3, 0x1234, 0x56789abc, 10, 20, ONES, 1, 2, ONES) +
    words(ONES, ONES, 30, 40, ONES, 3, 4, 1),
);

/** Decodes one counter sample and asks it, while it can be asked. */
function ask(samples: readonly string[], ask: (sample: CounterSample) => void) {
  let asked = 0;
  const harness = new CodecHarness({
    name: "sflow_udp",
    buildCodec: (context) =>
      new SflowCodec(context, {
        counters: (sample) => {
          asked++;
          ask(sample);
        },
      }),
  });
  const { records, errors } = harness.decode(sflow(samples));
  assert.equal(records.length, 0);
  return { asked, problems: countByCode(errors) };
}

Deno.test("TRAPS 35: counters as they stand; all ones is not known", () => {
  const { asked, problems } = ask([countersSample([IF_COUNTERS])], (sample) => {
    const value = (field: string) => sample.value("if_counters", field);
    assert.deepEqual(
      ["ifIndex", "ifSpeed", "ifInOctets", "ifInUcastPkts", "ifOutDiscards", "ifPromiscuousMode"]
        .map(value),
      [3, 1e10, 0x1234 * 2 ** 32 + 0x56789abc, 10, 3, 1],
    );
    assert.deepEqual(
      ["ifInBroadcastPkts", "ifInUnknownProtos", "ifOutOctets", "ifOutBroadcastPkts"].map(value),
      [NaN, NaN, NaN, NaN],
    );
    assert.deepEqual(
      [sample.sourceClass, sample.sourceIndex, sample.sequence, sample.observationDomain],
      [0, 3, 1, 7],
    );
    assert.equal(formatAddress(sample.exporter!), "192.0.2.9");
    assert.deepEqual([...sample.structures], ["if_counters"]);
  });
  assert.deepEqual([asked, problems], [1, {}]);
});

Deno.test("what a sample does not hold is not known", () => {
  ask([countersSample([envelope(1, words(3, 6))])], (sample) => {
    assert.equal(sample.value("if_counters", "ifType"), 6);
    assert.equal(sample.value("if_counters", "ifSpeed"), NaN, "cut short");
    assert.equal(sample.value("if_counters", "ifNothing"), NaN);
    assert.equal(sample.value("vlan_counters", "octets"), NaN);
    assert.equal(sample.has("vlan_counters"), false);
  });
});

Deno.test("floats, signed numbers, and fields behind text", () => {
  const sfp = envelope(10, words(1, 4, 3300, -5000, 0));
  const cpu = envelope(2003, "3fc00000" + words(0, 0, ...Array(14).fill(7)));
  ask([countersSample([cpu, sfp, envelope(2202, words(0, 5))])], (sample) => {
    assert.equal(sample.value("host_cpu", "load_one"), 1.5);
    assert.equal(sample.value("host_cpu", "contexts"), 7);
    assert.equal(sample.value("host_cpu", "cpu_steal"), NaN, "of newer agents alone");
    assert.equal(sample.value("sfp", "module_temperature"), -5000);
    assert.equal(sample.value("app_operations", "success"), NaN);
  });
});

Deno.test("a broken counter sample is counted, and what it holds before stays", () => {
  const broken = envelope(2, words(1, 3, 2) + IF_COUNTERS + words(2, 400));
  const { asked, problems } = ask([broken, countersSample([IF_COUNTERS])], (sample) => {
    assert.equal(sample.value("if_counters", "ifIndex"), 3);
  });
  assert.deepEqual([asked, problems], [2, { bad_sample: 1 }]);
});

Deno.test("expanded counter samples have an index of 32 bits", () => {
  const sample = envelope(4, words(9, 0, 0x4b000000, 1) + IF_COUNTERS);
  ask([sample], ({ sourceClass, sourceIndex }) => {
    assert.deepEqual([sourceClass, sourceIndex], [0, 0x4b000000]);
  });
});

Deno.test("a sample that is kept beyond its hook says nothing more", () => {
  let kept: CounterSample | undefined;
  ask([countersSample([IF_COUNTERS])], (sample) => kept = sample);
  assert.equal(kept!.value("if_counters", "ifIndex"), NaN);
});
