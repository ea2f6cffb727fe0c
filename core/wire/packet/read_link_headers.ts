import type { FirstHeader, PacketHeaders } from "./packet_headers.ts";
import { readIpHeaders } from "./read_ip_headers.ts";

/** EtherTypes (IEEE 802.3 clause 3.2.6, registry of IEEE and IANA). */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  oldServiceVlan: 0x9100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
} as const;

/** Headers before the IP header that are read at most. */
export const MAX_LINK_HEADERS = 32;

/** Reads a packet from its first header on; see `SampledPacket.read`. */
export function readLinkHeaders(
  headers: PacketHeaders,
  view: DataView,
  from: number,
  to: number,
  first: FirstHeader,
): boolean {
  if (first === "ip") return readIpHeaders(headers, view, from, to);
  if (first !== "ethernet" || from + 14 > to) return false;
  headers.dstMac = view.getUint16(from) * 2 ** 32 + view.getUint32(from + 2);
  headers.srcMac = view.getUint16(from + 6) * 2 ** 32 + view.getUint32(from + 8);
  headers.etherType = view.getUint16(from + 12);
  if (headers.etherType === ETHER_TYPE.ipv4 || headers.etherType === ETHER_TYPE.ipv6) {
    readIpHeaders(headers, view, from + 14, to);
  }
  return true;
}
