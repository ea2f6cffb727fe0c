import assert from "node:assert/strict";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { formatAddressBytes } from "../core/flow/address.ts";
import type { FlowRecord } from "../core/flow/schema.ts";
import { describePacket, type PacketDescription } from "../core/wire/packet/describe_packet.ts";
import { CodecHarness, countByCode } from "./support/codec_harness.ts";
import { hex } from "./support/hex.ts";

// Goldens made by other decoders: see corpus/README.md. Nothing here is rewritten from our output.

const CORPUS = new URL("corpus/", import.meta.url);
/** The whole set, of which the cases under other licences are not copied; it stands beside some checkouts. */
const WHOLE = new URL("../../shared/corpus/cases/", import.meta.url);

/** What is wrong with a case, from its notes: everything else decodes without a problem. */
const PROBLEMS: Readonly<Record<string, Record<string, number>>> = {
  // "header count 163 but only 30 complete records (1464 bytes)"
  "netflow5-invalid-02": { records_beyond_payload: 133 },
  // "1608 trailing bytes after 2 records", one datagram
  "netflow5-valid-01": { trailing_octets: 1 },
  // "bad template id 14", "set length 2 at offset 192"
  "np-nfparser-options": { bad_template: 1, bad_set: 1 },
  // "set 257 runs past end of message"
  "tg-issue-14370": { bad_set: 1 },
  // "template … has zero record length", once in each of three, one and one datagrams
  "netflow9-libnetflow9-malformed-1": { bad_template: 3 },
  "netflow9-libnetflow9-malformed-5": { bad_template: 1 },
  "netflow9-libnetflow9-malformed-ot": { bad_template: 1 },
};

/**
 * Rows that the reference has not: it drops data that comes before its template, here it waits and
 * is decoded when the template comes (RFC 7011 §8.1 allows either).
 */
const WAITED: Readonly<Record<string, number>> = {
  // The same three datagrams as ipfix-pcap-cisco, which gives 46 rows, the templates last.
  "ipfix-pcap-cisco-reversed": 33,
};

/** What the source project's own test expects and is not so, and why. */
const UPSTREAM: Readonly<Record<string, { keys: readonly string[]; because: string }>> = {
  "nf-akvorado-nfv5": {
    keys: ["samplingRate"],
    because: "the header's interval is 0, which says nothing (Cisco's table B-3); upstream " +
      "takes 1, here it is unknown",
  },
  "nf-akvorado-sampler-options": {
    keys: ["nextHop"],
    because:
      "bgpNextHopIPv4Address (18) is the next hop in BGP (RFC 5102 §5.6.2), which upstream " +
      "puts in place of a missing ipNextHopIPv4Address (15); here each has its field",
  },
};

type Expected = Record<string, unknown> & { raw?: Record<string, number> };
type Check = (value: never, record: FlowRecord, expected: Expected) => void;

/** The exported value of a counter. */
function unscaled(value: number | null, { sampling_rate }: FlowRecord): number | null {
  return value === null ? null : value / (sampling_rate ?? 1);
}

const same = (name: keyof FlowRecord): Check => (value, record) => {
  assert.deepEqual(record[name], value, name);
};
const counter = (name: "bytes" | "packets"): Check => (value, record) => {
  assert.deepEqual(unscaled(record[name], record), value, name);
};
/** Zero stands for unknown, in numbers and addresses. */
const zeroUnknown = (name: keyof FlowRecord): Check => (value: unknown, record) => {
  const unknown = value === 0 || value === "0.0.0.0" || value === "::";
  assert.deepEqual(record[name], unknown ? null : plainAddress(value), name);
};
/** An IPv4 address inside an IPv6 one is written as IPv4 (RFC 4291 §2.5.5.2). */
function plainAddress(value: unknown): unknown {
  const mapped = typeof value === "string" &&
    /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(value);
  if (!mapped) return typeof value === "string" ? value.replace(/^::ffff:(?=.*\.)/, "") : value;
  return mapped.slice(1).flatMap((word) => {
    const number = parseInt(word, 16);
    return [number >> 8, number & 255];
  }).join(".");
}
/** Whole milliseconds of the same moment; NTP fractions are rounded by some and cut off by others. */
const time = (name: "start_at" | "end_at"): Check => (value: number, record, { raw }) => {
  const rounded = Object.keys(raw ?? {}).some((key) => /(Micro|Nano)seconds$/.test(key)) ? 1 : 0;
  // Of no octets, or 0: not known.
  if (value === null || value === 0) return assert.equal(record[name], null, name);
  assert.ok(record[name] !== null, name);
  const difference = Math.abs(Date.parse(record[name]) - Math.floor(value));
  assert.ok(difference <= rounded, `${name} is ${record[name]}, not ${value}`);
};
const FIREWALL = [null, "flow_created", "flow_deleted", "flow_denied", "flow_alert", null];
const DIRECTIONS = ["ingress", "egress"];

/** How every key of an expectation is compared. A key that is missing here fails the test. */
const CHECKS: Readonly<Record<string, Check>> = {
  kind: (value) => assert.equal(value, "flow"),
  srcAddr: same("src_addr"),
  dstAddr: same("dst_addr"),
  srcPort: same("src_port"),
  dstPort: same("dst_port"),
  protocol: same("protocol"),
  bytes: counter("bytes"),
  packets: counter("packets"),
  tcpFlags: same("tcp_flags"),
  tos: same("ip_tos"),
  inIf: same("in_if"),
  outIf: same("out_if"),
  srcAs: zeroUnknown("src_as"),
  dstAs: zeroUnknown("dst_as"),
  nextHop: zeroUnknown("next_hop"),
  srcMask: same("src_prefix_len"),
  dstMask: same("dst_prefix_len"),
  samplingRate: zeroUnknown("sampling_rate"),
  startMs: time("start_at"),
  endMs: time("end_at"),
  // The duration is the distance of both times, or of both uptimes where no time is expected.
  lastSwitched: (value: number, record, { firstSwitched, startMs, endMs }) => {
    if (firstSwitched === undefined) return;
    const duration = startMs !== undefined && endMs !== undefined
      ? Math.round((endMs as number) - (startMs as number))
      : (value - (firstSwitched as number)) | 0;
    assert.equal(record.duration_ms, duration < 0 ? null : duration, "duration_ms");
  },
  raw: (value: Record<string, number>, record) => {
    if (record.export_format !== "netflow5") return;
    if (value.engineType !== undefined) {
      assert.equal(record.observation_domain, value.engineType * 256 + value.engineId);
    }
    if (value.version !== undefined) assert.equal(record.export_format, `netflow${value.version}`);
  },
  direction: (value: number, record) => {
    assert.equal(record.direction, DIRECTIONS[value] ?? null);
  },
  bgpNextHop: zeroUnknown("bgp_next_hop"),
  forwardingStatus: (value: number, record) => {
    assert.equal(record.forwarding_status, value & 255);
  },
  vlan: same("vlan"),
  srcMac: same("src_mac"),
  dstMac: same("dst_mac"),
  postNatSrcAddr: same("nat_src_addr"),
  postNatDstAddr: same("nat_dst_addr"),
  postNatSrcPort: same("nat_src_port"),
  postNatDstPort: same("nat_dst_port"),
  // A session that begins or ends with octets that are new (element 1) is traffic.
  firewallEvent: (value: number, record, { bytes, raw }) => {
    const isNew = raw !== undefined && ("octetDeltaCount" in raw || "octet_delta_count" in raw);
    const isTraffic = isNew && bytes as number > 0 && (value === 1 || value === 2);
    assert.equal(record.event, isTraffic ? null : FIREWALL[value]);
  },
  natEvent: (value: number, record) => {
    assert.equal(record.event, ["", "nat_translation_create", "nat_translation_delete"][value]);
  },
  mplsLabels: ([top]: number[], record) => assert.equal(record.mpls_label, top),
  // Headers of the packet that the record is about.
  frame: (value: Expected, record, { raw }) => {
    const section = hex(String(raw?.dataLinkFrameSection));
    const view = new DataView(section.buffer);
    const range = { from: 0, to: raw?.["410"] === undefined ? section.length : octetsOf(raw) };
    compareFrame(value, record, describePacket(view, range, "ethernet"));
  },
  // Type × 256 + code; of no meaning where the flow is of another protocol.
  icmpTypeCode: (value: number, record) => {
    if (record.protocol !== 1 && record.protocol !== 58) return;
    assert.equal(record.icmp_type! * 256 + record.icmp_code!, value);
  },
  // Octets and packets behind the device count where there are none before it.
  outBytes: (value: number, record, { bytes }) => {
    if (bytes === undefined) assert.equal(unscaled(record.bytes, record), value);
  },
  outPackets: (value: number, record, { packets }) => {
    if (packets === undefined) assert.equal(unscaled(record.packets, record), value);
  },
  // A row of its own, see `compareReverse`.
  responderBytes: () => {},
  responderPackets: () => {},
  reverse: () => {},
  // Which of two addresses counts: compared by the addresses.
  ipVersion: () => {},
  // The first of repeated elements is the outer header.
  outer: (value: Expected, record) => compare(record, { ...value }),
  inner: () => {},
  // Not kept, or used for the rate alone.
  templateId: () => {},
  routerSc: () => {},
  // The address of a socket of the source project's test.
  exporter: () => {},
  samplerId: () => {},
  postVlan: () => {},
  // Compared with `lastSwitched`.
  firstSwitched: () => {},
  // The export time stands in no record; startMs and endMs are checked against it.
  exportMs: () => {},
  // The two mode bits are not kept.
  samplingMode: () => {},
  // The reference knows no domain in version 5; engine type and id are compared under `raw`.
  observationDomain: (value, record) => {
    if (/^netflow[157]$/.test(record.export_format!)) assert.equal(value, null);
    else assert.equal(record.observation_domain, value);
  },
  // Places: compared by order.
  index: () => {},
  packetIndex: () => {},
  indexInPacket: () => {},
  // Says that upstream names only some of the values.
  partial: () => {},
  // Used for the times alone.
  sysUptime: () => {},
  ingressIfName: same("in_if_name"),
  ingressVrfName: same("vrf"),
};

/** Octets of a section that are no padding: element 410. */
function octetsOf(raw: Record<string, unknown>): number {
  return parseInt(String(raw["410"]), 16);
}

/** What the headers of a packet say that no column has, under the names of our description. */
const ONLY_DESCRIBED: Readonly<Record<string, string>> = {
  ipTtl: "ttl",
  flowLabel: "flow_label",
  ipLength: "ip_length",
};

/** The row of a packet, and its description, against the reference's headers. */
function compareFrame(
  frame: Expected,
  record: FlowRecord,
  described: PacketDescription | null,
): void {
  assert.ok(described !== null);
  // The reference stops at the labels of a pseudowire, what is behind them counts here.
  if (frame.ipLength !== undefined) assert.equal(unscaled(record.bytes, record), frame.ipLength);
  assert.equal(unscaled(record.packets, record), 1);
  for (const [key, value] of Object.entries(frame)) {
    if (key === "etherType") {
      assert.equal(Number(described.ether_type), value);
    } else if (key === "headerVlans") {
      const ids: unknown[] = [described.vlan, described.inner_vlan].filter((id) =>
        id !== undefined
      );
      assert.deepEqual(ids, value);
    } else if (key === "mplsLabels") {
      assert.deepEqual(described.mpls_labels, value);
    } else if (key === "fragmentOffset") {
      assert.equal(described.fragment_offset ?? 0, value);
    } else if (key === "icmpType" || key === "icmpCode") {
      assert.equal(record[key === "icmpType" ? "icmp_type" : "icmp_code"], value);
    } else if (key in ONLY_DESCRIBED) {
      assert.equal(described[ONLY_DESCRIBED[key]], value, key);
    } else if (key !== "ipId") {
      // The identification of a packet is not kept.
      compare(record, { [key]: value });
    }
  }
}

function compare(record: FlowRecord, expected: Expected): void {
  for (const [key, value] of Object.entries(expected)) {
    const check = CHECKS[key];
    if (check === undefined) assert.fail(`nothing compares the key ${key}`);
    check(value as never, record, expected);
  }
}

/** What the other end sent, where the record says so and it is anything. */
function reverseOf(expected: Expected): { bytes: number; packets: number } | null {
  const { responderBytes, responderPackets, reverse } = expected as {
    responderBytes?: number;
    responderPackets?: number;
    reverse?: { bytes?: number; packets?: number };
  };
  const bytes = reverse?.bytes ?? responderBytes ?? 0;
  const packets = reverse?.packets ?? responderPackets ?? 0;
  return bytes > 0 || packets > 0 ? { bytes, packets } : null;
}

/** The row of the other direction: RFC 5103 §4, and elements 232 and 299. */
function compareReverse(row: FlowRecord, forward: FlowRecord, expected: Expected): void {
  const { bytes, packets } = reverseOf(expected)!;
  assert.deepEqual([unscaled(row.bytes, row) ?? 0, unscaled(row.packets, row) ?? 0], [
    bytes,
    packets,
  ]);
  const { src_addr, dst_addr, src_port, dst_port, in_if, out_if, protocol, start_at, event } =
    forward;
  assert.deepEqual(
    [row.src_addr, row.dst_addr, row.src_port, row.dst_port, row.in_if, row.out_if],
    [dst_addr, src_addr, dst_port, src_port, out_if, in_if],
  );
  assert.deepEqual([row.protocol, row.start_at, row.event], [protocol, start_at, event]);
}

/** Compares the rows of each datagram; rows that waited for their template come first in it. */
function compareAll(byDatagram: readonly FlowRecord[][], expected: readonly Expected[]): number {
  let waited = 0;
  byDatagram.forEach((rows, datagram) => {
    const wanted = expected.filter(({ packetIndex }) => packetIndex === datagram);
    const needed = wanted.reduce((sum, want) => sum + (reverseOf(want) === null ? 1 : 2), 0);
    waited += rows.length - needed;
    let at = rows.length - needed;
    assert.ok(at >= 0, `datagram ${datagram} gave ${rows.length} rows, expected ${needed}`);
    for (const want of wanted) {
      const forward = rows[at++];
      compare(forward, want);
      if (reverseOf(want) !== null) compareReverse(rows[at++], forward, want);
    }
  });
  return waited;
}

/**
 * Compares with what the source project's test expects: some of the flows, in their order or in
 * that of its output. Each has a row of its own.
 */
function compareUpstream(
  records: readonly FlowRecord[],
  expected: readonly Expected[],
  deviating: readonly string[],
): void {
  const left = [...records];
  for (const { index, ...want } of expected) {
    for (const key of deviating) delete want[key];
    const from = typeof index === "number" ? [records[index]] : left;
    let first: unknown;
    const found = from.find((record) => {
      try {
        compare(record, want);
        return true;
      } catch (error) {
        first ??= error;
        return false;
      }
    });
    if (found === undefined) {
      throw first ?? new assert.AssertionError({ message: "no row is left" });
    }
    left.splice(left.indexOf(found), 1);
  }
}

async function readJson<T>(name: string, folder: URL): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(name, folder)));
}

/** Decodes a capture; the records stand under the index of their datagram. */
async function decodeCase(folder: URL, protocol: string): Promise<
  { byDatagram: FlowRecord[][]; problems: Record<string, number> }
> {
  const capability = builtInCapabilities.find(({ formats }) =>
    protocol.split("+").every((part) => (formats as readonly string[]).includes(part))
  );
  assert.ok(capability !== undefined, `no capability decodes ${protocol}`);
  const harness = new CodecHarness(capability, { rows: 1 << 16 });
  const byDatagram: FlowRecord[][] = [];
  const errors = [];
  const file = await Deno.open(new URL("capture.pcap", folder));
  for await (const event of readCapture(file.readable)) {
    assert.equal(event.kind, "datagram", "the capture holds nothing else");
    if (event.kind !== "datagram") continue;
    const { datagram } = event;
    const decoded = harness.decode(datagram.payload, {
      source: { address: formatAddressBytes(datagram.sourceAddress), port: datagram.sourcePort },
      at: datagram.receivedAtMs,
    });
    byDatagram.push(decoded.records);
    errors.push(...decoded.errors);
  }
  return { byDatagram, problems: countByCode(errors) };
}

interface Case {
  protocol: string;
  licence: string;
  packetCount: number;
}

const PERMISSIVE =
  /^(Apache-2\.0|MIT|BSD-[23]-Clause|MIT OR Apache-2\.0)( \(NetGauze\); pcaps .* MIT .*)?$/;

const namesIn = (folder: URL) =>
  [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
    .sort();

function isWhole(): boolean {
  try {
    return Deno.statSync(WHOLE).isDirectory;
  } catch {
    return false;
  }
}

/** NetFlow of every version and IPFIX: what the templates of this test know. */
const PROTOCOL = /^(netflow[1579]|ipfix)(\+(netflow[1579]|ipfix))*$/;
const protocolOf = (folder: URL): string =>
  JSON.parse(Deno.readTextFileSync(new URL("case.json", folder))).protocol;
const ids = namesIn(CORPUS).filter((id) => PROTOCOL.test(protocolOf(new URL(`${id}/`, CORPUS))));

function testCase(id: string, folder: URL, { copied }: { copied: boolean }): void {
  Deno.test({
    name: `corpus: ${id}`,
    fn: async (t) => {
      const { protocol, licence, packetCount } = await readJson<Case>("case.json", folder);
      if (copied) assert.match(licence, PERMISSIVE, "only permissive licences");
      const { byDatagram, problems } = await decodeCase(folder, protocol);

      await t.step("every datagram is there, and every problem is counted", () => {
        assert.equal(byDatagram.length, packetCount);
        assert.deepEqual(problems, PROBLEMS[id] ?? {});
      });

      await t.step("every value is what the reference decoder reads", async () => {
        const expected = await readJson<Expected[]>("expected_ref.json", folder);
        const flows = expected.filter(({ kind }) => kind === "flow");
        assert.equal(compareAll(byDatagram, flows), WAITED[id] ?? 0, "rows beside the reference's");
      });

      const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
      await t.step({
        name: "every value that the source project's own test names",
        // Not every source states values.
        ignore: !files.includes("expected.json"),
        fn: async () => {
          const expected = await readJson<Expected[]>("expected.json", folder);
          const flows = expected.filter(({ kind }) => kind === "flow");
          const rows = byDatagram.flat();
          const { keys = [], because } = UPSTREAM[id] ?? {};
          compareUpstream(rows, flows, keys);
          for (const key of keys) {
            const others = keys.filter((other) => other !== key);
            assert.throws(() => compareUpstream(rows, flows, others), `${key}: not so: ${because}`);
          }
        },
      });
    },
  });
}

for (const id of ids) testCase(id, new URL(`${id}/`, CORPUS), { copied: true });

if (isWhole()) {
  for (const id of namesIn(WHOLE)) {
    if (ids.includes(id)) continue;
    const folder = new URL(`${id}/`, WHOLE);
    if (PROTOCOL.test(protocolOf(folder))) testCase(id, folder, { copied: false });
  }
} else {
  Deno.test({
    name:
      "corpus: the cases under other licences (the open corpus does not stand beside this checkout)",
    ignore: true,
    fn: () => {},
  });
}

Deno.test("the corpus is not empty", () => assert.ok(ids.length >= 30));
