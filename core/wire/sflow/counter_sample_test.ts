import assert from "node:assert/strict";
import { sflowUdp } from "../../../capabilities/sflow_udp/mod.ts";
import { CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import { hex } from "../../../tests/support/hex.ts";
import {
  countersSample,
  envelope,
  sflow,
  text,
  words,
} from "../../../tests/support/sflow_messages.ts";
import { CounterSample } from "./counter_sample.ts";
import { COUNTER_STRUCTURES } from "./counter_structures.ts";

const ONES = 0xffffffff;
/** ifIndex 3, 10 Gbit/s, up; octets beyond 32 bits; what the device does not count is all ones. */
const IF_COUNTERS = envelope(
  1,
  words(3, 6, 2, 0x540be400, 1, 3, 0x1234, 0x56789abc, 10, 20, ONES, 1, 2, ONES) +
    words(ONES, ONES, 30, 40, ONES, 3, 4, 1),
);

/** A sample that holds structures, as the codec hands it on. */
function sampleOf(...structures: readonly string[]): CounterSample {
  const octets = hex(structures.join(""));
  const view = new DataView(octets.buffer);
  const sample = new CounterSample();
  sample.begin(view);
  for (let at = 0; at < octets.length;) {
    const length = view.getUint32(at + 4);
    sample.add(COUNTER_STRUCTURES.get(view.getUint32(at))!.name, at + 8, length);
    at += 8 + length + (-length & 3);
  }
  return sample;
}

Deno.test("TRAPS 35: counters as they stand; all ones is not known", () => {
  const sample = sampleOf(IF_COUNTERS);
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
  assert.deepEqual([...sample.structures], ["if_counters"]);
});

Deno.test("what a sample does not hold is not known", () => {
  const sample = sampleOf(envelope(1, words(3, 6)));
  assert.equal(sample.value("if_counters", "ifType"), 6);
  assert.equal(sample.value("if_counters", "ifSpeed"), NaN, "cut short");
  assert.equal(sample.value("if_counters", "ifNothing"), NaN);
  assert.equal(sample.value("vlan_counters", "octets"), NaN);
  assert.equal(sample.text("if_counters", "ifType"), null);
  assert.equal(sample.text("port_name", "name"), null);
  assert.equal(sample.has("vlan_counters"), false);
});

Deno.test("floats, signed numbers, texts, and fields behind them", () => {
  const sample = sampleOf(
    envelope(2003, "3fc00000" + words(0, 0, ...Array(14).fill(7))),
    envelope(10, words(1, 4, 3300, -5000, 0)),
    envelope(2202, text("mysql") + words(5, 6)),
    envelope(2000, text("leaf-1") + "00".repeat(16) + words(3, 2) + text("6.1.0")),
    envelope(1005, text("")),
  );
  assert.equal(sample.value("host_cpu", "load_one"), 1.5);
  assert.equal(sample.value("host_cpu", "contexts"), 7);
  assert.equal(sample.value("host_cpu", "cpu_steal"), NaN, "of newer agents alone");
  assert.equal(sample.value("sfp", "module_temperature"), -5000);
  assert.equal(sample.text("app_operations", "application"), "mysql");
  assert.equal(sample.value("app_operations", "application"), NaN);
  assert.equal(sample.value("app_operations", "other"), 6);
  assert.equal(sample.value("app_operations", "timeout"), NaN, "cut short");
  assert.deepEqual(
    [sample.value("host_descr", "os_name"), sample.text("host_descr", "os_release")],
    [2, "6.1.0"],
  );
  assert.equal(sample.text("port_name", "name"), null);
});

Deno.test("a text that is longer than its structure says so far as it goes", () => {
  const sample = sampleOf(
    envelope(1005, words(400) + "61620000"),
    envelope(2202, words(0xffffffff) + words(1)),
  );
  assert.equal(sample.text("port_name", "name"), "ab\0\0");
  assert.equal(sample.value("app_operations", "success"), NaN);
});

Deno.test("a sample whose datagram is gone says nothing more", () => {
  const sample = sampleOf(IF_COUNTERS);
  sample.end();
  assert.equal(sample.value("if_counters", "ifIndex"), NaN);
  assert.deepEqual([...sample.structures], []);
});

/** What the codec keeps of the samples of one datagram. */
function decoded(samples: readonly string[]) {
  const harness = new CodecHarness(sflowUdp, { counters: true });
  const { records, errors } = harness.decode(sflow(samples));
  assert.equal(records.length, 0);
  return { ...harness.counters(), problems: countByCode(errors) };
}

Deno.test("a counter sample becomes an interface sample, with the name of its port", () => {
  const { interfaces, devices, problems } = decoded([
    countersSample([IF_COUNTERS, envelope(1005, text("swp3")), envelope(2, words(1, ONES))]),
  ]);
  assert.deepEqual([interfaces.length, devices, problems], [1, [], {}]);
  const [sample] = interfaces;
  assert.deepEqual(
    [sample.exporter, sample.observation_domain, sample.sequence, sample.uptime_ms],
    ["192.0.2.9", 7, 1, 60_000],
  );
  assert.deepEqual(
    [sample.if_index, sample.if_name, sample.speed_bps, sample.in_octets, sample.out_octets],
    [3, "swp3", 1e10, 0x1234 * 2 ** 32 + 0x56789abc, null],
  );
  assert.deepEqual([sample.alignment_errors, sample.fcs_errors], [1, null]);
});

Deno.test("a broken counter sample is counted, and what it holds before stays", () => {
  const broken = envelope(2, words(1, 3, 2) + IF_COUNTERS + words(2, 400));
  const { interfaces, problems } = decoded([broken, countersSample([IF_COUNTERS])]);
  assert.deepEqual(interfaces.map(({ if_index }) => if_index), [3, 3]);
  assert.deepEqual(problems, { bad_sample: 1 });
});

Deno.test("expanded counter samples have an index of 32 bits", () => {
  const { devices } = decoded([
    envelope(4, words(9, 2, 0x4b000000, 1) + envelope(10, words(1, 4, 3300, -5000, 0))),
  ]);
  assert.deepEqual(
    devices.map((
      { source_class, source_index, group, counter, value },
    ) => [source_class, source_index, group, counter, value]).at(-1),
    [2, 0x4b000000, "sfp", "module_temperature", -5000],
  );
});
