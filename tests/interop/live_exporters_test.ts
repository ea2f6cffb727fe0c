import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { DatagramDecoder } from "../../core/cli/datagram_decoder.ts";
import { NETFLOW9_EXPORT } from "../../core/wire/encode/netflow9.ts";
import { TemplatedEncoder } from "../../core/wire/encode/templated_encoder.ts";
import { SOURCE } from "../support/codec_harness.ts";
import { outsideTool } from "../support/outside_tool.ts";
import { collectWithNfcapd, nfcapd, nfreplay } from "../support/nfdump.ts";
import { ethernetPacket, packetBytes, pcapOf, type TimedPacket } from "../support/packets.ts";
import { plainEnvironment, Program } from "../support/program.ts";
import { RawMcp } from "../support/raw_mcp.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { UdpRelay } from "../support/udp_relay.ts";
import { until } from "../support/until.ts";

// Exporters of others over real UDP into a real collector: exact counts, octets and packets. What
// softflowd exports is in softflowd_test.ts.

const pmacctd = outsideTool("pmacctd", "apt-get install pmacct");

const FLOWS = 300;
const START_MS = Date.now() - 3_600_000;

/** One flow of the traffic that exporters are shown: known beforehand, every octet of it. */
interface Flow {
  readonly src_addr: string;
  readonly dst_addr: string;
  readonly src_port: number;
  readonly dst_port: number;
  readonly protocol: number;
  readonly bytes: number;
  readonly packets: number;
}

/** Flows one way, over IPv4, and two in five over IPv6 where that is asked for. */
function traffic({ ipv6 }: { ipv6: boolean }): { packets: TimedPacket[]; flows: Flow[] } {
  const packets: TimedPacket[] = [];
  const flows = Array.from({ length: FLOWS }, (_, n): Flow => {
    const protocol = n % 3 === 0 ? "udp" : "tcp";
    const [source, destination] = ipv6 && n % 5 < 2
      ? [`2001:db8:1::${(n + 1).toString(16)}`, `2001:db8:2::${1 + n % 7}`]
      : [`10.1.${n >> 8}.${n & 255}`, `10.2.0.${1 + n % 7}`];
    const [sourcePort, destinationPort, payload] = [20_000 + n, 443, 60 + n];
    for (let i = 0; i <= n % 4; i++) {
      const packet = ethernetPacket({
        ...{ source, destination, sourcePort, destinationPort, protocol, payload },
      });
      packets.push({ atMs: START_MS + packets.length, packet });
    }
    return {
      ...{ src_addr: source, dst_addr: destination },
      ...{ src_port: sourcePort, dst_port: destinationPort, protocol: protocol === "tcp" ? 6 : 17 },
      bytes: (1 + n % 4) * packetBytes({ protocol, payload, source }),
      packets: 1 + n % 4,
    };
  });
  return { packets, flows };
}

/**
 * Has a collector of `serve` take what an exporter sends, and checks its counters against the flows
 * that were exported, and every flow against its own.
 */
async function collect(
  { capability, format }: { capability: string; format: string },
  flows: readonly Flow[],
  send: (port: number) => Promise<void>,
): Promise<void> {
  await using client = await RawMcp.serve();
  using relay = new UdpRelay(await client.collect(capability));
  await send(relay.port);
  // The exporter has ended: what it sent lies in the relay's socket or beyond.
  const status = await until(`${flows.length} ${format} flows`, async () => {
    const status = await client.statusAfter(capability, relay.datagrams.length);
    return status.counters.flow_records >= flows.length ? status : undefined;
  });
  const { counters, exporters } = status;
  console.log(`${counters.flow_records} ${format} flows in ${counters.datagrams} datagrams`);
  assert.equal(counters.flow_records, flows.length);
  assert.equal(counters.datagrams, relay.datagrams.length);
  assert.equal(counters.decode_errors, 0);
  assert.deepEqual(counters.drops, {});
  assert.equal(counters.sets_without_template, 0);
  assert.deepEqual(
    exporters.map(({ flow_records }: Flow & { flow_records: number }) => flow_records),
    [
      flows.length,
    ],
  );
  const decoder = new DatagramDecoder(builtInCapabilities, ({ code }) => assert.fail(code));
  const found = relay.datagrams.flatMap((datagram) => [
    ...decoder.decode(decoder.choose(datagram, relay.port)!, datagram, {
      source: SOURCE,
      receivedAtMs: Date.now(),
    }),
  ]);
  assert.ok(found.every(({ export_format }) => export_format === format));
  const seen = found.map((
    { src_addr, dst_addr, src_port, dst_port, protocol, bytes, packets },
  ) => ({
    ...{ src_addr, dst_addr, src_port, dst_port, protocol, bytes, packets },
  }));
  assert.deepEqual(inOrder(seen as Flow[]), inOrder(flows));
}

/** By source port, which every flow has for itself. */
function inOrder(flows: readonly Flow[]): Flow[] {
  return flows.toSorted((a, b) => a.src_port - b.src_port);
}

/** @param statuses that say that it did what it was asked to */
async function runTool(
  path: string,
  args: readonly string[],
  statuses: readonly number[] = [0],
): Promise<void> {
  await using program = new Program(path, args, plainEnvironment());
  const status = await program.ended();
  assert.ok(statuses.includes(status), `${status}: ${program.stderr.join("\n")}`);
}

// deno-fmt-ignore: one row a version reads as the table it is.
const PMACCTD = [
  { version: 5, format: "netflow5", capability: "netflow_udp", ipv6: false },
  { version: 9, format: "netflow9", capability: "netflow_udp", ipv6: true },
  { version: 10, format: "ipfix", capability: "ipfix_udp", ipv6: true },
] as const;

for (const { version, format, capability, ipv6 } of PMACCTD) {
  Deno.test({
    name: `pmacctd: the collector has every ${format} flow that nfprobe exports${pmacctd.reason}`,
    ignore: pmacctd.missing,
    async fn() {
      using folder = temporaryFolder();
      const { packets, flows } = traffic({ ipv6 });
      const file = `${folder.path}/traffic.pcap`;
      Deno.writeFileSync(file, pcapOf(packets));
      await collect({ capability, format }, flows, async (port) => {
        const configuration = `${folder.path}/pmacctd.conf`;
        Deno.writeTextFileSync(
          configuration,
          `daemonize: false
pcap_savefile: ${file}
plugins: nfprobe[probe]
aggregate[probe]: src_host, dst_host, src_port, dst_port, proto, tos
nfprobe_receiver[probe]: 127.0.0.1:${port}
nfprobe_version[probe]: ${version}
`,
        );
        // 1 is what it ends with when its plugin, done with the file, ends before it.
        await runTool(pmacctd.path, ["-f", configuration], [0, 1]);
      });
    },
  });
}

// deno-fmt-ignore: one row a version reads as the table it is.
const NFREPLAY = [
  { version: 5, format: "netflow5", ipv6: false },
  { version: 9, format: "netflow9", ipv6: true },
] as const;

for (const { version, format, ipv6 } of NFREPLAY) {
  Deno.test({
    name: `nfreplay: the collector has every ${format} flow of nfdump's file${nfreplay.reason}`,
    ignore: nfreplay.missing || nfcapd.missing,
    async fn() {
      using folder = temporaryFolder();
      const { flows } = traffic({ ipv6 });
      const encoder = new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs: START_MS - 60_000 });
      const datagrams = Array.from({ length: FLOWS / 15 }, (_, n) => {
        const some = flows.slice(n * 15, n * 15 + 15).map((flow) => ({
          ...flow,
          ...{ start_ms: START_MS, end_ms: START_MS + flow.packets, latency_ms: 0 },
        }));
        return encoder.encode(some, START_MS + 10_000);
      });
      await collectWithNfcapd(datagrams, folder.path);
      const [file] = [...Deno.readDirSync(folder.path)].map(({ name }) => name)
        .filter((name) => name.startsWith("nfcapd."));
      await collect({ capability: "netflow_udp", format }, flows, async (port) => {
        await runTool(nfreplay.path, [
          ...["-r", `${folder.path}/${file}`, "-H", "127.0.0.1", "-p", `${port}`],
          ...["-v", `${version}`, "-d", "2000"],
        ]);
      });
    },
  });
}
