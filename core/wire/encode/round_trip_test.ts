import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { ARRIVAL_MS, CodecHarness } from "../../../tests/support/codec_harness.ts";
import { Random } from "../../../tests/support/random.ts";
import { formatAddress } from "../../flow/address.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import { IPFIX_EXPORT } from "./ipfix.ts";
import { NetFlow5Encoder, V5_FLOWS_PER_DATAGRAM } from "./netflow5.ts";
import { NETFLOW9_EXPORT } from "./netflow9.ts";
import type { SampleFlow } from "./scenario.ts";
import type { EncodedField } from "./template_table.ts";
import { type ExportDialect, TemplatedEncoder } from "./templated_encoder.ts";

// decode(encode(x)) = x: over every field that the project's encoders can be given, in templates of
// random fields, order and width, with the extremes of each.

const RUNS = 400;
const FLOWS = 6;
const MAX_32 = 2 ** 32 - 1;

/** A number of so many octets: 0, 1, the largest, one octet's edges, or any. */
function extreme(random: Random, octets: number): number {
  const end = 256 ** Math.min(octets, 6) * (octets > 6 ? 32 : 1);
  return random.pick([0, 1, 127, 128, 255, end - 1, end / 2, Math.floor(random.below(end))]);
}

// deno-fmt-ignore: one row an address reads as the table it is.
const IPV4 = ["0.0.0.0", "0.0.0.1", "127.0.0.1", "128.0.0.0", "192.0.2.1", "224.0.0.1", "255.255.255.255"];
const IPV6 = [
  "::1",
  "100::",
  "2001:db8::1",
  "fe80::1",
  "ff02::1",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

function address(random: Random, ipv6: boolean): string {
  if (random.below(2) === 0) return random.pick(ipv6 ? IPV6 : IPV4);
  const words = Uint32Array.from([0x20010db8, random.uint32(), random.uint32(), random.uint32()]);
  if (!ipv6) words.set([0, 0, 0xffff]);
  return formatAddress(words, 0);
}

/** A field that a template may have, and the widths that the formats allow for it. */
interface Optional {
  readonly id: number;
  readonly target: keyof FlowRecord;
  readonly widths: readonly number[];
  /** What a value of 0 reads as. */
  readonly zero?: null;
}

const WIDE = [1, 2, 3, 4, 5, 6, 7, 8];
const UP_TO_4 = [1, 2, 3, 4];
// deno-fmt-ignore: one row a field reads as the table it is.
const OPTIONAL: readonly Optional[] = [
  { id: 1, target: "bytes", widths: WIDE },
  { id: 2, target: "packets", widths: WIDE },
  { id: 352, target: "l2_bytes", widths: WIDE },
  { id: 133, target: "dropped_packets", widths: WIDE },
  { id: 4, target: "protocol", widths: [1] },
  { id: 5, target: "ip_tos", widths: [1] },
  { id: 6, target: "tcp_flags", widths: [1, 2] },
  { id: 7, target: "src_port", widths: [1, 2] },
  { id: 11, target: "dst_port", widths: [1, 2] },
  { id: 10, target: "in_if", widths: UP_TO_4 },
  { id: 14, target: "out_if", widths: UP_TO_4 },
  { id: 16, target: "src_as", widths: UP_TO_4, zero: null },
  { id: 17, target: "dst_as", widths: UP_TO_4, zero: null },
  { id: 9, target: "src_prefix_len", widths: [1] },
  { id: 13, target: "dst_prefix_len", widths: [1] },
  { id: 58, target: "vlan", widths: [2] },
  { id: 227, target: "nat_src_port", widths: [2] },
  { id: 228, target: "nat_dst_port", widths: [2] },
];

/** A flow with values for the optional fields. */
type Row = SampleFlow & { readonly values: Readonly<Record<string, number>> };

/** A template of random fields in random order, one address of each end among them. */
function randomFields(
  random: Random,
  ipv6: boolean,
): { fields: EncodedField[]; optional: [Optional, number][] } {
  const optional = OPTIONAL.filter(() => random.below(2) === 0)
    .map((field): [Optional, number] => [field, random.pick(field.widths)]);
  const words = (which: "source" | "destination"): EncodedField["value"] => (from) =>
    ipv6 ? from[which] : from[which].subarray(3);
  const length = ipv6 ? 16 : 4;
  const fields: EncodedField[] = [
    { id: ipv6 ? 27 : 8, length, value: words("source") },
    { id: ipv6 ? 28 : 12, length, value: words("destination") },
    ...optional.map(([{ id, target }, width]): EncodedField => ({
      ...{ id, length: width },
      value: ({ flow }) => (flow as Row).values[target],
    })),
  ];
  for (let i = fields.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [fields[i], fields[other]] = [fields[other], fields[i]];
  }
  return { fields, optional };
}

for (const dialect of [NETFLOW9_EXPORT, IPFIX_EXPORT]) {
  const format = dialect.version === 9 ? "netflow9" : "ipfix";
  Deno.test(`${format}: templates of any fields, order and width give back what was written`, () => {
    const random = new Random(7011);
    for (let run = 0; run < RUNS; run++) {
      const families = { ipv4: randomFields(random, false), ipv6: randomFields(random, true) };
      const own: ExportDialect = {
        ...dialect,
        ipv4: { id: 300, fields: families.ipv4.fields },
        ipv6: { id: 65_535, fields: families.ipv6.fields },
      };
      const flows = Array.from({ length: FLOWS }, (): Row => {
        const ipv6 = random.below(2) === 0;
        const { optional } = ipv6 ? families.ipv6 : families.ipv4;
        return {
          ...{ src_addr: address(random, ipv6), dst_addr: address(random, ipv6) },
          ...{ src_port: 0, dst_port: 0, protocol: 0, bytes: 0, packets: 0 },
          ...{ start_ms: 0, end_ms: 0, latency_ms: 0 },
          values: Object.fromEntries(
            optional.map(([{ target }, width]) => [target, extreme(random, width)]),
          ),
        };
      });
      const encoder = new TemplatedEncoder(own, { bootMs: 0, domain: random.pick([0, 1, MAX_32]) });
      const { records, errors } = new CodecHarness(netflowUdp).decode(
        encoder.encode(flows, ARRIVAL_MS),
      );
      assert.deepEqual(errors, []);
      assert.equal(records.length, flows.length);
      flows.forEach(({ src_addr, dst_addr, values }, n) => {
        const place = `run ${run}, flow ${n}`;
        assert.deepEqual([records[n].src_addr, records[n].dst_addr], [src_addr, dst_addr], place);
        for (const { target, zero } of OPTIONAL) {
          const value = values[target] === 0 && zero === null ? null : values[target] ?? null;
          assert.equal(records[n][target], value, `${place}: ${target}`);
        }
      });
    }
  });
}

Deno.test("netflow5: decode(encode(flows)) gives the flows, at every extreme", () => {
  const random = new Random(5);
  for (let run = 0; run < RUNS; run++) {
    // An uptime of 32 bits, of which 0 and all ones may stand for unknown.
    const uptime = random.pick([1, 1000, 2 ** 31, MAX_32 - 1, 1 + random.below(MAX_32 - 1)]);
    const bootMs = ARRIVAL_MS - uptime;
    const flows = Array.from(
      { length: 1 + random.below(V5_FLOWS_PER_DATAGRAM) },
      (): SampleFlow => {
        const start = bootMs + Math.max(1, uptime - random.below(2 ** 31));
        return {
          ...{ src_addr: address(random, false), dst_addr: address(random, false) },
          ...{ src_port: extreme(random, 2), dst_port: extreme(random, 2) },
          protocol: random.pick([0, 6, 17, 255]),
          ...{ bytes: extreme(random, 4), packets: extreme(random, 4) },
          ...{ start_ms: start, end_ms: random.pick([start, ARRIVAL_MS]), latency_ms: 0 },
        };
      },
    );
    const encoder = new NetFlow5Encoder({ bootMs, engineId: random.pick([0, 255]) });
    const { records, errors } = new CodecHarness(netflowUdp).decode(
      encoder.encode(flows, ARRIVAL_MS),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(
      records.map((record) => ({
        ...{ src_addr: record.src_addr, dst_addr: record.dst_addr },
        ...{ src_port: record.src_port, dst_port: record.dst_port, protocol: record.protocol },
        ...{ bytes: record.bytes, packets: record.packets },
        ...{ start_ms: Date.parse(record.start_at!), end_ms: Date.parse(record.end_at!) },
        latency_ms: 0,
      })),
      flows,
      `run ${run}`,
    );
  }
});
