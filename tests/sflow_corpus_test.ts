import assert from "node:assert/strict";
import { sflowUdp } from "../capabilities/sflow_udp/mod.ts";
import { readCapture } from "../core/capture/read_capture.ts";
import { formatAddressBytes } from "../core/flow/address.ts";
import type { InterfaceSample } from "../core/flow/interface_schema.ts";
import type { FlowRecord } from "../core/flow/schema.ts";
import { isSflow } from "../core/wire/sflow/is_sflow.ts";
import { CodecHarness, countByCode } from "./support/codec_harness.ts";

// Goldens made by other decoders: see corpus/README.md. Nothing here is rewritten from our output.

const CORPUS = new URL("corpus/", import.meta.url);
/** The whole set, of which the cases under other licences are not copied; it stands beside some checkouts. */
const WHOLE = new URL("../../shared/corpus/cases/", import.meta.url);

/** What is wrong with a case, from its notes: everything else decodes without a problem. */
const PROBLEMS: Readonly<Record<string, Record<string, number>>> = {
  // "flow record length fields are wrong (6 instead of 16)": structures of one length and contents
  // of another; the anonymised end does not belong to it.
  "sflow-goflow-expanded-utils": { bad_structure: 7, unknown_structure: 5, trailing_octets: 1 },
  // "sample length 52 is shorter than its content"
  "sflow-gopacket-p5": { bad_sample: 1, trailing_octets: 1 },
  "sflow-gopacket-p8": { bad_sample: 1, trailing_octets: 1 },
  // Octets behind the samples that are none, of a buffer that was used before; and samples that
  // the header does not announce.
  "sflow-goflow2-expanded": { trailing_octets: 1 },
  "sflow-akvorado-multiple-interfaces": { trailing_octets: 1 },
  // Eight octets.
  "sflow-tcpdump-print-segv": { truncated_header: 1 },
};

/**
 * Rows that the reference has not: it drops a sample of which any structure is broken, here one
 * whose structures are too short for what they hold keeps its rate and interfaces.
 */
const MORE_ROWS: Readonly<Record<string, number>> = { "sflow-goflow-expanded-utils": 6 };

interface Expected {
  readonly kind: "flow" | "drop" | "counter";
  readonly packetIndex: number;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
/** What the counter samples of a datagram became. */
type Counters = ReturnType<CodecHarness["counters"]>;
type Check = (value: never, record: FlowRecord, expected: Expected) => void;

const same = (name: keyof FlowRecord): Check => (value, record) =>
  assert.deepEqual(record[name], value, name);
/** As the sample had it: the row's value is that times the sampling rate. */
const counter = (name: "bytes" | "packets" | "l2_bytes"): Check => (value, record) =>
  assert.deepEqual(record[name]! / (record.sampling_rate ?? 1), value, name);
const unlessZero = (name: keyof FlowRecord): Check => (value: unknown, record) =>
  assert.deepEqual(record[name], value === 0 || value === "0.0.0.0" ? null : value, name);
/** "0 if interface is not known", 0x3fffffff for none; only format 0 has an ifIndex. */
const ifIndex =
  (name: "in_if" | "out_if", format: string): Check => (value: number, record, want) => {
    const unknown = value === 0 || value === 0x3fffffff || (want.raw[format] ?? 0) === 2;
    assert.equal(record[name], unknown ? null : value, name);
  };

/** How every key of an expectation is compared. A key that is missing here fails the test. */
const CHECKS: Readonly<Record<string, Check>> = {
  kind: (value, record) => assert.equal(record.event === null ? "flow" : "drop", value),
  agent: same("exporter"),
  srcAddr: same("src_addr"),
  dstAddr: same("dst_addr"),
  srcPort: same("src_port"),
  dstPort: same("dst_port"),
  protocol: same("protocol"),
  packets: counter("packets"),
  // Of the reference: octets of the frame.
  bytes: (value: number, record, want) => {
    if (want.raw.headerProtocol !== 11) return counter("l2_bytes")(value as never, record, want);
    // A frame of which only the IP packet was sampled.
    assert.equal(record.l2_bytes, value);
  },
  tcpFlags: (value: number, record) =>
    assert.equal(record.tcp_flags, record.protocol === 6 ? value : null),
  tos: same("ip_tos"),
  inIf: ifIndex("in_if", "inputFormat"),
  outIf: ifIndex("out_if", "outputFormat"),
  samplingRate: same("sampling_rate"),
  srcAs: unlessZero("src_as"),
  dstAs: unlessZero("dst_as"),
  nextHop: unlessZero("next_hop"),
  bgpNextHop: unlessZero("bgp_next_hop"),
  srcMask: same("src_prefix_len"),
  dstMask: same("dst_prefix_len"),
  srcMac: same("src_mac"),
  dstMac: same("dst_mac"),
  vlan: unlessZero("vlan"),
  // The VLAN of the outgoing frame has no field.
  postVlan: () => {},
  dropReason: (value, record) => {
    assert.equal(value, 1);
    assert.deepEqual([record.event, record.forwarding_status], ["drop_host_unreachable", 131]);
  },
  // A counter of the agent's, not of the packet: each row is one packet.
  drops: (_value, record) => assert.equal(record.dropped_packets, 1),
  raw: (raw: Record<string, number>, record) => {
    assert.equal(record.observation_domain, raw.subAgent);
    const scale = record.sampling_rate ?? 1;
    if (raw.ipLength !== undefined) assert.equal(record.bytes, raw.ipLength * scale);
    if (raw.icmpType !== undefined) {
      assert.deepEqual([record.icmp_type, record.icmp_code], [raw.icmpType, raw.icmpCode]);
    }
  },
  // Places: compared by order.
  packetIndex: () => {},
};

const ETHERNET = "alignment_errors fcs_errors single_collision_frames multiple_collision_frames " +
  "sqe_test_errors deferred_transmissions late_collisions excessive_collisions " +
  "internal_mac_transmit_errors carrier_sense_errors frame_too_longs " +
  "internal_mac_receive_errors symbol_errors";
/** How the reference names what has a column. */
const COLUMN: Readonly<Record<string, keyof InterfaceSample>> = {
  ifIndex: "if_index",
  ifType: "if_type",
  ifSpeed: "speed_bps",
  ifInOctets: "in_octets",
  ifInUcastPkts: "in_unicast_packets",
  ifInMulticastPkts: "in_multicast_packets",
  ifInBroadcastPkts: "in_broadcast_packets",
  ifInDiscards: "in_discards",
  ifInErrors: "in_errors",
  ifInUnknownProtos: "in_unknown_protocols",
  ifOutOctets: "out_octets",
  ifOutUcastPkts: "out_unicast_packets",
  ifOutMulticastPkts: "out_multicast_packets",
  ifOutBroadcastPkts: "out_broadcast_packets",
  ifOutDiscards: "out_discards",
  ifOutErrors: "out_errors",
};
const DUPLEX = [null, "full", "half", "in", "out"];

const UNKNOWN = 0xffffffff;
/** Structures that the reference numbers and that give device counters. */
const GROUPS: Readonly<Record<string, string>> = {
  "0:1001": "processor",
  "0:2000": "host_descr",
  "0:2003": "host_cpu",
  "0:2004": "host_memory",
  "0:2005": "host_disk_io",
  "0:2006": "host_net_io",
  "0:2203": "app_resources",
  "0:2207": "ovs_dp_stats",
};
/** Those that give none: of MAC addresses alone. */
const SILENT = new Set(["0:2001"]);
const OF_INTERFACE = new Set(["0:1", "0:2"]);

function compareInterface(sample: InterfaceSample, { agent, raw }: Expected): void {
  assert.deepEqual(
    [sample.exporter, sample.observation_domain, sample.sequence],
    [agent, raw.subAgent, raw.sampleSequence],
  );
  for (const [field, value] of Object.entries(raw.ifCounters ?? {})) {
    if (field === "ifDirection") assert.equal(sample.duplex, DUPLEX[value]);
    else if (field === "ifStatus") {
      const states = [sample.admin_status, sample.oper_status];
      const known = value !== UNKNOWN;
      assert.deepEqual(
        states,
        known ? [value & 1, value >> 1 & 1].map((bit) => ["down", "up"][bit]) : [null, null],
      );
    } else if (field === "ifPromiscuousMode") {
      assert.equal(sample.promiscuous, value === UNKNOWN ? null : value === 1 ? "yes" : "no");
    } else {
      const unknown = value === UNKNOWN || (field === "ifSpeed" && value === 0);
      assert.equal(sample[COLUMN[field]], unknown ? null : value, field);
    }
  }
  for (const [i, value] of (raw.ethernetCounters as number[] ?? []).entries()) {
    const column = ETHERNET.split(" ")[i] as keyof InterfaceSample;
    assert.equal(sample[column], value === UNKNOWN ? null : value, column);
  }
}

function compareCounters({ interfaces, devices }: Counters, wanted: readonly Expected[]): void {
  const numbersOf = ({ raw }: Expected) => raw.records as string[];
  const ofInterfaces = wanted.filter((want) =>
    numbersOf(want).some((one) => OF_INTERFACE.has(one))
  );
  assert.equal(interfaces.length, ofInterfaces.length, "interface samples");
  ofInterfaces.forEach((want, i) => compareInterface(interfaces[i], want));
  const groupOf = (row: Counters["devices"][number]) =>
    [row.exporter, row.observation_domain, row.source_class, row.source_index, row.group].join();
  assert.deepEqual(
    [...new Set(devices.map(groupOf))],
    [
      ...new Set(
        wanted.flatMap((want) =>
          numbersOf(want).filter((number) => !OF_INTERFACE.has(number) && !SILENT.has(number))
            .map((number) =>
              [
                ...[want.agent, want.raw.subAgent, want.raw.sourceIdType, want.raw.sourceIdIndex],
                GROUPS[number],
              ].join()
            )
        ),
      ),
    ],
  );
}

/** How the keys of a source project's own expectations are compared with a row, or a sample. */
const UPSTREAM_CHECKS: Readonly<Record<string, Check>> = {
  kind: CHECKS.kind,
  agent: same("exporter"),
  exporter: same("exporter"),
  srcAddr: same("src_addr"),
  dstAddr: same("dst_addr"),
  srcPort: same("src_port"),
  dstPort: same("dst_port"),
  protocol: same("protocol"),
  packets: counter("packets"),
  samplingRate: same("sampling_rate"),
  inIf: same("in_if"),
  outIf: same("out_if"),
  tcpFlags: same("tcp_flags"),
  tos: same("ip_tos"),
  nextHop: same("next_hop"),
  bgpNextHop: same("bgp_next_hop"),
  srcAs: same("src_as"),
  dstAs: same("dst_as"),
  srcMask: same("src_prefix_len"),
  dstMask: same("dst_prefix_len"),
  srcMac: same("src_mac"),
  dstMac: same("dst_mac"),
  vlan: same("vlan"),
  // akvorado: the total length of the IP header; gopacket: the length of the frame.
  bytes: (value, record, want) =>
    counter(want.raw.EType === undefined ? "l2_bytes" : "bytes")(value, record, want),
  // The VLAN of the outgoing frame has no field.
  postVlan: () => {},
  raw: () => {},
};

/** Where a source project reads something else than we do, by case, row and key: why. */
const DEVIATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // A row is of the outermost packet, which the switch forwarded; the inner one is under --elements.
  "sflow-akvorado-encap-vxlan": Object.fromEntries(
    ["srcAddr", "dstAddr", "bytes", "protocol", "srcMac", "dstMac"]
      .map((key) => [`0 ${key}`, "of the packet inside the tunnel"]),
  ),
  "sflow-akvorado-ipv4-data": {
    "0 inIf": "0: the interface is not known (sFlow Version 5, section 5)",
  },
  "sflow-akvorado-ipv4-raw-packet": {
    "0 inIf": "0: the interface is not known",
    "1 inIf": "0: the interface is not known",
  },
  "sflow-akvorado-multiple-interfaces": {
    "0 outIf": "format 2: several interfaces, and no ifIndex",
  },
  "sflow-gopacket-p2": {
    "0 outIf": "0x3fffffff: no interface, the device itself",
    "1 inIf": "0x3fffffff: no interface, the device itself",
    "2 outIf": "0x3fffffff: no interface, the device itself",
  },
  "sflow-gopacket-p6": {
    "0 inIf": "0: the interface is not known",
    "0 outIf": "format 2 shown with its two format bits",
  },
  "sflow-gopacket-p7": { "0 outIf": "format 2 shown with its two format bits" },
};
/** The structure reaches beyond the sample that holds it (52 octets announced, more written). */
const REFUSED = new Set(["sflow-gopacket-p5", "sflow-gopacket-p8"]);

/** What telegraf calls the numbers of an interface. */
const TELEGRAF: Readonly<Record<string, keyof InterfaceSample>> = {
  in_snmp: "if_index",
  in_bytes: "in_octets",
  out_bytes: "out_octets",
  in_unicast_packets_total: "in_unicast_packets",
  out_unicast_packets_total: "out_unicast_packets",
  in_mcast_packets_total: "in_multicast_packets",
  out_mcast_packets_total: "out_multicast_packets",
  in_broadcast_packets_total: "in_broadcast_packets",
  out_broadcast_packets_total: "out_broadcast_packets",
  in_dropped_packets: "in_discards",
  out_dropped_packets: "out_discards",
  in_errors: "in_errors",
  out_errors: "out_errors",
  in_unknown_protocol: "in_unknown_protocols",
  errors_alignment: "alignment_errors",
  errors_fcs: "fcs_errors",
  errors_symbols: "symbol_errors",
  errors_frame_too_long: "frame_too_longs",
  collisions_late: "late_collisions",
  speed: "speed_bps",
  interface_type: "if_type",
  seq_number: "sequence",
  sys_uptime: "uptime_ms",
  agent_ip: "exporter",
  agent_subid: "observation_domain",
  status: "oper_status",
};

function compareUpstream(
  id: string,
  expected: readonly Expected[],
  { rows, interfaces }: { rows: readonly FlowRecord[]; interfaces: readonly InterfaceSample[] },
): void {
  const flows = expected.filter(({ kind }) => kind !== "counter");
  assert.equal(rows.length, REFUSED.has(id) ? 0 : flows.length);
  const deviations = DEVIATIONS[id] ?? {};
  rows.forEach((row, i) => {
    for (const [key, value] of Object.entries(flows[i])) {
      const check = UPSTREAM_CHECKS[key];
      if (check === undefined) assert.fail(`nothing compares the key ${key}`);
      const deviation = deviations[`${i} ${key}`];
      if (deviation === undefined) check(value as never, row, flows[i]);
      // One that is none any more must go from the table.
      else assert.throws(() => check(value as never, row, flows[i]), deviation);
    }
  });
  for (const { kind, raw } of expected) {
    if (kind !== "counter" || raw._version !== "sFlowV5") continue;
    for (const [key, column] of Object.entries(TELEGRAF)) {
      assert.equal(interfaces[0][column], raw[key], key);
    }
  }
}

/** Samples that a row is of (flow samples, discarded packets), as the header announces them. */
function countRowSamples(payload: Uint8Array): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 28) return 0;
  let at = view.getUint32(4) === 2 ? 40 : 28;
  let found = 0;
  for (let left = view.getUint32(at - 4); left > 0 && at + 8 <= payload.length; left--) {
    if ([1, 3, 5].includes(view.getUint32(at))) found++;
    const length = view.getUint32(at + 4);
    at += 8 + length + (-length & 3);
  }
  return found;
}

/** Values that source projects' own tests name for counters. */
const UPSTREAM: Readonly<Record<string, readonly (readonly [string, string, number])[]>> = {
  "sflow-gopacket-p13": [
    ["app_resources", "user_time", 726317],
    ["app_resources", "system_time", 669497],
    ["app_resources", "mem_used", 5812224],
    ["ovs_dp_stats", "hits", 1015],
    ["ovs_dp_stats", "misses", 328],
    ["ovs_dp_stats", "mask_hits", 2619],
  ],
  "sflow-gopacket-p3": [
    ["processor", "5s_cpu", 1450],
    ["processor", "1m_cpu", 1370],
    ["processor", "5m_cpu", 1330],
    ["processor", "total_memory", 3884806144],
    ["processor", "free_memory", 1441230848],
  ],
};

async function decodeCase(folder: URL): Promise<{
  datagrams: number;
  rows: FlowRecord[][];
  counters: Counters[];
  problems: Record<string, number>;
  /** Flow samples and discarded packets that were on the wire. */
  rowSamples: number;
}> {
  const harness = new CodecHarness(sflowUdp, { counters: true });
  const rows: FlowRecord[][] = [];
  const counters: Counters[] = [];
  const errors = [];
  let datagrams = 0;
  let rowSamples = 0;
  const file = await Deno.open(new URL("capture.pcap", folder));
  for await (const event of readCapture(file.readable)) {
    assert.equal(event.kind, "datagram", "the capture holds nothing else");
    if (event.kind !== "datagram") continue;
    datagrams++;
    const { payload, sourceAddress, sourcePort, receivedAtMs } = event.datagram;
    if (isSflow(payload)) rowSamples += countRowSamples(payload);
    // NetFlow stands between the datagrams of one case.
    const decoded = isSflow(payload)
      ? harness.decode(payload, {
        source: { address: formatAddressBytes(sourceAddress), port: sourcePort },
        at: receivedAtMs,
      })
      : { records: [], errors: [] };
    rows.push(decoded.records);
    counters.push(harness.counters());
    errors.push(...decoded.errors);
  }
  return { datagrams, rows, counters, problems: countByCode(errors), rowSamples };
}

function readJson<T>(name: string, folder: URL): T {
  return JSON.parse(Deno.readTextFileSync(new URL(name, folder)));
}

function exists(name: string, folder: URL): boolean {
  try {
    return Deno.statSync(new URL(name, folder)).isFile;
  } catch {
    return false;
  }
}

interface Case {
  readonly protocol: string;
  readonly licence: string;
  readonly packetCount: number;
}
const PERMISSIVE = /^(Apache-2\.0|MIT|BSD-[23]-Clause)$/;

function testCase(id: string, folder: URL, copied: boolean): void {
  Deno.test(`corpus: ${id}`, async (t) => {
    const { licence, packetCount } = readJson<Case>("case.json", folder);
    if (copied) assert.match(licence, PERMISSIVE, "only permissive licences");
    const { datagrams, rows, counters, problems, rowSamples } = await decodeCase(folder);

    await t.step("every datagram is there, and every problem is counted", () => {
      assert.equal(datagrams, packetCount);
      assert.deepEqual(problems, PROBLEMS[id] ?? {});
    });

    await t.step("every sample of packets gives one row, but for those that are broken", () => {
      assert.equal(rows.flat().length, rowSamples - (problems.bad_sample ?? 0));
    });

    await t.step("every value is what the reference decoder reads", () => {
      const expected = readJson<Expected[]>("expected_ref.json", folder)
        .filter(({ raw }) => raw.version === undefined);
      let more = 0;
      for (let datagram = 0; datagram < datagrams; datagram++) {
        const wanted = expected.filter(({ packetIndex }) => packetIndex === datagram);
        const wantedRows = wanted.filter(({ kind }) => kind !== "counter");
        const wantedCounters = wanted.filter(({ kind }) => kind === "counter");
        more += rows[datagram].length - wantedRows.length;
        compareCounters(counters[datagram], wantedCounters);
        wantedRows.forEach((want, i) => {
          for (const [key, value] of Object.entries(want)) {
            const check = CHECKS[key];
            if (check === undefined) assert.fail(`nothing compares the key ${key}`);
            check(value as never, rows[datagram][i], want);
          }
        });
      }
      assert.equal(more, MORE_ROWS[id] ?? 0, "rows beside the reference's");
    });

    await t.step({
      name:
        "every value is what the source project's own test expects, or a deviation is explained",
      ignore: !exists("expected.json", folder),
      fn: () =>
        compareUpstream(id, readJson<Expected[]>("expected.json", folder), {
          rows: rows.flat(),
          interfaces: counters.flatMap(({ interfaces }) => interfaces),
        }),
    });

    await t.step({
      name: "every counter that the source project's own test names",
      ignore: UPSTREAM[id] === undefined,
      fn: () => {
        for (const [group, counter, value] of UPSTREAM[id]) {
          const row = counters[0].devices.find((row) =>
            row.group === group && row.counter === counter
          );
          assert.equal(row?.value, value, counter);
        }
      },
    });
  });
}

function sflowCases(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) =>
      /sflow/.test(name) &&
      readJson<Case>("case.json", new URL(`${name}/`, folder)).protocol.includes("sflow5")
    ).sort();
}

const ids = sflowCases(CORPUS);
for (const id of ids) testCase(id, new URL(`${id}/`, CORPUS), true);

function isWhole(): boolean {
  try {
    return Deno.statSync(WHOLE).isDirectory;
  } catch {
    return false;
  }
}

if (isWhole()) {
  for (const id of sflowCases(WHOLE)) {
    if (!ids.includes(id)) testCase(id, new URL(`${id}/`, WHOLE), false);
  }
} else {
  Deno.test({
    name:
      "corpus: the cases under other licences (the open corpus does not stand beside this checkout)",
    ignore: true,
    fn: () => {},
  });
}

Deno.test("the sFlow corpus is not empty", () => assert.ok(ids.length >= 15));
