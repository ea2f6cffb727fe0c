// IANA "Assigned Internet Protocol Numbers": those that flow exporters meet in practice.
const NAMES: Readonly<Record<number, string>> = {
  0: "HOPOPT",
  1: "ICMP",
  2: "IGMP",
  4: "IPv4",
  6: "TCP",
  8: "EGP",
  9: "IGP",
  17: "UDP",
  27: "RDP",
  33: "DCCP",
  41: "IPv6",
  43: "IPv6-Route",
  44: "IPv6-Frag",
  46: "RSVP",
  47: "GRE",
  50: "ESP",
  51: "AH",
  58: "IPv6-ICMP",
  59: "IPv6-NoNxt",
  60: "IPv6-Opts",
  88: "EIGRP",
  89: "OSPFIGP",
  94: "IPIP",
  97: "ETHERIP",
  98: "ENCAP",
  103: "PIM",
  108: "IPComp",
  112: "VRRP",
  115: "L2TP",
  124: "ISIS over IPv4",
  132: "SCTP",
  136: "UDPLite",
  137: "MPLS-in-IP",
  139: "HIP",
  142: "ROHC",
};

// Spellings that other tools write.
const ALIASES: Readonly<Record<string, number>> = {
  ICMPV6: 58,
  ICMP6: 58,
  OSPF: 89,
  IP6: 41,
  UDPLITE: 136,
};

const NUMBERS = new Map(Object.entries(NAMES).map(([n, name]) => [name.toUpperCase(), Number(n)]));

/**
 * The IANA keyword of an IP protocol.
 *
 * @param protocol 0 to 255
 * @returns its name, or null when it has none here
 */
export function protocolName(protocol: number): string | null {
  return NAMES[protocol] ?? null;
}

/**
 * The number of an IP protocol by name.
 *
 * @param name keyword in any case, or a usual alias
 * @returns 0 to 255, or -1 when it is not known
 */
export function protocolNumber(name: string): number {
  const upper = name.toUpperCase();
  return NUMBERS.get(upper) ?? ALIASES[upper] ?? -1;
}
