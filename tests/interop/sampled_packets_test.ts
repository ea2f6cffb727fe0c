import assert from "node:assert/strict";
import {
  CRAFTED_PACKETS,
  type CraftedPacket,
  type PacketFields,
} from "../support/crafted_packets.ts";
import { hex } from "../support/hex.ts";
import { outsideTool } from "../support/outside_tool.ts";
import { pcapOf } from "../support/packets.ts";
import { plainEnvironment, Program } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

// The fields that the unit tests want of every crafted packet, tunnels included, against tshark's.

const tshark = outsideTool("tshark", "apt-get install tshark");

/** tcpdump.org LINKTYPE_ values; what begins with MPLS is put into an Ethernet frame. */
const LINK_TYPES = { ethernet: 1, ieee80211: 105, ppp: 9, ip: 101, mpls: 1 } as const;
const HDLC = 104;
const MPLS_FRAME = "0200000000aa0200000000bb8847";

/** A value as tshark prints it, of one packet; undefined where that packet has none. */
type Spelling = (packet: PacketFields) => string | number | undefined;

const ofVersion = (version: number, name: keyof PacketFields): Spelling => (packet) =>
  packet.ipVersion === version ? packet[name] as string | number | undefined : undefined;
const ofProtocols =
  (protocols: readonly number[], name: keyof PacketFields): Spelling => (packet) =>
    protocols.includes(packet.protocol ?? -1) ? packet[name] as number | undefined : undefined;

/** tshark's fields, and what they are called here. */
const FIELDS: Readonly<Record<string, Spelling>> = {
  "ip.src": ofVersion(4, "srcAddr"),
  "ip.dst": ofVersion(4, "dstAddr"),
  "ip.proto": ofVersion(4, "protocol"),
  "ip.dsfield": ofVersion(4, "tos"),
  "ip.ttl": ofVersion(4, "ttl"),
  "ip.len": ofVersion(4, "ipLength"),
  "ip.frag_offset": ofVersion(4, "fragmentOffset"),
  "ipv6.src": ofVersion(6, "srcAddr"),
  "ipv6.dst": ofVersion(6, "dstAddr"),
  "ipv6.tclass": ofVersion(6, "tos"),
  "ipv6.hlim": ofVersion(6, "ttl"),
  "ipv6.flow": ofVersion(6, "flowLabel"),
  "ipv6.plen": (packet) =>
    packet.ipVersion === 6 && packet.ipLength !== undefined ? packet.ipLength - 40 : undefined,
  "tcp.srcport": ofProtocols([6], "srcPort"),
  "tcp.dstport": ofProtocols([6], "dstPort"),
  "tcp.flags": ofProtocols([6], "tcpFlags"),
  "udp.srcport": ofProtocols([17, 136], "srcPort"),
  "udp.dstport": ofProtocols([17, 136], "dstPort"),
  "sctp.srcport": ofProtocols([132], "srcPort"),
  "sctp.dstport": ofProtocols([132], "dstPort"),
  "dccp.srcport": ofProtocols([33], "srcPort"),
  "dccp.dstport": ofProtocols([33], "dstPort"),
  "icmp.type": ofProtocols([1], "icmpType"),
  "icmp.code": ofProtocols([1], "icmpCode"),
  "icmpv6.type": ofProtocols([58], "icmpType"),
  "icmpv6.code": ofProtocols([58], "icmpCode"),
  "vxlan.vni": (packet) => packet.tunnel === "vxlan" ? packet.tunnelId : undefined,
  "geneve.vni": (packet) => packet.tunnel === "geneve" ? packet.tunnelId : undefined,
  "gre.key": (packet) => packet.tunnel === "gre" ? packet.tunnelId : undefined,
};
/** Fields of which a packet may have several. */
const LISTS: Readonly<Record<string, (packet: PacketFields) => readonly number[]>> = {
  "vlan.id": ({ vlan, innerVlan }) => [vlan, innerVlan].filter((id) => id !== undefined),
  "mpls.label": ({ mplsLabels }) => mplsLabels ?? [],
};
/** Addresses of the frame; of a tunnel's frame only the outermost is compared. */
const ADDRESSES = ["eth.src", "eth.dst", "wlan.sa", "wlan.da"] as const;
/** 802.1ad's outer tag has a field of its own. */
const OUTER_VLAN = "ieee8021ad.id";
const NAMES = [OUTER_VLAN, ...Object.keys(FIELDS), ...Object.keys(LISTS), ...ADDRESSES];

/** Packets that tshark reads in another way, and the fields of which that holds. */
const DIFFERENT: Readonly<Record<string, readonly [reason: string, fields: RegExp]>> = {
  "three VLAN tags": ["two are kept", /^vlan/],
  "a priority tag is no VLAN": ["tshark shows id 0", /^vlan/],
  "a pseudowire without a control word": ["tshark does not guess at one", /^(ip|tcp|vlan)\./],
  "an associated channel below MPLS": ["its packet belongs to no flow", /^(ip|tcp)\./],
  "MPLS from the stack on": ["the frame is put around it here", /^eth/],
  "IPv4 of no total length": ["tshark takes the length of the frame", /^ip\.len$/],
  "IPv4 with a total length below its header's": ["tshark reads no further", /^ip\./],
  "IPv6 where the type says IPv4": ["tshark goes by the version", /^(ipv6|tcp)\./],
  "IPv6 with too many extension headers": ["tshark reads more of them", /^tcp/],
  "IPv6 of no length": ["tshark expects a jumbogram", /^(ipv6\.plen|tcp\..*)$/],
  "VXLAN's port without its flag": ["tshark does not ask for it", /^vxlan/],
  "IPv6 with IPv4 addresses in it": ["they are IPv4 addresses here", /^ipv6\.(src|dst)$/],
};

const OFFSET = "ip.frag_offset";

/** A packet and those in its tunnels, the outermost first. */
function chainOf(packet: PacketFields): PacketFields[] {
  return packet.inner === undefined ? [packet] : [packet, ...chainOf(packet.inner)];
}

/** Numbers alike, however they are written. */
function plain(value: string): string {
  return /^(0x[0-9a-f]+|\d+)$/.test(value) ? String(Number(value)) : value;
}

function expectedOf({ fields, first }: CraftedPacket): Record<string, string[]> {
  const chain = chainOf(fields ?? {});
  const expected: Record<string, string[]> = {};
  for (const [name, spell] of Object.entries(FIELDS)) {
    expected[name] = chain.map(spell).filter((value) => value !== undefined).map(String);
  }
  for (const [name, list] of Object.entries(LISTS)) {
    expected[name] = chain.flatMap(list).map(String);
  }
  expected[OUTER_VLAN] = [];
  const link = first === "ieee80211" ? "wlan" : "eth";
  const isFrame = first === "ethernet" || first === "ieee80211";
  for (const name of ADDRESSES) expected[name] = [];
  if (isFrame && fields !== null) {
    const [from, to] = link === "eth" ? ["eth.src", "eth.dst"] : ["wlan.sa", "wlan.da"];
    expected[from] = [fields.srcMac!];
    expected[to] = [fields.dstMac!];
  }
  return expected;
}

/** What tshark finds in packets of one link type, each field as a list. */
async function readWithTshark(
  packets: readonly Uint8Array[],
  linkType: number,
): Promise<Record<string, string[]>[]> {
  using folder = temporaryFolder();
  const file = `${folder.path}/packets.pcap`;
  const timed = packets.map((packet, i) => ({ atMs: 1_704_067_200_000 + i, packet }));
  await Deno.writeFile(file, pcapOf(timed, linkType));
  await using program = new Program(tshark.path, [
    ...["-r", file, "-T", "fields", "-E", "occurrence=a", "-o", "ip.defragment:FALSE"],
    ...["-o", "ipv6.defragment:FALSE"],
    ...NAMES.flatMap((name) => ["-e", name]),
  ], plainEnvironment());
  assert.equal(await program.ended(), 0, program.stderr.join("\n"));
  return program.stdout.map((line) => {
    const columns = line.split("\t");
    const found = Object.fromEntries(NAMES.map((name, i) => {
      const values = (columns[i] ?? "") === "" ? [] : columns[i].split(",").map(plain);
      return [name, values];
    }));
    for (const name of ADDRESSES) found[name] = found[name].slice(0, 1);
    found["vlan.id"].unshift(...found[OUTER_VLAN].splice(0));
    // Some versions count in units of 8 octets.
    found[OFFSET] = found[OFFSET].map((value) => Number(value) === 185 ? "1480" : value);
    return found;
  });
}

Deno.test({
  name: `tshark: reads the same headers in every crafted packet${tshark.reason}`,
  ignore: tshark.missing,
  async fn() {
    const byLink = new Map<number, CraftedPacket[]>();
    for (const packet of CRAFTED_PACKETS) {
      if (packet.first === "mpls_payload") continue;
      const linkType = packet.name === "Cisco HDLC" ? HDLC : LINK_TYPES[packet.first];
      byLink.set(linkType, [...byLink.get(linkType) ?? [], packet]);
    }
    let compared = 0;
    const different: unknown[] = [];
    for (const [linkType, packets] of byLink) {
      const octets = packets.map((packet) =>
        hex((packet.first === "mpls" ? MPLS_FRAME : "") + packet.octets)
      );
      const theirs = await readWithTshark(octets, linkType);
      assert.equal(theirs.length, packets.length);
      packets.forEach((packet, i) => {
        const expected = expectedOf(packet);
        for (const name of NAMES) {
          if (DIFFERENT[packet.name]?.[1].test(name)) continue;
          if (theirs[i][name].join() !== expected[name].join()) {
            different.push({ packet: packet.name, name, theirs: theirs[i][name] });
          }
          compared++;
        }
      });
    }
    console.log(`${CRAFTED_PACKETS.length} packets, ${compared} fields compared`);
    assert.deepEqual(different, []);
  },
});
