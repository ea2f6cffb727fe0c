import assert from "node:assert/strict";
import { outsideTool } from "../support/outside_tool.ts";
import { ethernetPacket, packetBytes, pcapOf, type TimedPacket } from "../support/packets.ts";
import { plainEnvironment, Program, ROOT, runProgram } from "../support/program.ts";
import { type Json, RawMcp } from "../support/raw_mcp.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { until } from "../support/until.ts";

const pmacctd = outsideTool("pmacctd", "apt-get install pmacct");
const tshark = outsideTool("tshark", "apt-get install tshark");

/** As many as one burst of the exporter may have: a socket of stock Linux holds some 90 datagrams. */
const PACKETS = 300;

/** TCP and UDP, IPv4 and IPv6, of growing sizes; and what rows must say of them. */
function traffic(): { timed: TimedPacket; expected: unknown[] }[] {
  return Array.from({ length: PACKETS }, (_, n) => {
    const options = {
      source: n % 3 === 0 ? `2001:db8:1::${((n % 50) + 1).toString(16)}` : `10.1.0.${n % 50}`,
      destination: n % 3 === 0 ? "2001:db8:2::1" : "10.2.0.1",
      sourcePort: 20_000 + n,
      destinationPort: 443,
      protocol: n % 2 === 0 ? "tcp" : "udp",
      payload: 20 + n,
    } as const;
    const { source, destination, sourcePort, destinationPort, protocol } = options;
    return {
      timed: { atMs: Date.now() - 60_000 + n, packet: ethernetPacket(options) },
      expected: [
        ...[source, destination, sourcePort, destinationPort],
        ...[protocol === "tcp" ? 6 : 17, packetBytes(options), 1],
      ],
    };
  });
}

/** Flow samples that a datagram of an IPv4 agent holds; sfprobe sends counter samples too. */
function flowSamples({ buffer }: Uint8Array): number {
  const view = new DataView(buffer);
  let count = 0;
  for (let at = 28; at < view.byteLength; at += 8 + view.getUint32(at + 4)) {
    if (view.getUint32(at) === 1) count++;
  }
  return count;
}

/** Receives datagrams, keeps them and passes them on. */
function relay(port: number): Disposable & { readonly port: number; datagrams: Uint8Array[] } {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const datagrams: Uint8Array[] = [];
  (async () => {
    for await (const [datagram] of socket) {
      datagrams.push(datagram.slice());
      await socket.send(datagram, { transport: "udp", hostname: "127.0.0.1", port });
    }
  })();
  return {
    port: (socket.addr as Deno.NetAddr).port,
    datagrams,
    [Symbol.dispose]: () => socket.close(),
  };
}

Deno.test({
  name: `pmacctd: the collector takes every sample that sfprobe exports${pmacctd.reason}`,
  ignore: pmacctd.missing,
  async fn() {
    using folder = temporaryFolder();
    const file = `${folder.path}/traffic.pcap`;
    const packets = traffic();
    Deno.writeFileSync(file, pcapOf(packets.map(({ timed }) => timed)));
    await using client = await RawMcp.serve();
    using socket = relay(await client.collect("sflow_udp", "127.0.0.1"));
    const config = `${folder.path}/pmacctd.conf`;
    Deno.writeTextFileSync(
      config,
      `daemonize: false
pcap_savefile: ${file}
pcap_savefile_delay: 1
plugins: sfprobe
sfprobe_receiver: 127.0.0.1:${socket.port}
sfprobe_agentip: 192.0.2.77
sampling_rate: 1
pidfile: ${folder.path}/pid
`,
    );
    await using exporter = new Program(pmacctd.path, ["-f", config], plainEnvironment());
    await exporter.ended();
    // sfprobe 1.7.7 ends without sending what fills no datagram yet.
    const exported = await until("the samples", () => {
      const samples = socket.datagrams.reduce((sum, octets) => sum + flowSamples(octets), 0);
      return samples > PACKETS - 12 ? samples : undefined;
    });
    const status = await client.statusAfter("sflow_udp", socket.datagrams.length);
    const [agent] = status.exporters;
    console.log(
      `sfprobe exported ${exported} of ${PACKETS} packets in ${socket.datagrams.length} datagrams; ` +
        `capability_status: ${status.counters.flow_records} in ${status.counters.datagrams}`,
    );
    assert.equal(status.counters.flow_records, exported);
    assert.deepEqual(status.counters.drops, {});
    assert.deepEqual(
      [agent.address, agent.observation_domain, agent.flow_records, agent.sequence_lost],
      ["192.0.2.77", 0, exported, 0],
    );
    assert.deepEqual([agent.sequence_unit, agent.samples_lost, agent.sampling_rate], [
      "datagrams",
      0,
      1,
    ]);

    const files = socket.datagrams.map((datagram, i) => {
      const raw = `${folder.path}/${i}.datagram`;
      Deno.writeFileSync(raw, datagram);
      return raw;
    });
    const { stdout } = await runProgram(["decode", ...files], { task: "decode" });
    assert.deepEqual(
      stdout.map((line) => JSON.parse(line)).map((
        { src_addr, dst_addr, src_port, dst_port, protocol, bytes, packets },
      ) => [src_addr, dst_addr, src_port, dst_port, protocol, bytes, packets]),
      packets.slice(0, exported).map(({ expected }) => expected),
    );
  },
});

/** tshark's fields, and how our records of a datagram spell them: a value a sample. */
const FIELDS: Readonly<Record<string, (record: Json) => string | undefined>> = {
  "sflow.flow_sample.sampling_rate": ({ sampling_rate }) => String(sampling_rate),
  "sflow_245.header.frame_length": ({ l2_bytes, sampling_rate }) =>
    l2_bytes === null ? undefined : String(l2_bytes / sampling_rate),
  "ip.src": ({ src_addr }) => src_addr?.includes(".") ? src_addr : undefined,
  "ip.dst": ({ dst_addr }) => dst_addr?.includes(".") ? dst_addr : undefined,
  "ipv6.src": ({ src_addr }) => src_addr?.includes(":") ? src_addr : undefined,
  "tcp.srcport": ({ protocol, src_port }) => protocol === 6 ? String(src_port) : undefined,
  "tcp.dstport": ({ protocol, dst_port }) => protocol === 6 ? String(dst_port) : undefined,
  "udp.srcport": ({ protocol, src_port }) => protocol === 17 ? String(src_port) : undefined,
};
/** Of these the first is the datagram's own. */
const OF_THE_DATAGRAM = ["ip.src", "ip.dst", "udp.srcport"];
const CASES = ["sflow-gopacket-p2", "sflow-goflow2-expanded", "sflow-vflow-raw"];

for (const name of CASES) {
  Deno.test({
    name: `tshark: decode sees the sampled packets that tshark sees in ${name}${tshark.reason}`,
    ignore: tshark.missing,
    async fn() {
      const file = `${ROOT}tests/corpus/${name}/capture.pcap`;
      await using program = new Program(tshark.path, [
        ...["-r", file, "-d", "udp.port==6343,sflow", "-T", "fields", "-E", "occurrence=a"],
        ...Object.keys(FIELDS).flatMap((field) => ["-e", field]),
      ], plainEnvironment());
      assert.equal(await program.ended(), 0, program.stderr.join("\n"));
      assert.equal(program.stdout.length, 1, "one datagram");
      const theirs = program.stdout[0].split("\t").map((column, i) =>
        column.split(",").filter((value) => value !== "")
          .slice(OF_THE_DATAGRAM.includes(Object.keys(FIELDS)[i]) ? 1 : 0)
      );
      const { status, stdout, stderr } = await runProgram(["decode", file], { task: "decode" });
      assert.equal(status, 0, stderr.join("\n"));
      const records = stdout.map((line) => JSON.parse(line));
      const ours = Object.values(FIELDS).map((spelling) =>
        records.map(spelling).filter((value) => value !== undefined)
      );
      console.log(`${name}: ${records.length} samples`);
      assert.ok(records.length > 0);
      assert.deepEqual(ours, theirs);
    },
  });
}
