import assert from "node:assert/strict";
import { captureCases, NETFLOW_CASES, SAMPLED_PACKETS } from "../support/captures.ts";
import {
  asNfdump,
  type FlowSummary,
  type NfdumpSummary,
  summaryOfNfdump,
  summaryOfRecord,
} from "../support/flow_summary.ts";
import {
  collectWithNfcapd,
  datagramsOf,
  nfcapd,
  nfdump,
  readWithNfdump,
} from "../support/nfdump.ts";
import { runProgram } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** Captures whose records count both directions, of which ours are two rows and nfdump's are one. */
const BOTH_WAYS = ["ipfix-yaf-basic-with-applabel", "netflow9-cisco-asa-2"];

/** Where nfdump 1.7.1 reads something else, and why ours is what the exporter said. */
interface Deviation {
  /** What it reads otherwise in at least one flow. */
  readonly keys?: readonly (keyof NfdumpSummary)[];
  /** How many flows it has, where it has not all of ours or has more. */
  readonly flows?: number;
  readonly because: string;
}

const WRAP =
  "an uptime of 32 bits that lies before the exporter's start, as softflowd writes it for " +
  "an old capture, is a negative difference (RFC 3954 §8: both are the same sysUptime); added as it " +
  "is, the flow would end 49.7 days after it was exported";
const IN_FULL =
  "flowStartSeconds, Microseconds and Nanoseconds (RFC 5102 §5.9) are not in its table";
const SWAPPED =
  "flowEndSysUpTime stands before flowStartSysUpTime in the template: the ids say which " +
  "is which (RFC 5102 §5.9.9), not their order";
const BOTH =
  "the record has IPv4 and IPv6 addresses of which one is zeros: it merges both into one";
const OUTER =
  "a tunnel's record repeats addresses, protocol and ports: the first are of the outer " +
  "header (RFC 7011 §8: in order), nfdump takes the last";

const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  "ipfix-softflowd-padding": {
    keys: ["start_ms", "end_ms"],
    because: "systemInitTimeMilliseconds stands in options data, which it does not look into",
  },
  "netflow5-invalid-02": {
    flows: 0,
    because: "the header counts 163 records, 30 are there: it drops them all",
  },
  "netflow5-valid-01": {
    flows: 30,
    because:
      "the header counts 2 records, which 1,608 octets of nobody follow: it reads the count " +
      "from the datagram's length",
  },
  "netflow9-graylog-nprobe": {
    keys: ["start_ms", "end_ms"],
    because: "FIRST_SWITCHED of 0 is the moment of the start, not an unknown one (RFC 3954 §8)",
  },
  "netflow9-libnetflow9-1": {
    keys: ["start_ms", "end_ms"],
    because: "FIRST_SWITCHED of 0 is the moment of the start, not an unknown one (RFC 3954 §8)",
  },
  "netflow9-softflowd-bitkeks": { keys: ["start_ms", "end_ms"], because: WRAP },
  "gen-softflowd-v9-sampled10-cc1": { keys: ["start_ms", "end_ms"], because: WRAP },
  "gen-softflowd-v9-synscan": { keys: ["start_ms", "end_ms"], because: WRAP },
  "gen-softflowd-ipfix-synscan": { keys: ["start_ms", "end_ms"], because: WRAP },
  "ng-101-nfv9-cisco-cust-primitives": { keys: ["src_addr", "dst_addr"], because: BOTH },
  "ng-102-nfv9-cisco-f2rd-pretag-sampling-reload": {
    keys: ["src_addr", "dst_addr"],
    because: BOTH,
  },
  "ng-111-ipfixv10-nfv9-ipv6-ipv4-mix-sources": { keys: ["src_addr", "dst_addr"], because: BOTH },
  "ng-104-ipfixv10-ipv6-cisco-sampling-option": {
    keys: ["ip_tos"],
    because: "ipClassOfService is 192 on the wire, and tshark reads it too",
  },
  "ng-srv6": {
    keys: [
      ...["src_addr", "dst_addr", "protocol", "src_port", "dst_port", "ip_tos"] as const,
      ...["start_ms", "end_ms"] as const,
    ],
    because: `${OUTER}; ${SWAPPED}`,
  },
  "ng-401-ipfixv10-bmp-ipv6-cisco-mpls-multiple-sources-01": {
    keys: ["src_addr", "dst_addr", "ip_tos", "start_ms", "end_ms"],
    because: `${BOTH}; ${SWAPPED}`,
  },
  "ipfix-pmacct-112-options-map-reassignment": { keys: ["start_ms", "end_ms"], because: SWAPPED },
  "np-nfparser-v7": {
    keys: ["bytes", "packets", "start_ms", "end_ms", "tcp_flags"],
    because: "it reads version 7 as version 5: the last two octets of a version 7 header are " +
      "reserved and no sampling interval, and its flags stand one octet further on",
  },
  "gen-softflowd-ipfix-micro-mal7": { keys: ["start_ms", "end_ms"], because: IN_FULL },
  "gen-softflowd-ipfix-nano-mal7": { keys: ["start_ms", "end_ms"], because: IN_FULL },
  "gen-softflowd-ipfix-sec-ether-mal7": { keys: ["start_ms", "end_ms"], because: IN_FULL },
  "gen-softflowd-psamp-icmpscan": {
    flows: 0,
    because: "the records are sampled packets (RFC 5476), which it does not keep",
  },
  "ipfix-pcap-cisco": {
    flows: 29,
    because: "it keeps both directions in one record (and no initiatorPackets and " +
      "responderPackets, 298 and 299); the records have no addresses to tell the 17 others by",
  },
  "ipfix-yaf-basic-with-applabel": {
    keys: ["ip_tos", "tcp_flags"],
    because: "it takes the reverse ipClassOfService (RFC 5103 §6.1) for the forward one, and no " +
      "initialTCPFlags and unionTCPFlags (CERT 14, 15)",
  },
  "ipfix-pcap-cisco-reversed": { flows: 9, because: "the rest stands before its template" },
  "ipfix-procera": {
    keys: ["src_addr", "dst_addr", "start_ms", "end_ms", "src_port"],
    because: `${BOTH}; ${IN_FULL}; the port of an ICMPv6 record is on the wire`,
  },
  "netflow9-cisco-asa-2": {
    keys: ["end_ms"],
    because: "an event without an end has the time of its observation (323)",
  },
  "nf-akvorado-nat": {
    keys: ["end_ms"],
    because: "an event without an end has the time of its observation (323)",
  },
  "nf-akvorado-sampler-options": {
    keys: ["bytes", "packets"],
    because: "both scale by the 30,000 that options announce; here the exported value is compared",
  },
};

const missing = nfcapd.missing || nfdump.missing;

for (const { id, file } of captureCases(NETFLOW_CASES)) {
  const { keys = [], flows, because } = DEVIATIONS[id] ?? {};
  Deno.test({
    name: `nfdump: decode sees what nfdump sees in ${id}` +
      (because === undefined ? "" : `, but for ${flows === undefined ? keys : "flows"}`) +
      nfcapd.reason,
    ignore: missing,
    async fn() {
      using folder = temporaryFolder();
      await collectWithNfcapd(await datagramsOf(file), folder.path);
      const theirs = (await readWithNfdump(folder.path)).map(summaryOfNfdump);
      const { status, stdout, stderr } = await runProgram(["decode", file], {
        task: "decode",
      });
      assert.equal(status, 0, stderr.join("\n"));
      const all = stdout.map((line) => summaryOfRecord(JSON.parse(line)));
      if (flows !== undefined) {
        assert.notEqual(all.length, theirs.length);
        assert.equal(theirs.length, flows, because);
        return;
      }
      if (SAMPLED_PACKETS.includes(id)) {
        assert.equal(all.length, theirs.length);
        return;
      }
      const ours = (BOTH_WAYS.includes(id) ? withoutReverse(all) : all).map(asNfdump);
      const comparable = (flow: NfdumpSummary) =>
        Object.fromEntries(Object.entries(flow).filter(([name]) => !keys.includes(name as never)));
      assert.deepEqual(ours.map(comparable), theirs.map(comparable));
      if (keys.length > 0) assert.notDeepEqual(ours, theirs, "there is no deviation any more");
    },
  });
}

/** Leaves out the rows of the other direction, which nfdump keeps in the same record. */
function withoutReverse(flows: readonly FlowSummary[]): FlowSummary[] {
  let answered = false;
  return flows.filter((flow, n) => {
    const before = flows[n - 1];
    answered = before !== undefined && !answered && flow.start_ms === before.start_ms &&
      flow.src_addr === before.dst_addr && flow.dst_addr === before.src_addr &&
      flow.src_port === before.dst_port && flow.dst_port === before.src_port &&
      flow.in_if === before.out_if && flow.out_if === before.in_if;
    return !answered;
  });
}
