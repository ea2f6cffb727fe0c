import assert from "node:assert/strict";
import { IPFIX_EXPORT } from "../../core/wire/encode/ipfix.ts";
import { NETFLOW9_EXPORT } from "../../core/wire/encode/netflow9.ts";
import type { SampleFlow } from "../../core/wire/encode/scenario.ts";
import { type ExportDialect, TemplatedEncoder } from "../../core/wire/encode/templated_encoder.ts";
import { ethernetPacket, pcapOf } from "../support/packets.ts";
import { Random } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { runTshark, tshark } from "../support/tshark.ts";

const EXPORT_MS = 1_704_067_200_000;
const BOOT_MS = EXPORT_MS - 3_600_000;
const PORT = 2055;
const DATAGRAMS = 5;
const FLOWS_PER_DATAGRAM = 9;
const DOMAIN = 77;
const SAMPLING_RATE = 512;

/** What tshark calls things, and what it is to print for a flow. */
interface Reading {
  readonly dialect: ExportDialect;
  readonly fields: Readonly<Record<string, (flow: SampleFlow) => string>>;
  /** Field of the observation domain in the header. */
  readonly domain: string;
  /** Fields of the options data. */
  readonly options: Readonly<Record<string, string>>;
}

const shared = {
  "cflow.srcport": (flow: SampleFlow) => `${flow.src_port}`,
  "cflow.dstport": (flow: SampleFlow) => `${flow.dst_port}`,
  "cflow.protocol": (flow: SampleFlow) => `${flow.protocol}`,
  "cflow.inputint": () => "1",
  "cflow.outputint": () => "2",
};
/** Nine digits of a second, of which ours are the first three. */
const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)}000000`;
/** As in "Dec 31, 2023 23:59:25.062000000 UTC". */
const calendar = (ms: number): string => {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(
    new Date(ms).toUTCString(),
  )!;
  return `${month} ${`${Number(day)}`.padStart(2)}, ${year} ${time}.` +
    `${`${ms % 1000}`.padStart(3, "0")}000000 UTC`;
};

const READINGS: Readonly<Record<string, Reading>> = {
  netflow9: {
    dialect: NETFLOW9_EXPORT,
    fields: {
      ...shared,
      "cflow.octets": (flow) => `${flow.bytes}`,
      "cflow.packets": (flow) => `${flow.packets}`,
      "cflow.timestart": (flow) => seconds(flow.start_ms - BOOT_MS),
      "cflow.timeend": (flow) => seconds(flow.end_ms - BOOT_MS),
    },
    domain: "cflow.source_id",
    options: { "cflow.sampling_interval": `${SAMPLING_RATE}`, "cflow.sampling_algorithm": "1" },
  },
  ipfix: {
    dialect: IPFIX_EXPORT,
    fields: {
      ...shared,
      "cflow.octets": (flow) => `${flow.bytes}`,
      "cflow.packets": (flow) => `${flow.packets}`,
      "cflow.abstimestart": (flow) => calendar(flow.start_ms),
      "cflow.abstimeend": (flow) => calendar(flow.end_ms),
    },
    domain: "cflow.od_id",
    options: {
      "cflow.sampling_packet_interval": "1",
      "cflow.sampling_packet_space": `${SAMPLING_RATE - 1}`,
    },
  },
};

/** Flows over IPv4 and IPv6 by turns. */
function makeFlows(count: number): SampleFlow[] {
  const random = new Random(20_240_101);
  return Array.from({ length: count }, (_, n) => {
    const address = () => n % 3 === 0 ? `2001:db8::${random.below(9) + 1}` : `192.0.2.${n}`;
    const end_ms = EXPORT_MS - random.below(60_000);
    return {
      src_addr: address(),
      dst_addr: address(),
      src_port: random.below(65_536),
      dst_port: random.below(65_536),
      protocol: random.pick([6, 17]),
      bytes: random.below(2 ** 32),
      packets: random.below(2 ** 20),
      start_ms: end_ms - random.below(10_000),
      end_ms,
      latency_ms: 0,
    };
  });
}

/** Values of a field in all packets, in order. */
async function readField(file: string, field: string): Promise<string[]> {
  const lines = await runTshark(file, [
    ...["-t", "ud", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-e", field],
  ]);
  return lines.flatMap((line) => line.split("|")).filter((value) => value !== "");
}

for (const [format, { dialect, fields, domain, options }] of Object.entries(READINGS)) {
  Deno.test({
    name: `tshark: reads what the encoder of ${format} was given${tshark.reason}`,
    ignore: tshark.missing,
    async fn() {
      using folder = temporaryFolder();
      const file = `${folder.path}/${format}.pcap`;
      const flows = makeFlows(DATAGRAMS * FLOWS_PER_DATAGRAM);
      const encoder = new TemplatedEncoder(dialect, {
        bootMs: BOOT_MS,
        domain: DOMAIN,
        samplingRate: SAMPLING_RATE,
        refresh: { datagrams: 3, ms: 60_000 },
      });
      const packets = Array.from({ length: DATAGRAMS }, (_, n) => {
        const from = n * FLOWS_PER_DATAGRAM;
        const payload = encoder.encode(flows.slice(from, from + FLOWS_PER_DATAGRAM), EXPORT_MS);
        const packet = ethernetPacket({
          source: "192.0.2.9",
          destination: "192.0.2.1",
          sourcePort: 50_000,
          destinationPort: PORT,
          protocol: "udp",
          payload: payload.length,
        });
        packet.set(payload, packet.length - payload.length);
        return { atMs: EXPORT_MS, packet };
      });
      Deno.writeFileSync(file, pcapOf(packets));

      const read = (field: string) => readField(file, field);
      for (const [field, spelling] of Object.entries(fields)) {
        assert.deepEqual(await read(field), flows.map(spelling), field);
      }
      for (const [end, name] of [["src_addr", "srcaddr"], ["dst_addr", "dstaddr"]] as const) {
        const ipv6 = (flow: SampleFlow) => flow[end].includes(":");
        const v4 = flows.filter((flow) => !ipv6(flow)).map((flow) => flow[end]);
        const v6 = flows.filter(ipv6).map((flow) => flow[end]);
        assert.deepEqual(await read(`cflow.${name}`), v4, name);
        assert.deepEqual(await read(`cflow.${name}v6`), v6, `${name}v6`);
      }
      // Templates and options are in datagrams 1 and 4.
      for (const [field, value] of Object.entries(options)) {
        assert.deepEqual(await read(field), [value, value], field);
      }
      assert.deepEqual([...new Set(await read(domain))], [`${DOMAIN}`]);
      // tshark follows the sequence too: it would name the number that it expected.
      assert.deepEqual(await read("cflow.sequence_analysis.expected_sn"), []);
      assert.deepEqual(await read("_ws.malformed"), []);
      assert.deepEqual(await read("_ws.expert.message"), []);
    },
  });
}
