import assert from "node:assert/strict";
import { outsideTool } from "../support/outside_tool.ts";
import { ethernetPacket, packetBytes, pcapOf, type TimedPacket } from "../support/packets.ts";
import { plainEnvironment, Program, runProgram } from "../support/program.ts";
import { RawMcp } from "../support/raw_mcp.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { sendUdp } from "../support/udp.ts";
import { until } from "../support/until.ts";

const softflowd = outsideTool("softflowd", "apt-get install softflowd");

const CONVERSATIONS = 300;
/** Of ten datagrams the relay drops these: one alone, and two that follow one another. */
const DROPPED = new Set([1, 5, 6]);
/** Versions that softflowd exports; those with templates carry IPv6 too. */
// deno-fmt-ignore: one row a version reads as the table it is.
const VERSIONS = [
  { version: 5, format: "netflow5", capability: "netflow_udp", ipv6: false, unit: "flows" },
  { version: 9, format: "netflow9", capability: "netflow_udp", ipv6: true, unit: "datagrams" },
  { version: 10, format: "ipfix", capability: "ipfix_udp", ipv6: true, unit: "records" },
] as const;
type Version = (typeof VERSIONS)[number];
/** Version 5 tells times by an uptime of 32 bits in ms: a capture older than 49 days has none. */
const START_MS = Date.now() - 3_600_000;

/** What softflowd's own closing statistics say. */
interface Statistics {
  /** Flow records: softflowd's own "flows" are conversations where templates are used. */
  readonly records: number;
  readonly datagrams: number;
  /** Octets and packets of layer 3, by IANA protocol number. */
  readonly octets: ReadonlyMap<number, number>;
  readonly packets: ReadonlyMap<number, number>;
}

/** Conversations over TCP and UDP, three in four of them answered; IPv6 is two in five. */
function traffic(
  { ipv6 }: Pick<Version, "ipv6">,
  conversations = CONVERSATIONS,
): TimedPacket[] {
  const packets: TimedPacket[] = [];
  const add = (...options: Parameters<typeof ethernetPacket>): void => {
    packets.push({ atMs: START_MS + packets.length, packet: ethernetPacket(...options) });
  };
  for (let n = 0; n < conversations; n++) {
    const protocol = n % 3 === 0 ? "udp" : "tcp";
    const [near, far] = ipv6 && n % 5 < 2
      ? [`2001:db8:1::${n.toString(16)}`, `2001:db8:2::${n % 7}`]
      : [`10.1.${n >> 8}.${n & 255}`, `10.2.0.${n % 7}`];
    const client = { address: near, port: 20_000 + n };
    const server = { address: far, port: protocol === "udp" ? 53 : 443 };
    for (let i = 0; i <= n % 4; i++) {
      add({
        source: client.address,
        sourcePort: client.port,
        destination: server.address,
        destinationPort: server.port,
        protocol,
        payload: 60 + n,
      });
      if (n % 4 === 3) continue;
      add({
        source: server.address,
        sourcePort: server.port,
        destination: client.address,
        destinationPort: client.port,
        protocol,
        payload: 600 + n,
      });
    }
  }
  return packets;
}

/** Has softflowd read a capture and export it. */
async function exportCapture(
  { version, ipv6 }: Version,
  { file, port, folder }: { file: string; port: number; folder: string },
): Promise<Statistics> {
  await using exporter = new Program(softflowd.path, [
    ...["-d", "-r", file, "-v", `${version}`, "-n", `127.0.0.1:${port}`],
    ...["-p", `${folder}/pid`, "-c", "none", ...(ipv6 ? ["-6"] : [])],
  ], plainEnvironment());
  assert.equal(await exporter.ended(), 0, exporter.stderr.join("\n"));
  const text = exporter.stdout.join("\n");
  const exported = /Flows exported: (\d+) \((\d+) records\) in (\d+) packets \(0 failures\)/
    .exec(text);
  assert.ok(exported !== null, text);
  const [, , records, datagrams] = exported.map(Number);
  const protocols = [...text.matchAll(/\((\d+)\): +(\d+) +(\d+) /g)].map(([, ...n]) =>
    n.map(Number)
  );
  return {
    records,
    datagrams,
    octets: new Map(protocols.map(([protocol, octets]) => [protocol, octets])),
    packets: new Map(protocols.map(([protocol, , packets]) => [protocol, packets])),
  };
}

for (const version of VERSIONS) {
  const { format, capability, unit } = version;

  Deno.test({
    name:
      `softflowd: the collector counts as many ${format} flows as it exports${softflowd.reason}`,
    ignore: softflowd.missing,
    async fn() {
      using folder = temporaryFolder();
      const file = `${folder.path}/traffic.pcap`;
      Deno.writeFileSync(file, pcapOf(traffic(version)));
      await using client = await RawMcp.serve();
      const port = await client.collect(capability, "::");
      const exported = await exportCapture(version, { file, port, folder: folder.path });
      // 300 conversations, of which 225 were answered.
      assert.equal(exported.records, 525);
      const status = await client.statusAfter(capability, exported.datagrams);
      console.log(
        `softflowd exported ${exported.records} ${format} flows in ${exported.datagrams} datagrams; ` +
          `capability_status: ${status.counters.flow_records} in ${status.counters.datagrams}`,
      );
      assert.equal(status.counters.flow_records, exported.records);
      assert.equal(status.counters.datagrams, exported.datagrams);
      assert.equal(status.counters.decode_errors, 0);
      assert.deepEqual(status.counters.drops, {});
      assert.equal(status.counters.sets_without_template, 0);
      assert.equal(status.exporters.length, 1);
      assert.equal(status.exporters[0].address, "127.0.0.1");
      assert.equal(status.exporters[0].flow_records, exported.records);
      assert.equal(status.exporters[0].sequence_unit, unit);
      assert.equal(status.exporters[0].sequence_lost, 0);
      assert.equal(status.counters.loss_percent_estimate, 0);
    },
  });

  Deno.test({
    name:
      `softflowd: what a relay drops of ${format} is what is said to be lost${softflowd.reason}`,
    ignore: softflowd.missing,
    async fn() {
      using folder = temporaryFolder();
      const file = `${folder.path}/traffic.pcap`;
      Deno.writeFileSync(file, pcapOf(traffic(version, 900)));
      await using client = await RawMcp.serve();
      const port = await client.collect(capability, "::");
      using socket = listening();
      const exported = await exportCapture(version, {
        file,
        port: socket.port,
        folder: folder.path,
      });
      const datagrams = await until(
        "all datagrams",
        () => socket.datagrams.length >= exported.datagrams ? socket.datagrams : undefined,
      );
      // From the 20th on, when it is known how softflowd numbers; the last shows the last loss.
      const dropped = datagrams.filter((_, i) =>
        i >= 20 && i < datagrams.length - 1 && DROPPED.has(i % 10)
      );
      assert.ok(dropped.length >= 4, `${datagrams.length} datagrams`);
      const passed = datagrams.filter((datagram) => !dropped.includes(datagram));
      await sendUdp(port, ...passed);
      const status = await client.statusAfter(capability, passed.length);
      const records = exported.records - status.counters.flow_records;
      const lost = unit === "datagrams" ? dropped.length : records;
      console.log(
        `${dropped.length} ${format} datagrams of ${records} records dropped: ` +
          `sequence_lost ${status.exporters[0].sequence_lost} ${status.exporters[0].sequence_unit}`,
      );
      assert.ok(records > 0);
      assert.equal(status.exporters[0].sequence_lost, lost);
      assert.equal(status.exporters[0].sequence_unit, unit);
      assert.equal(status.exporters[0].restarts, 0);
    },
  });

  Deno.test({
    name: `softflowd: decode gives the ${format} octets and packets that it saw${softflowd.reason}`,
    ignore: softflowd.missing,
    async fn() {
      using folder = temporaryFolder();
      const file = `${folder.path}/traffic.pcap`;
      Deno.writeFileSync(file, pcapOf(traffic(version)));
      using socket = listening();
      const exported = await exportCapture(version, {
        file,
        port: socket.port,
        folder: folder.path,
      });
      const datagrams = await until(
        "all datagrams",
        () => socket.datagrams.length >= exported.datagrams ? socket.datagrams : undefined,
      );
      const files = datagrams.map((datagram, i) => {
        const raw = `${folder.path}/${i}.datagram`;
        Deno.writeFileSync(raw, datagram);
        return raw;
      });
      const { status, stdout, stderr } = await runProgram(["decode", ...files], {
        task: "decode",
      });
      assert.equal(status, 0, stderr.join("\n"));
      const records = stdout.map((line) => JSON.parse(line));
      assert.equal(records.length, exported.records);
      assert.ok(records.every(({ export_format }) => export_format === format));
      for (const protocol of [6, 17]) {
        const flows = records.filter((record) => record.protocol === protocol);
        const sum = (field: string) => flows.reduce((total, flow) => total + flow[field], 0);
        assert.equal(sum("bytes"), exported.octets.get(protocol));
        assert.equal(sum("packets"), exported.packets.get(protocol));
      }
      const overIpv6 = records.filter(({ src_addr }) => src_addr.includes(":")).length;
      assert.equal(overIpv6, version.ipv6 ? 210 : 0);
      // One conversation by hand: number 5 is TCP with two packets each way.
      const [there] = records.filter(({ src_port }) => src_port === 20_005);
      const source = version.ipv6 ? "2001:db8:1::5" : "10.1.0.5";
      const destination = version.ipv6 ? "2001:db8:2::5" : "10.2.0.5";
      const bytes = 2 * packetBytes({ protocol: "tcp", payload: 65, source });
      assert.deepEqual(
        [there.src_addr, there.dst_addr, there.dst_port, there.packets, there.bytes],
        [source, destination, 443, 2, bytes],
      );
      // Its first packet is the 19th of the capture; softflowd rounds to the millisecond, and the
      // header of version 9 tells the export time in whole seconds.
      const tolerance = format === "netflow9" ? 1000 : 2;
      const difference = Date.parse(there.start_at) - (START_MS + 18);
      assert.ok(Math.abs(difference) <= tolerance, `${difference} ms`);
    },
  });
}

/** A socket that keeps what arrives. */
function listening(): Disposable & { readonly port: number; readonly datagrams: Uint8Array[] } {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const datagrams: Uint8Array[] = [];
  (async () => {
    for await (const [datagram] of socket) datagrams.push(datagram.slice());
  })();
  return {
    port: (socket.addr as Deno.NetAddr).port,
    datagrams,
    [Symbol.dispose]: () => socket.close(),
  };
}
