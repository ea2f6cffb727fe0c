import { ETHER_TYPE } from "./ether_type.ts";
import type { FirstHeader, PacketHeaders, Tunnel } from "./packet_headers.ts";

/** Destination ports of tunnels (IANA "Service Names and Port Numbers"). */
const PORT = { vxlan: 4789, geneve: 6081, mpls: 6635 } as const;
const UDP_OCTETS = 8;
/** VXLAN's header, and Geneve's without options. */
const OVERLAY_OCTETS = 8;

/** Notes where the packet inside a tunnel lies. */
export function setTunnel(
  headers: PacketHeaders,
  tunnel: Tunnel,
  first: FirstHeader,
  from: number,
  to: number,
): void {
  headers.tunnel = tunnel;
  headers.tunnelFirst = first;
  headers.tunnelFrom = Math.min(from, to);
  headers.tunnelTo = to;
}

/** Looks whether a UDP header, at `at`, is that of a tunnel. */
export function readUdpTunnel(
  headers: PacketHeaders,
  view: DataView,
  at: number,
  to: number,
): void {
  const inside = at + UDP_OCTETS;
  if (inside > to) return;
  const length = view.getUint16(at + 4);
  const end = length >= UDP_OCTETS ? Math.min(to, at + length) : to;
  switch (headers.dstPort) {
    case PORT.vxlan:
      return readVxlan(headers, view, inside, end);
    case PORT.geneve:
      return readGeneve(headers, view, inside, end);
    case PORT.mpls:
      return setTunnel(headers, "mpls_in_udp", "mpls", inside, end);
  }
}

/** RFC 7348 §5: the flag that the VNI is valid, 24 bits of VNI. */
function readVxlan(headers: PacketHeaders, view: DataView, at: number, end: number): void {
  if (at + OVERLAY_OCTETS > end || (view.getUint8(at) & 0x08) === 0) return;
  setTunnel(headers, "vxlan", "ethernet", at + OVERLAY_OCTETS, end);
  headers.tunnelId = view.getUint32(at + 4) >>> 8;
}

/** RFC 8926 §3.4: version 0, length of the options in words, type of the payload, VNI. */
function readGeneve(headers: PacketHeaders, view: DataView, at: number, end: number): void {
  if (at + OVERLAY_OCTETS > end || view.getUint8(at) >> 6 !== 0) return;
  const first = firstHeaderOf(view.getUint16(at + 2));
  if (first === null) return;
  const options = (view.getUint8(at) & 0x3f) * 4;
  setTunnel(headers, "geneve", first, at + OVERLAY_OCTETS + options, end);
  headers.tunnelId = view.getUint32(at + 4) >>> 8;
}

/**
 * RFC 2784 §2, with the key and sequence number of RFC 2890 §2, and version 1 of RFC 2637 §4.1 (PPTP),
 * whose key holds a length and a call id.
 */
export function readGre(headers: PacketHeaders, view: DataView, at: number, end: number): void {
  if (at + 4 > end) return;
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  const version = flags & 7;
  const hasRouting = (flags & 0x4000) !== 0;
  if (version > 1 || hasRouting) return;
  const hasKey = (flags & 0x2000) !== 0;
  const hasSequence = (flags & 0x1000) !== 0;
  let inside = at + 4;
  if ((flags & 0x8000) !== 0) inside += 4;
  const keyAt = inside;
  if (hasKey) inside += 4;
  if (hasSequence) inside += 4;
  if (version === 1 && (flags & 0x80) !== 0) inside += 4;
  if (inside > end) return;
  // ERSPAN of type II has a header of its own; type I has neither that nor a sequence number.
  if (type === ETHER_TYPE.erspan && hasSequence) inside += 8;
  const first = firstHeaderOf(type);
  if (first === null) return;
  setTunnel(headers, "gre", first, inside, end);
  if (hasKey && version === 0) headers.tunnelId = view.getUint32(keyAt);
}

/** What a payload of an EtherType begins with; null for what is not read. */
function firstHeaderOf(etherType: number): FirstHeader | null {
  switch (etherType) {
    case ETHER_TYPE.ipv4:
    case ETHER_TYPE.ipv6:
      return "ip";
    case ETHER_TYPE.ethernet:
    case ETHER_TYPE.erspan:
      return "ethernet";
    case ETHER_TYPE.mpls:
    case ETHER_TYPE.mplsMulticast:
      return "mpls";
    case ETHER_TYPE.ppp:
      return "ppp";
    default:
      return null;
  }
}
