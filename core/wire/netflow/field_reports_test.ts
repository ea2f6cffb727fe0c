import assert from "node:assert/strict";
import { netflowUdp } from "../../../capabilities/netflow_udp/mod.ts";
import { CodecHarness, countByCode } from "../../../tests/support/codec_harness.ts";
import { hex } from "../../../tests/support/hex.ts";
import {
  EXPORT_SECONDS,
  ipfix,
  ipfixOptions,
  set,
  template,
  u,
  v9,
  v9Options,
} from "../../../tests/support/netflow_messages.ts";
import type { FlowRecord } from "../../flow/schema.ts";
import type { DropReason } from "../wire_error.ts";

// What exporters were reported to send and collectors of others to read wrongly: datagrams made by
// hand after the reports. Each names where it was reported.

interface Report {
  readonly what: string;
  readonly datagrams: readonly Uint8Array[];
  /** Values of the flows of all datagrams. */
  readonly flows: readonly Partial<FlowRecord>[];
  /** What is reported by code. */
  readonly problems?: Partial<Record<DropReason, number>>;
}

const SRC = "c0000201";
const DST = "c6336402";
/** Source and destination address, 8 octets. */
const ENDS = [[8, 4], [12, 4]] as const;
const ends = { src_addr: "192.0.2.1", dst_addr: "198.51.100.2" } as const;
const at = (ms: number): string => new Date(EXPORT_SECONDS * 1000 + ms).toISOString();

const REPORTS: readonly Report[] = [
  {
    what: "4 to 7 octets of padding behind a template (elastic/beats 18098, Ixia)",
    datagrams: [4, 5, 6, 7].map((pad, n) =>
      ipfix([
        set(2, template(256 + n, [...ENDS, [7, 2]]) + "00".repeat(pad)),
        set(256 + n, SRC + DST + u(pad, 2)),
      ], { sequence: n })
    ),
    flows: [4, 5, 6, 7].map((src_port) => ({ ...ends, src_port })),
  },
  {
    what: "sets of version 9 without padding, one behind the other (secdev/scapy 3101)",
    datagrams: [
      v9([
        set(0, template(257, [[1, 4], [4, 1], ...ENDS])),
        set(257, u(1, 4) + "06" + SRC + DST),
        set(257, u(2, 4) + "06" + SRC + DST),
      ]),
    ],
    flows: [1, 2].map((bytes) => ({ ...ends, bytes, protocol: 6 })),
  },
  {
    what: "records of one octet, fewer than four of them (Edgio/vflow 128)",
    datagrams: [ipfix([set(2, template(256, [[4, 1]])), set(256, "0611")])],
    flows: [{ protocol: 6 }, { protocol: 17 }],
  },
  {
    what: "variable lengths in version 9 (netsampler/goflow2 76, logstash-codec-netflow 149, H3C)",
    datagrams: [
      v9([
        set(0, template(3281, [...ENDS, [96, 0xffff], [7, 2]])),
        set(3281, SRC + DST + "03" + "646e73" + u(53, 2) + SRC + DST + "00" + u(54, 2)),
      ]),
    ],
    flows: [{ ...ends, application: "dns", src_port: 53 }, { ...ends, src_port: 54 }],
  },
  {
    what: "options template and template in one message, the protocol twice " +
      "(mikemiles-dev/netflow_parser 121)",
    datagrams: [hex(`
      000a0069 68072723 000186a0 00000001
      0003 0012 04e8 0002 0001 0001 0004 0022 0004
      04e8 000c 00000064 00000064
      0002 002c 0102 0009 0008 0004 000c 0004 0007 0002 000b 0002 0004 0001 0002 0004 0001 0004
                          0016 0004 0015 0004
      0102 0021 32010101 c607ed80 3039 8009 06 00000064 07735940 68072723 68072723
    `)],
    flows: [{
      src_addr: "50.1.1.1",
      dst_addr: "198.7.237.128",
      src_port: 12_345,
      dst_port: 32_777,
      protocol: 6,
      sampling_rate: 100,
      packets: 10_000,
      bytes: 12_500_000_000,
    }],
    // The message has 123 octets, of which its header counts 105.
    problems: { bad_set: 1 },
  },
  {
    what: "options templates with more than one scope (Edgio/vflow 130)",
    datagrams: [
      ipfix([
        set(3, ipfixOptions(300, [[149, 4], [302, 4]], [[305, 4], [306, 4]])),
        set(300, u(0, 4) + u(7, 4) + u(1, 4) + u(99, 4)),
        set(2, template(256, [...ENDS, [2, 4], [302, 4]])),
        set(256, SRC + DST + u(3, 4) + u(7, 4)),
      ]),
    ],
    flows: [{ ...ends, packets: 300, sampling_rate: 100 }],
  },
  {
    what: "options of scopes alone (mikemiles-dev/netflow_parser 312; RFC 7011 §3.4.2.2)",
    datagrams: [
      ipfix([
        set(3, ipfixOptions(300, [[149, 4]], [])),
        set(300, u(0, 4)),
        set(2, template(256, [...ENDS])),
        set(256, SRC + DST),
      ]),
    ],
    flows: [ends],
  },
  {
    what: "options without a scope (jketterl/openwebrx 390, Juniper SRX)",
    datagrams: [
      ipfix([
        set(3, ipfixOptions(300, [], [[34, 4]])),
        set(300, u(50, 4)),
        set(2, template(256, [...ENDS, [2, 4]])),
        set(256, SRC + DST + u(3, 4)),
      ]),
    ],
    flows: [{ ...ends, packets: 150, sampling_rate: 50 }],
  },
  {
    what: "an options template of scopes alone in version 9 (ntop/nProbe 457)",
    datagrams: [
      v9([
        set(1, v9Options(300, [[1, 4]], []) + "0000"),
        set(0, template(256, [...ENDS])),
        set(256, SRC + DST),
      ]),
    ],
    flows: [ends],
  },
  {
    what: "FIRST_SWITCHED and LAST_SWITCHED of 8 octets (phaag/nfdump 80, Cisco NX-OS 8.1)",
    datagrams: [
      v9([
        set(0, template(256, [...ENDS, [22, 8], [21, 8]])),
        set(256, SRC + DST + u(90_000, 8) + u(95_000, 8)),
      ], { uptimeMs: 100_000 }),
    ],
    flows: [{ ...ends, start_at: at(-10_000), end_at: at(-5000), duration_ms: 5000 }],
  },
  {
    what: "the sampling rate in the record itself (akvorado/akvorado 841, Huawei NetStream)",
    datagrams: [
      v9([
        set(0, template(256, [...ENDS, [1, 4], [2, 4], [34, 4]])),
        set(256, SRC + DST + u(60, 4) + u(1, 4) + u(1000, 4)),
      ]),
    ],
    flows: [{
      ...ends,
      bytes: 60_000,
      packets: 1000,
      sampling_rate: 1000,
      sampling_source: "in_record",
    }],
  },
  {
    what: "two samplers of one exporter (akvorado/akvorado 997, Cisco NCS 5500)",
    datagrams: [
      v9([
        set(1, v9Options(257, [[1, 4]], [[48, 2], [49, 1], [50, 4]]) + "0000"),
        set(257, u(0, 4) + u(1, 2) + "02" + u(2000, 4) + u(0, 4) + u(2, 2) + "02" + u(4000, 4)),
        set(0, template(256, [...ENDS, [2, 4], [48, 2]])),
        set(256, SRC + DST + u(1, 4) + u(2, 2) + SRC + DST + u(1, 4) + u(1, 2)),
      ]),
    ],
    flows: [{ packets: 4000, sampling_rate: 4000 }, { packets: 2000, sampling_rate: 2000 }],
  },
  {
    what: "an end before the start (djmdjm/softflowd 8, pfSense)",
    datagrams: [
      v9([
        set(0, template(256, [...ENDS, [22, 4], [21, 4]])),
        set(256, SRC + DST + u(90_061, 4) + u(90_000, 4)),
      ], { uptimeMs: 100_000 }),
    ],
    flows: [{ ...ends, start_at: at(-9939), end_at: at(-10_000), duration_ms: null }],
  },
  {
    what: "elements of no octets (influxdata/telegraf 14370, secdev/scapy 4198)",
    datagrams: [
      ipfix([
        set(2, template(256, [...ENDS, [150, 0], [151, 0], [7, 2]])),
        set(256, SRC + DST + u(80, 2)),
      ]),
    ],
    flows: [{ ...ends, src_port: 80, start_at: null, end_at: null }],
  },
  {
    what: "seconds, and a start without an end (phaag/nfdump 50 and 170, Sophos UTM)",
    datagrams: [
      ipfix([
        set(2, template(256, [...ENDS, [150, 4]])),
        set(256, SRC + DST + u(EXPORT_SECONDS - 5, 4)),
      ]),
    ],
    flows: [{ ...ends, start_at: at(-5000), end_at: null, duration_ms: null }],
  },
  {
    what: "no counters at all (phaag/nfdump 364, CloudGenix)",
    datagrams: [ipfix([set(2, template(256, [...ENDS])), set(256, SRC + DST)])],
    flows: [{ ...ends, bytes: null, packets: null }],
  },
  {
    what: "elements that nobody named (logstash-codec-netflow 12 and 79, Cisco ASR 1000)",
    datagrams: [
      v9([
        set(0, template(275, [[8, 4], [359, 8], [12, 4], [33_000, 12], [65_000, 3], [11, 2]])),
        set(275, SRC + "11".repeat(8) + DST + "22".repeat(12) + "333333" + u(443, 2)),
      ]),
    ],
    flows: [{ ...ends, dst_port: 443 }],
  },
  {
    what: "data without a template gives nothing, not garbage (pmacct/pmacct 439)",
    datagrams: [ipfix([set(256, "ff".repeat(60))])],
    flows: [],
  },
  {
    what: "a record that is shorter than its template (logstash-codec-netflow 76, elastiflow 205)",
    datagrams: [
      v9([
        set(0, template(260, [...ENDS, [1, 4], [2, 4]])),
        set(260, SRC + DST + u(1, 4)),
      ]),
    ],
    flows: [],
  },
  {
    what: "lists of half fields in an options template do not replace a template " +
      "(netboxlabs/pktvisor 796)",
    datagrams: [
      v9([set(0, template(256, [...ENDS]))]),
      v9([set(1, u(256, 2) + u(2, 2) + u(2, 2) + u(34, 2) + u(4, 2))], { sequence: 2 }),
      v9([set(256, SRC + DST)], { sequence: 3 }),
    ],
    flows: [ends],
    problems: { bad_template: 1 },
  },
];

for (const { what, datagrams, flows, problems = {} } of REPORTS) {
  Deno.test(`reported of others: ${what}`, () => {
    const harness = new CodecHarness(netflowUdp);
    const decoded = datagrams.map((datagram) => harness.decode(datagram));
    const records = decoded.flatMap((each) => each.records);
    assert.deepEqual(countByCode(decoded.flatMap(({ errors }) => errors)), problems);
    assert.equal(records.length, flows.length);
    flows.forEach((flow, n) => {
      const found = Object.keys(flow).map((name) => [name, records[n][name as keyof FlowRecord]]);
      assert.deepEqual(Object.fromEntries(found), flow);
    });
  });
}
