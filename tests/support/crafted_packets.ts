import type { FirstHeader, SampledPacket, Tunnel } from "../../core/wire/packet/sampled_packet.ts";
import {
  authentication,
  B6,
  eth,
  extension,
  fragment,
  ip4,
  ip6,
  label,
  tag,
  tcp,
  udp,
} from "./packet_octets.ts";

/** What a test wants to find in a packet; addresses as text. */
export type PacketFields =
  & Partial<
    Pick<
      SampledPacket,
      | "etherType"
      | "vlan"
      | "innerVlan"
      | "protocol"
      | "tos"
      | "ttl"
      | "flowLabel"
      | "srcPort"
      | "dstPort"
      | "tcpFlags"
      | "icmpType"
      | "icmpCode"
      | "ipLength"
      | "ipVersion"
      | "fragmentOffset"
      | "tunnelId"
    >
  >
  & {
    readonly srcMac?: string;
    readonly dstMac?: string;
    readonly srcAddr?: string;
    readonly dstAddr?: string;
    readonly mplsLabels?: readonly number[];
    readonly tunnel?: Tunnel;
    /** Of the packet inside the tunnel. */
    readonly inner?: PacketFields;
  };

/** A packet made for a test. */
export interface CraftedPacket {
  readonly name: string;
  readonly first: FirstHeader;
  /** Octets in hexadecimal. */
  readonly octets: string;
  /** All that is known of it; nothing for a packet of which nothing can be read. */
  readonly fields: PacketFields | null;
}

const MACS = { dstMac: "02:00:00:00:00:aa", srcMac: "02:00:00:00:00:bb" };
const FOUR = { ipVersion: 4, srcAddr: "192.0.2.1", dstAddr: "198.51.100.2", tos: 0x28, ttl: 63 };
const SIX = {
  ipVersion: 6,
  srcAddr: "2001:db8::1",
  dstAddr: "2001:db8::2",
  tos: 0x28,
  ttl: 63,
  flowLabel: 0xabcde,
};
const four = (ipLength: number) => ({ ...FOUR, ipLength, fragmentOffset: 0 });
const six = (ipLength: number) => ({ ...SIX, ipLength, fragmentOffset: 0 });
const TCP = { protocol: 6, srcPort: 443, dstPort: 49_153, tcpFlags: 0x18 };
const UDP53 = { protocol: 17, srcPort: 49_153, dstPort: 53 };
const E4 = { ...MACS, etherType: 0x0800 };
const E6 = { ...MACS, etherType: 0x86dd };

const TCP4 = ip4(6, tcp());
const INNER = { ...four(40), ...TCP };
type Line = readonly [name: string, octets: string, fields: PacketFields | null, FirstHeader?];

// deno-fmt-ignore: one row a packet reads as the table it is.
const LINES: readonly Line[] = [
  // Ethernet and VLANs.
  ["IPv4 and TCP", eth(0x0800, TCP4), { ...E4, ...INNER }],
  ["IPv4 and UDP", eth(0x0800, ip4(17, udp(53, "0102"))), { ...E4, ...four(30), ...UDP53 }],
  ["IPv6 and TCP", eth(0x86dd, ip6(6, tcp())), { ...E6, ...six(60), ...TCP }],
  ["IPv6 and UDP", eth(0x86dd, ip6(17, udp(53))), { ...E6, ...six(48), ...UDP53 }],
  ["ARP", eth(0x0806, "0001080006040001" + "00".repeat(20)), { ...MACS, etherType: 0x0806 }],
  ["802.1Q", eth(0x8100, tag(100, 0x0800, 5) + TCP4), { ...E4, vlan: 100, ...INNER }],
  ["802.1ad", eth(0x88a8, tag(200, 0x8100) + tag(100, 0x0800) + TCP4), { ...E4, vlan: 200, innerVlan: 100, ...INNER }],
  ["QinQ of 0x9100", eth(0x9100, tag(4094, 0x8100) + tag(1, 0x86dd) + ip6(6, tcp())), { ...E6, vlan: 4094, innerVlan: 1, ...six(60), ...TCP }],
  ["three VLAN tags", eth(0x8100, tag(3, 0x8100) + tag(2, 0x8100) + tag(1, 0x0800) + TCP4), { ...E4, vlan: 3, innerVlan: 2, ...INNER }],
  ["a priority tag is no VLAN", eth(0x8100, tag(0, 0x0800, 7) + TCP4), { ...E4, ...INNER }],
  ["padding of a short frame", eth(0x0800, ip4(17, "c0010035") + "0".repeat(44)), { ...E4, ...four(24), ...UDP53 }],
  ["padding is no port", eth(0x0800, ip4(6, "") + "ff".repeat(26)), { ...E4, ...four(20), protocol: 6 }],
  ["LLC and SNAP", eth(48, "aaaa030000000800" + TCP4 + "ffff"), { ...E4, ...INNER }],
  ["LLC bounded by the length of the frame", eth(30, "aaaa030000000800" + TCP4), { ...E4, ...four(40), protocol: 6 }],
  ["LLC of spanning tree", eth(38, "424203" + "00".repeat(35)), MACS],
  ["a type between length and type", eth(0x05ef, TCP4), MACS],
  // PPP.
  ["PPPoE with IPv4", eth(0x8864, "11000007002a0021" + TCP4), { ...MACS, etherType: 0x8864, ...INNER }],
  ["PPPoE with IPv6", eth(0x8864, "11000007003e0057" + ip6(6, tcp())), { ...MACS, etherType: 0x8864, ...six(60), ...TCP }],
  ["PPPoE with LCP", eth(0x8864, "110000070006c02109010004"), { ...MACS, etherType: 0x8864 }],
  ["PPP", "ff030021" + TCP4, INNER, "ppp"],
  ["PPP without address", "0021" + TCP4, INNER, "ppp"],
  ["PPP with a compressed protocol", "21" + TCP4, INNER, "ppp"],
  ["PPP with MPLS", "ff030281" + label(77) + TCP4, { mplsLabels: [77], ...INNER }, "ppp"],
  ["Cisco HDLC", "0f000800" + TCP4, INNER, "ppp"],
  // MPLS.
  ["MPLS with IPv4", eth(0x8847, label(100, { bottom: false }) + label(200) + TCP4), { ...MACS, etherType: 0x8847, mplsLabels: [100, 200], ...INNER }],
  ["MPLS with IPv6", eth(0x8847, label(1_048_575) + ip6(6, tcp())), { ...MACS, etherType: 0x8847, mplsLabels: [1_048_575], ...six(60), ...TCP }],
  ["MPLS with explicit nulls", eth(0x8847, label(16, { bottom: false }) + label(0) + TCP4), { ...MACS, etherType: 0x8847, mplsLabels: [16, 0], ...INNER }],
  ["MPLS with explicit null of IPv6", eth(0x8847, label(2) + ip6(17, udp(53))), { ...MACS, etherType: 0x8847, mplsLabels: [2], ...six(48), ...UDP53 }],
  ["MPLS behind a VLAN tag", eth(0x8100, tag(9, 0x8847) + label(5000) + TCP4), { ...MACS, etherType: 0x8847, vlan: 9, mplsLabels: [5000], ...INNER }],
  ["a pseudowire with a control word", eth(0x8847, label(300_012, { bottom: false }) + label(17) + "00000000" + "444ca898a50d3063ea2b6e100800" + TCP4), { ...MACS, etherType: 0x8847, mplsLabels: [300_012, 17], ...INNER }],
  ["a pseudowire without a control word", eth(0x8847, label(17) + "444ca898a50d3063ea2b6e10" + "8100" + tag(55, 0x0800) + TCP4), { ...MACS, etherType: 0x8847, mplsLabels: [17], ...INNER }],
  ["a pseudowire whose first address begins with 0", eth(0x8847, label(17) + "001b2198a50d3063ea2b6e1086dd" + ip6(6, tcp())), { ...MACS, etherType: 0x8847, mplsLabels: [17], ...six(60), ...TCP }],
  ["an associated channel below MPLS", eth(0x8847, label(17) + "10000021" + TCP4), { ...MACS, etherType: 0x8847, mplsLabels: [17] }],
  ["MPLS from the stack on", label(20) + TCP4, { mplsLabels: [20], ...INNER }, "mpls"],
  ["what lies below an MPLS stack", TCP4, INNER, "mpls_payload"],
  // IPv4.
  ["IPv4 with options", eth(0x0800, ip4(6, tcp(), { options: "94040000" })), { ...E4, ...four(44), ...TCP }],
  ["IPv4, the first fragment", eth(0x0800, ip4(17, udp(53), { fragment: 0x2000 })), { ...E4, ...four(28), ...UDP53 }],
  ["IPv4, a later fragment", eth(0x0800, ip4(17, udp(53), { fragment: 185 })), { ...E4, ...FOUR, ipLength: 28, fragmentOffset: 1480, protocol: 17 }],
  ["IPv4 of no total length", eth(0x0800, ip4(6, tcp(), { total: 0 })), { ...E4, ...FOUR, fragmentOffset: 0, ...TCP }],
  ["IPv4 with a total length below its header's", eth(0x0800, ip4(6, tcp(), { total: 19 })), { ...E4, ...FOUR, fragmentOffset: 0, protocol: 6 }],
  ["IPv4 with a header of 16 octets", eth(0x0800, ip4(6, tcp(), { ihl: 4 })), E4],
  ["IPv4 of which more was sent than sampled", eth(0x0800, ip4(6, tcp(), { total: 1500 })), { ...E4, ...four(1500), ...TCP }],
  ["IPv6 where the type says IPv4", eth(0x0800, ip6(6, tcp())), E4],
  ["IP from its header on, version 4", TCP4, INNER, "ip"],
  ["IP from its header on, version 6", ip6(6, tcp()), { ...six(60), ...TCP }, "ip"],
  ["IP of version 5", "55" + TCP4.slice(2), null, "ip"],
  // IPv6.
  ["IPv6 with a hop-by-hop header", eth(0x86dd, ip6(0, extension(6) + tcp())), { ...E6, ...six(68), ...TCP }],
  ["IPv6 with hop-by-hop, destination options, routing and authentication", eth(0x86dd, ip6(0, extension(60) + extension(43) + "3300fd0000000000" + authentication(6) + tcp())), { ...E6, ...six(108), ...TCP }],
  ["IPv6, the first fragment", eth(0x86dd, ip6(44, fragment(17, 0) + udp(53))), { ...E6, ...six(56), ...UDP53 }],
  ["IPv6, a later fragment", eth(0x86dd, ip6(44, fragment(17, 1448, false) + udp(53))), { ...E6, ...SIX, ipLength: 56, fragmentOffset: 1448, protocol: 17 }],
  ["IPv6, a later fragment within extension headers", eth(0x86dd, ip6(44, fragment(60, 1448) + extension(6) + tcp())), { ...E6, ...SIX, ipLength: 76, fragmentOffset: 1448 }],
  ["IPv6 with too many extension headers", eth(0x86dd, ip6(60, extension(60).repeat(20) + extension(6) + tcp())), { ...E6, ...SIX, ipLength: 228 }],
  ["IPv6 with nothing in it", eth(0x86dd, ip6(59, "")), { ...E6, ...six(40), protocol: 59 }],
  ["IPv6 with ESP", eth(0x86dd, ip6(50, "00000001000000020a0b0c0d")), { ...E6, ...six(52), protocol: 50 }],
  ["IPv6 of no length", eth(0x86dd, ip6(6, tcp(), 0)), { ...E6, ...SIX, fragmentOffset: 0, ...TCP }],
  ["IPv6 with IPv4 addresses in it", eth(0x86dd, "60000000 0014 06 40".replaceAll(" ", "") + "00000000000000000000ffffc0000201" + "00000000000000000000ffffc6336402" + tcp()), { ...E6, ipVersion: 6, srcAddr: "192.0.2.1", dstAddr: "198.51.100.2", tos: 0, ttl: 64, flowLabel: 0, ipLength: 60, fragmentOffset: 0, ...TCP }],
  // Transport.
  ["TCP with all control and reserved bits", eth(0x0800, ip4(6, tcp(0xfff))), { ...E4, ...INNER, tcpFlags: 0xfff }],
  ["ICMP", eth(0x0800, ip4(1, "0301000000000000")), { ...E4, ...four(28), protocol: 1, icmpType: 3, icmpCode: 1 }],
  ["ICMPv6", eth(0x86dd, ip6(58, "8700000000000000" + B6)), { ...E6, ...six(64), protocol: 58, icmpType: 135, icmpCode: 0 }],
  ["SCTP", eth(0x0800, ip4(132, "0b590b5a" + "00".repeat(8))), { ...E4, ...four(32), protocol: 132, srcPort: 2905, dstPort: 2906 }],
  ["DCCP", eth(0x0800, ip4(33, "138913ad04000000" + "0400000000000000")), { ...E4, ...four(36), protocol: 33, srcPort: 5001, dstPort: 5037 }],
  ["UDP-Lite", eth(0x0800, ip4(136, "138813890008aaaa")), { ...E4, ...four(28), protocol: 136, srcPort: 5000, dstPort: 5001 }],
  ["OSPF", eth(0x0800, ip4(89, "0201002c")), { ...E4, ...four(24), protocol: 89 }],
  // Tunnels.
  ["IPv4 in IPv4", eth(0x0800, ip4(4, TCP4)), { ...E4, ...four(60), protocol: 4, tunnel: "ip_in_ip", inner: INNER }],
  ["6in4", eth(0x0800, ip4(41, ip6(6, tcp()))), { ...E4, ...four(80), protocol: 41, tunnel: "ip_in_ip", inner: { ...six(60), ...TCP } }],
  ["IPv4 in IPv6", eth(0x86dd, ip6(4, TCP4)), { ...E6, ...six(80), protocol: 4, tunnel: "ip_in_ip", inner: INNER }],
  ["GRE", eth(0x0800, ip4(47, "00000800" + TCP4)), { ...E4, ...four(64), protocol: 47, tunnel: "gre", inner: INNER }],
  ["GRE with checksum, key and sequence number", eth(0x0800, ip4(47, "b0000800" + "00000000" + "0001e240" + "00000009" + TCP4)), { ...E4, ...four(76), protocol: 47, tunnel: "gre", tunnelId: 123_456, inner: INNER }],
  ["GRE with an Ethernet frame", eth(0x0800, ip4(47, "20006558" + "00000007" + eth(0x8100, tag(7, 0x0800) + TCP4))), { ...E4, ...four(86), protocol: 47, tunnel: "gre", tunnelId: 7, inner: { ...E4, vlan: 7, ...INNER } }],
  ["GRE with MPLS", eth(0x0800, ip4(47, "00008847" + label(99) + TCP4)), { ...E4, ...four(68), protocol: 47, tunnel: "gre", inner: { mplsLabels: [99], ...INNER } }],
  ["PPTP", eth(0x0800, ip4(47, "3001880b" + "002c0005" + "00000001" + "ff030021" + TCP4)), { ...E4, ...four(76), protocol: 47, tunnel: "gre", inner: INNER }],
  ["ERSPAN", eth(0x0800, ip4(47, "100088be" + "00000001" + "1000000000000000" + eth(0x0800, TCP4))), { ...E4, ...four(90), protocol: 47, tunnel: "gre", inner: { ...E4, ...INNER } }],
  ["VXLAN", eth(0x0800, ip4(17, udp(4789, "0800000000138800" + eth(0x0800, TCP4)))), { ...E4, ...four(90), protocol: 17, srcPort: 49_153, dstPort: 4789, tunnel: "vxlan", tunnelId: 5000, inner: { ...E4, ...INNER } }],
  ["VXLAN's port without its flag", eth(0x0800, ip4(17, udp(4789, "00".repeat(30)))), { ...E4, ...four(58), protocol: 17, srcPort: 49_153, dstPort: 4789 }],
  ["Geneve with options", eth(0x0800, ip4(17, udp(6081, "0100655800138900" + "01020300" + eth(0x86dd, ip6(6, tcp()))))), { ...E4, ...four(114), protocol: 17, srcPort: 49_153, dstPort: 6081, tunnel: "geneve", tunnelId: 5001, inner: { ...E6, ...six(60), ...TCP } }],
  ["MPLS in UDP", eth(0x0800, ip4(17, udp(6635, label(31) + TCP4))), { ...E4, ...four(72), protocol: 17, srcPort: 49_153, dstPort: 6635, tunnel: "mpls_in_udp", inner: { mplsLabels: [31], ...INNER } }],
  ["MPLS in IP", eth(0x0800, ip4(137, label(31) + TCP4)), { ...E4, ...four(64), protocol: 137, tunnel: "mpls_in_ip", inner: { mplsLabels: [31], ...INNER } }],
  ["EtherIP", eth(0x0800, ip4(97, "3000" + eth(0x0800, TCP4))), { ...E4, ...four(76), protocol: 97, tunnel: "ether_ip", inner: { ...E4, ...INNER } }],
  // 802.11: from the station, to it, and between access points.
  ["802.11 to the distribution system", "0801 0000 0200000000cc 0200000000bb 0200000000aa 1000" + "aaaa030000000800" + TCP4, { ...E4, ...INNER }, "ieee80211"],
  ["802.11 from the distribution system, with QoS", "8802 0000 0200000000aa 0200000000cc" + "0200000000bb 1000 0000 aaaa030000000800" + TCP4, { ...E4, ...INNER }, "ieee80211"],
  ["802.11 with four addresses", "0803 0000 0200000000cc 0200000000dd 0200000000aa 1000" + "0200000000bb aaaa030000000800" + TCP4, { ...E4, ...INNER }, "ieee80211"],
  ["802.11, enciphered", "0841 0000 0200000000cc 0200000000bb 0200000000aa 1000" + "aaaa030000000800" + TCP4, MACS, "ieee80211"],
  ["an acknowledgement of 802.11", "d400 0000 0200000000cc" + "00".repeat(14), null, "ieee80211"],
];

/** One packet or more of every kind of header that is read. */
export const CRAFTED_PACKETS: readonly CraftedPacket[] = LINES.map(
  ([name, octets, fields, first = "ethernet"]) => ({
    name,
    octets: octets.replaceAll(" ", ""),
    fields,
    first,
  }),
);
