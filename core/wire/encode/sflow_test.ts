import assert from "node:assert/strict";
import { sflowUdp } from "../../../capabilities/sflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness } from "../../../tests/support/codec_harness.ts";
import { Random } from "../../../tests/support/random.ts";
import type { SampleFlow } from "./scenario.ts";
import { SFLOW_SAMPLES_PER_DATAGRAM, SflowEncoder } from "./sflow.ts";

const ETHERNET_PAYLOAD = 1500 - 28;

function randomFlow(random: Random): SampleFlow {
  const ipv6 = random.below(3) === 0;
  const address = () =>
    ipv6 ? `2001:db8::${(random.below(0xffff) + 1).toString(16)}` : `10.0.${random.below(256)}.1`;
  const packets = 1 + random.below(1000);
  return {
    src_addr: address(),
    dst_addr: address(),
    src_port: random.below(65_536),
    dst_port: random.below(65_536),
    protocol: random.pick([6, 17]),
    bytes: packets * (60 + random.below(1441)),
    packets,
    start_ms: ARRIVAL_MS - 5000,
    end_ms: ARRIVAL_MS,
    latency_ms: (1 + random.below(1e6)) / 1000,
  };
}

Deno.test("sflow: decode(encode(flows)) gives a packet of each flow, in their order", () => {
  const random = new Random(6343);
  for (let run = 0; run < 100; run++) {
    const samplingRate = 1 + random.below(5000);
    const subAgent = random.below(2 ** 32);
    const encoder = new SflowEncoder({
      bootMs: ARRIVAL_MS - random.below(2 ** 33),
      agent: "192.0.2.44",
      subAgent,
      samplingRate,
    });
    const harness = new CodecHarness(sflowUdp);
    for (let message = 0; message < 3; message++) {
      const flows = Array.from(
        { length: random.below(SFLOW_SAMPLES_PER_DATAGRAM + 1) },
        () => randomFlow(random),
      );
      const datagram = encoder.encode(flows, ARRIVAL_MS + message);
      assert.ok(datagram.length <= ETHERNET_PAYLOAD);
      const { records, errors } = harness.decode(datagram, { at: ARRIVAL_MS + message });
      assert.deepEqual(errors, []);
      assert.deepEqual(
        records.map((record) => ({
          exporter: record.exporter,
          observation_domain: record.observation_domain,
          src_addr: record.src_addr,
          dst_addr: record.dst_addr,
          src_port: record.src_port,
          dst_port: record.dst_port,
          protocol: record.protocol,
          packets: record.packets,
          bytes: record.bytes,
          l2_bytes: record.l2_bytes,
          latency_ms: record.latency_ms,
          in_if: record.in_if,
          out_if: record.out_if,
        })),
        flows.map((flow) => ({
          exporter: "192.0.2.44",
          observation_domain: subAgent,
          src_addr: flow.src_addr,
          dst_addr: flow.dst_addr,
          src_port: flow.src_port,
          dst_port: flow.dst_port,
          protocol: flow.protocol,
          packets: samplingRate,
          bytes: samplingRate * (flow.bytes / flow.packets),
          l2_bytes: samplingRate * (flow.bytes / flow.packets + 18),
          latency_ms: flow.protocol === 6 ? flow.latency_ms : null,
          in_if: 1,
          out_if: 2,
        })),
      );
    }
    assert.equal(harness.exporters.summaries()[0]?.sequence_lost, 0);
  }
});

Deno.test("sflow: a datagram octet by octet", () => {
  const encoder = new SflowEncoder({ bootMs: 1_000_000, agent: "192.0.2.9", subAgent: 3 });
  const datagram = encoder.encode([{
    src_addr: "192.0.2.1",
    dst_addr: "198.51.100.2",
    src_port: 0x1234,
    dst_port: 53,
    protocol: 17,
    bytes: 300,
    packets: 3,
    start_ms: 1_400_000,
    end_ms: 1_500_000,
    latency_ms: 1,
  }], 1_000_500);
  assert.equal(
    datagram.toHex(),
    "00000005" + "00000001" + "c0000209" + "00000003" + "00000001" + "000001f4" + "00000001" +
      "00000001" + "00000064" + "00000001" + "00000001" + "00000064" + "00000064" + "00000000" +
      "00000001" + "00000002" + "00000001" +
      "00000001" + "0000003c" + "00000001" + "00000076" + "00000004" + "0000002a" +
      "020000000002" + "020000000001" + "0800" + "45000064" + "00004000" + "40110000" +
      "c0000201" + "c6336402" + "1234" + "0035" + "0050" + "0000" + "0000",
  );
});

Deno.test("sflow: a value that its field cannot hold is refused, not wrapped", () => {
  const flow = { ...randomFlow(new Random(1)), src_addr: "nowhere" };
  const encoder = new SflowEncoder({ bootMs: 0 });
  assert.throws(() => encoder.encode([flow], ARRIVAL_MS), /"nowhere" is no IP address/);
});
