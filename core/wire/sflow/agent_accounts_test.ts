import assert from "node:assert/strict";
import { sflowUdp } from "../../../capabilities/sflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import {
  envelope,
  flowSample,
  sampledHeader,
  sflow,
  words,
} from "../../../tests/support/sflow_messages.ts";
import { isSflow } from "./is_sflow.ts";
import { ExporterTable } from "../../exporter/exporter_table.ts";

// Who is who (TRAPS 31), and whose word on sampling counts.

const AGENT = "192.0.2.9";
const sample = (options = {}) => flowSample([sampledHeader()], options);

Deno.test("TRAPS 31: two that claim one agent's address have sequences of their own", () => {
  const harness = new CodecHarness(sflowUdp);
  const lost = () => harness.exporters.summaries().map(({ sequence_lost }) => sequence_lost);
  for (let sequence = 1; sequence <= 4; sequence++) {
    for (const [address, before] of [["192.0.2.9", 0], ["198.51.100.7", 5000]] as const) {
      harness.decode(
        sflow([sample({ sequence: before + sequence })], { sequence: before + sequence }),
        {
          source: { address, port: 6343 },
          at: ARRIVAL_MS + sequence,
        },
      );
    }
  }
  const [shown, ...others] = harness.exporters.summaries();
  assert.deepEqual(others, [], "shown as the one agent");
  assert.deepEqual([shown.address, shown.datagrams, shown.flow_records], [AGENT, 8, 8]);
  assert.deepEqual([shown.restarts, shown.reordered, shown.samples_lost], [0, 0, 0]);
  assert.deepEqual(lost(), [0]);
  // A gap of one is counted as such, and is not the other's.
  harness.decode(sflow([], { sequence: 5007 }), {
    source: { address: "198.51.100.7", port: 6343 },
  });
  harness.decode(sflow([], { sequence: 5 }), { source: { address: AGENT, port: 6343 } });
  assert.deepEqual(lost(), [2]);
});

Deno.test("an agent that sends for itself is found again however its address is written", () => {
  const harness = new CodecHarness(sflowUdp);
  for (const [i, address] of [AGENT, `::ffff:${AGENT}`].entries()) {
    harness.decode(sflow([sample()], { sequence: 1 + i }), { source: { address, port: 6343 } });
  }
  assert.equal(harness.exporters.size, 1);
});

Deno.test("a table that is opened again knows who sent for whom", () => {
  const table = new ExporterTable(ExporterTable.allocate());
  const source = { address: AGENT, port: 6343, sender: "198.51.100.7" };
  const [own, other] = [{ address: AGENT, port: 6343 }, source]
    .map((source) => table.find(source, 7, ARRIVAL_MS)!.slot);
  assert.notEqual(own, other);
  const again = new ExporterTable(table.memory);
  assert.equal(again.find(source, 7, ARRIVAL_MS)!.slot, other);
  assert.equal(
    again.find({ ...source, sender: "::ffff:198.51.100.7" }, 7, ARRIVAL_MS)!.slot,
    other,
  );
  assert.equal(again.find({ address: AGENT, port: 6343 }, 7, ARRIVAL_MS)!.slot, own);
  assert.equal(again.size, 2);
});

for (const [who, configured] of [["the agent", AGENT], ["its sender", "192.0.2.1"]]) {
  Deno.test(`a rate that is configured for ${who} stands above the one in samples`, () => {
    const harness = new CodecHarness(sflowUdp, {
      configuredRate: (address) => address === configured ? 500 : 0,
    });
    const drop = flowSample([sampledHeader()], { sequence: 2, output: 0x40000102 });
    const { records: [flow, dropped] } = harness.decode(sflow([sample(), drop]));
    assert.deepEqual(
      [flow.sampling_rate, flow.sampling_source, flow.packets, flow.bytes],
      [500, "configured", 500, 1486 * 500],
    );
    assert.deepEqual([dropped.dropped_packets, dropped.sampling_source], [500, "configured"]);
    const [{ sampling_rate, sampling_source }] = harness.exporters.summaries();
    assert.deepEqual([sampling_rate, sampling_source], [500, "configured"]);
  });
}

Deno.test("a rate configured for somebody else changes nothing", () => {
  const harness = new CodecHarness(sflowUdp, {
    configuredRate: (address) => address === "192.0.2.8" ? 500 : 0,
  });
  const { records: [flow] } = harness.decode(sflow([sample()]));
  assert.deepEqual([flow.sampling_rate, flow.sampling_source], [100, "in_record"]);
});

Deno.test("discarded packets are told of one by one: no rate of sampling is theirs", () => {
  const harness = new CodecHarness(sflowUdp, { configuredRate: () => 500 });
  const discarded = envelope(5, words(1, 0, 3, 0, 3, 0, 258, 1) + sampledHeader());
  const { records: [row] } = harness.decode(sflow([discarded]));
  assert.deepEqual([row.dropped_packets, row.sampling_rate], [1, null]);
  assert.match(row.event!, /^drop_/);
});

/** Problems of an agent that samples one packet in `truth` and says `said`. */
function liar(
  { truth, said, configured = 0, pool = 0 }: {
    truth: number;
    said: number;
    configured?: number;
    pool?: number;
  },
): Record<string, number> {
  const harness = new CodecHarness(sflowUdp, { configuredRate: () => configured });
  const errors = [];
  for (let sequence = 1; sequence <= 600; sequence++) {
    const numbers = { sequence, rate: said, pool: (pool + sequence * truth) % 2 ** 32 };
    errors.push(...harness.decode(sflow([sample(numbers)], { sequence })).errors);
  }
  return countByCode(errors);
}

Deno.test("TRAPS 35: an agent that lies of its rate is found out, wherever its pool wraps", () => {
  for (const pool of [0, 2 ** 32 - 1, 2 ** 32 - 300_000, 2 ** 31]) {
    assert.deepEqual(liar({ truth: 1000, said: 1000, pool }), {}, `an honest one, from ${pool}`);
    assert.deepEqual(liar({ truth: 1000, said: 100, pool }), { sampling_rate_mismatch: 2 });
    assert.deepEqual(liar({ truth: 100, said: 1000, pool }), { sampling_rate_mismatch: 2 });
  }
});

Deno.test("TRAPS 35: a pool that may go round between two looks belies nothing", () => {
  // 256 samples of one in ten million are more than a pool can count.
  assert.deepEqual(liar({ truth: 10_000_000, said: 10_000_000 }), {});
});

Deno.test("TRAPS 35: the truth, once it is configured, is no complaint any more", () => {
  assert.deepEqual(liar({ truth: 1000, said: 100, configured: 1000 }), {});
  assert.deepEqual(liar({ truth: 1000, said: 1000, configured: 100 }), {
    sampling_rate_mismatch: 2,
  });
});

Deno.test("a restart of an agent takes no sample back that was lost before, and counts on", () => {
  const harness = new CodecHarness(sflowUdp);
  const send = (sequence: number, number: number, uptime: number) =>
    harness.decode(sflow([sample({ sequence: number, drops: 0 })], { sequence, uptime }));
  send(1, 1, 600_000);
  send(2, 302, 601_000);
  const lost = () => harness.exporters.summaries()[0].samples_lost;
  assert.equal(lost(), 300);
  // Late, by less than ten seconds: it was not lost.
  send(3, 300, 600_500);
  assert.equal(lost(), 299);
  // Numbers begin anew, close to where they stood.
  for (let number = 1; number <= 50; number++) send(number, number, 1000 * number);
  assert.equal(lost(), 299);
  send(51, 53, 51_000);
  assert.equal(lost(), 301);
});

Deno.test("a datagram is known by its content also where its agent has no address", () => {
  for (const [type, known] of [[0, true], [1, true], [2, true], [3, false]] as const) {
    assert.equal(isSflow(sflow([], { agent: words(type) })), known, `type ${type}`);
  }
});

/** What an agent with five data sources is said to have lost: 400 datagrams of one sample each. */
function samplesLost({ across, drop }: { across: boolean; drop: (n: number) => boolean }): number {
  const harness = new CodecHarness(sflowUdp);
  const own = [0, 0, 0, 0, 0];
  for (let n = 0; n < 400; n++) {
    const source = (n * 7) % 5;
    own[source]++;
    const sequence = across ? n + 1 : own[source];
    if (drop(n)) continue;
    harness.decode(sflow([sample({ sequence, source: 3 + source, pool: n * 100 })], {
      sequence: n + 1,
    }));
  }
  return harness.exporters.summaries()[0].samples_lost;
}

Deno.test("TRAPS 16: samples are numbered by source; what a lost datagram held is lost", () => {
  assert.equal(samplesLost({ across: false, drop: () => false }), 0);
  assert.equal(samplesLost({ across: false, drop: (n) => n % 40 === 7 }), 10);
});

Deno.test("an agent that numbers samples across its sources has not lost the ones between", () => {
  assert.equal(samplesLost({ across: true, drop: () => false }), 0);
  assert.equal(samplesLost({ across: true, drop: (n) => n % 40 === 7 }), 0);
});
