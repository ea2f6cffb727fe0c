import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness } from "../../../tests/support/codec_harness.ts";
import { Random } from "../../../tests/support/random.ts";
import { IPFIX_EXPORT, IPFIX_FLOWS_PER_DATAGRAM } from "./ipfix.ts";
import { NETFLOW9_EXPORT, V9_FLOWS_PER_DATAGRAM } from "./netflow9.ts";
import type { SampleFlow } from "./scenario.ts";
import { type ExportDialect, TemplatedEncoder } from "./templated_encoder.ts";

/** UDP payload of an Ethernet frame without fragments, over IPv6. */
const ETHERNET_PAYLOAD = 1452;
/** What the two formats can hold. */
interface Case {
  readonly name: string;
  readonly dialect: ExportDialect;
  readonly perDatagram: number;
  readonly maxCounter: number;
  readonly sequenceOffset: number;
  readonly templateSet: number;
}

// deno-fmt-ignore: one row a format reads as the table it is.
const CASES: readonly Case[] = [
  { name: "netflow9", dialect: NETFLOW9_EXPORT, perDatagram: V9_FLOWS_PER_DATAGRAM, maxCounter: 2 ** 32 - 1, sequenceOffset: 12, templateSet: 0 },
  { name: "ipfix", dialect: IPFIX_EXPORT, perDatagram: IPFIX_FLOWS_PER_DATAGRAM, maxCounter: Number.MAX_SAFE_INTEGER, sequenceOffset: 8, templateSet: 2 },
];

function randomFlow(random: Random, maxCounter: number): SampleFlow {
  const ipv6 = random.below(2) === 0;
  const address = () =>
    ipv6 ? `2001:db8::${(1 + random.below(0xfffe)).toString(16)}` : `10.1.2.${random.below(256)}`;
  const end = ARRIVAL_MS - random.below(60_000);
  return {
    src_addr: address(),
    dst_addr: address(),
    src_port: random.below(65_536),
    dst_port: random.below(65_536),
    protocol: random.pick([6, 17, 132]),
    bytes: random.pick([0, 1, random.below(maxCounter), maxCounter]),
    packets: random.pick([0, 1, random.below(maxCounter), maxCounter]),
    start_ms: end - random.below(10_000),
    end_ms: end,
    latency_ms: 0,
  };
}

/** Set ids of a message, in order. */
function setIds(datagram: Uint8Array, { version }: ExportDialect): number[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const ids: number[] = [];
  for (let at = version === 9 ? 20 : 16; at < datagram.length; at += view.getUint16(at + 2)) {
    ids.push(view.getUint16(at));
  }
  return ids;
}

for (const { name, dialect, perDatagram, maxCounter, sequenceOffset, templateSet } of CASES) {
  Deno.test(`${name}: decode(encode(flows)) gives the flows, in their order`, () => {
    const random = new Random(20_240_101);
    for (let run = 0; run < 200; run++) {
      const bootMs = ARRIVAL_MS - 100_000 - random.below(2 ** 33);
      const domain = random.below(2 ** 32);
      const encoder = new TemplatedEncoder(dialect, { bootMs, domain });
      const harness = new CodecHarness(netflowUdp);
      for (let message = 0; message < 3; message++) {
        const flows = Array.from(
          { length: random.below(perDatagram + 1) },
          () => randomFlow(random, maxCounter),
        );
        const { records, errors } = harness.decode(encoder.encode(flows, ARRIVAL_MS));
        assert.deepEqual(errors, []);
        assert.deepEqual(
          records.map((record) => ({
            src_addr: record.src_addr,
            dst_addr: record.dst_addr,
            src_port: record.src_port,
            dst_port: record.dst_port,
            protocol: record.protocol,
            bytes: record.bytes,
            packets: record.packets,
            start_ms: Date.parse(record.start_at!),
            end_ms: Date.parse(record.end_at!),
            latency_ms: record.latency_ms ?? 0,
          })),
          flows,
          `run ${run}, message ${message}`,
        );
        for (const record of records) {
          assert.deepEqual(
            [record.export_format, record.observation_domain, record.in_if, record.out_if],
            [name, domain, 1, 2],
          );
        }
      }
    }
  });

  Deno.test(`${name}: ${perDatagram} flows of mixed families fit an Ethernet frame`, () => {
    const random = new Random(7);
    const encoder = new TemplatedEncoder(dialect, { bootMs: ARRIVAL_MS - 1000, samplingRate: 100 });
    const flow = randomFlow(random, 1000);
    const flows = Array.from({ length: perDatagram }, (_, i) => {
      const address = i % 2 === 0 ? "2001:db8::1" : "192.0.2.1";
      return { ...flow, src_addr: address, dst_addr: address };
    });
    const datagram = encoder.encode(flows, ARRIVAL_MS);
    assert.ok(datagram.length <= ETHERNET_PAYLOAD, `${datagram.length}`);
    const all6 = flows.map((flow) => ({ ...flow, src_addr: "::1", dst_addr: "::2" }));
    const whole = new TemplatedEncoder(dialect, { bootMs: 0, samplingRate: 100 });
    assert.ok(whole.encode(all6, ARRIVAL_MS).length <= ETHERNET_PAYLOAD);
  });

  Deno.test(`${name}: templates come first, and again after datagrams or time`, () => {
    const random = new Random(3);
    const encoder = new TemplatedEncoder(dialect, {
      bootMs: ARRIVAL_MS - 100_000,
      refresh: { datagrams: 4, ms: 10_000 },
    });
    const announces = (afterMs: number): boolean =>
      setIds(encoder.encode([randomFlow(random, 9)], ARRIVAL_MS + afterMs), dialect)
        .includes(templateSet);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map(announces),
      [true, false, false, false, true, false, false, false, true],
    );
    assert.deepEqual([9, 10_007, 10_008, 10_009].map(announces), [false, false, true, false]);
  });

  Deno.test(`${name}: the sampling rate that options announce scales the flows`, () => {
    const encoder = new TemplatedEncoder(dialect, {
      bootMs: ARRIVAL_MS - 100_000,
      domain: 4,
      samplingRate: 250,
    });
    const flow = { ...randomFlow(new Random(5), 1000), bytes: 1200, packets: 3 };
    const harness = new CodecHarness(netflowUdp);
    for (let n = 0; n < 2; n++) {
      const { records: [record], errors } = harness.decode(encoder.encode([flow], ARRIVAL_MS));
      assert.deepEqual(errors, []);
      assert.deepEqual(
        [record.bytes, record.packets, record.sampling_rate, record.sampling_source],
        [300_000, 750, 250, "announced"],
      );
    }
  });

  Deno.test(`${name}: the sequence runs on by ${dialect.sequenceUnit}`, () => {
    const random = new Random(9);
    const encoder = new TemplatedEncoder(dialect, {
      bootMs: ARRIVAL_MS - 100_000,
      samplingRate: 10,
      refresh: { datagrams: 2, ms: 1e9 },
    });
    const harness = new CodecHarness(netflowUdp);
    const sequences = [3, 1, 2, 0, 5].map((count, i) => {
      const flows = Array.from({ length: count }, () => randomFlow(random, 1000));
      const datagram = encoder.encode(flows, ARRIVAL_MS + i);
      assert.deepEqual(harness.decode(datagram, { at: ARRIVAL_MS + i }).errors, []);
      return new DataView(datagram.buffer).getUint32(sequenceOffset);
    });
    // Options data are data records too (RFC 7011 §2): datagrams 1, 3 and 5 have one.
    assert.deepEqual(
      sequences,
      dialect.sequenceUnit === "datagrams" ? [0, 1, 2, 3, 4] : [0, 4, 5, 8, 8],
    );
  });
}

Deno.test("netflow9: a datagram octet by octet", () => {
  const encoder = new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs: 1_000_000, domain: 7 });
  encoder.encode([], 2_000_000);
  const datagram = encoder.encode([{
    src_addr: "192.0.2.1",
    dst_addr: "198.51.100.2",
    src_port: 0x1234,
    dst_port: 443,
    protocol: 6,
    bytes: 0x01020304,
    packets: 5,
    start_ms: 1_400_000,
    end_ms: 1_500_000,
    latency_ms: 1,
    tcp_flags: 0x1b,
  }], 2_000_999);
  // Header, set header, addresses, ports, protocol and flags, counters, times, interfaces, padding.
  assert.equal(
    datagram.toHex(),
    "0009" + "0001" + "000f4627" + "000007d0" + "00000001" + "00000007" +
      "0100" + "0028" + "c0000201" + "c6336402" + "1234" + "01bb" + "06" +
      "1b" + "01020304" + "00000005" + "00061a80" + "0007a120" + "0001" + "0002" + "0000",
  );
});

Deno.test("ipfix: a datagram octet by octet", () => {
  const encoder = new TemplatedEncoder(IPFIX_EXPORT, { bootMs: 0, domain: 7 });
  encoder.encode([], 2_000_000);
  const datagram = encoder.encode([{
    src_addr: "192.0.2.1",
    dst_addr: "198.51.100.2",
    src_port: 0x1234,
    dst_port: 443,
    protocol: 6,
    bytes: 2 ** 40,
    packets: 5,
    start_ms: 1_400_000,
    end_ms: 1_500_000,
    latency_ms: 1,
    tcp_flags: 0x1b,
  }], 2_000_999);
  assert.equal(
    datagram.toHex(),
    "000a" + "004a" + "000007d0" + "00000000" + "00000007" +
      "0100" + "003a" + "c0000201" + "c6336402" + "1234" + "01bb" + "06" +
      "1b" + "0000010000000000" + "0000000000000005" + "0000000000155cc0" + "000000000016e360" +
      "00000001" + "00000002",
  );
});

Deno.test("a value that its field cannot hold is refused, not wrapped", () => {
  const flow = { ...randomFlow(new Random(1), 10), bytes: 2 ** 32 };
  const v9 = new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs: 0 });
  assert.throws(() => v9.encode([flow], ARRIVAL_MS), /4294967296 in 4 octets/);
  const unreadable = { ...flow, src_addr: "nowhere" };
  assert.throws(() => v9.encode([unreadable], ARRIVAL_MS), /"nowhere" is no IP address/);
});
