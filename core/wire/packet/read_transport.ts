import type { PacketHeaders } from "./packet_headers.ts";
import { readGre, readUdpTunnel, setTunnel } from "./read_tunnel.ts";

/** IANA "Protocol Numbers". */
const PROTOCOL = {
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  icmpv6: 58,
  etherIp: 97,
  sctp: 132,
  udpLite: 136,
  mpls: 137,
} as const;

/** Control bits and the four reserved bits before them (RFC 9293 §3.1). */
const TCP_FLAGS = 0x0fff;

/**
 * Reads what follows an IP header, by `headers.protocol`: what of it is whole.
 *
 * @param headers where to write what is read
 * @param view the datagram
 * @param at first octet behind the IP header and its extensions
 * @param end octet behind the last that is there and belongs to the packet
 */
export function readTransport(
  headers: PacketHeaders,
  view: DataView,
  at: number,
  end: number,
): void {
  headers.payloadAt = at;
  headers.payloadTo = end;
  switch (headers.protocol) {
    case PROTOCOL.tcp:
      readPorts(headers, view, at, end);
      if (at + 14 <= end) headers.tcpFlags = view.getUint16(at + 12) & TCP_FLAGS;
      break;
    case PROTOCOL.udp:
      readPorts(headers, view, at, end);
      readUdpTunnel(headers, view, at, end);
      break;
    case PROTOCOL.udpLite:
    case PROTOCOL.sctp:
    case PROTOCOL.dccp:
      readPorts(headers, view, at, end);
      break;
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      if (at + 2 > end) break;
      headers.icmpType = view.getUint8(at);
      headers.icmpCode = view.getUint8(at + 1);
      break;
    case PROTOCOL.ipv4:
    case PROTOCOL.ipv6:
      setTunnel(headers, "ip_in_ip", "ip", at, end);
      break;
    case PROTOCOL.gre:
      readGre(headers, view, at, end);
      break;
    case PROTOCOL.etherIp:
      // RFC 3378 §3: version 3, then 12 bits of 0.
      if (at + 2 <= end && view.getUint16(at) === 0x3000) {
        setTunnel(headers, "ether_ip", "ethernet", at + 2, end);
      }
      break;
    case PROTOCOL.mpls:
      setTunnel(headers, "mpls_in_ip", "mpls", at, end);
      break;
  }
}

function readPorts(headers: PacketHeaders, view: DataView, at: number, end: number): void {
  if (at + 4 > end) return;
  headers.srcPort = view.getUint16(at);
  headers.dstPort = view.getUint16(at + 2);
}
