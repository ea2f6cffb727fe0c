import { MAX_IPV6_EXTENSION_HEADERS } from "./capture_limits.ts";
import { type IpFragmentHeader, PROTOCOL_UDP } from "./ip_packet.ts";
import { uint16, uint32 } from "./network_order.ts";

const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** Hop-by-hop, routing, destination options, mobility, HIP, Shim6: all with their length in units of 8. */
const OPTION_HEADERS: readonly number[] = [0, 43, 60, 135, 139, 140];

/** A stretch of `bytes` and the protocol of the header that it starts with. */
export interface Ipv6Payload {
  readonly protocol: number;
  readonly start: number;
  readonly end: number;
}

/** Where the UDP header starts, or a fragment's part of the payload. */
export interface Ipv6Upper {
  readonly start: number;
  readonly fragment: IpFragmentHeader | undefined;
}

/**
 * Steps over IPv6 extension headers (RFC 8200 section 4) to UDP or to a fragment that may hold UDP. Behind
 * ESP nothing can be read, so it counts as another protocol.
 */
export function readIpv6Extensions(
  bytes: Uint8Array,
  payload: Ipv6Payload,
): Ipv6Upper | "cut_short" | "not_udp" | "malformed_frame" {
  let { protocol, start } = payload;
  for (let count = 0; count <= MAX_IPV6_EXTENSION_HEADERS; count++) {
    if (protocol === PROTOCOL_UDP) return { start, fragment: undefined };
    if (!isExtension(protocol)) return "not_udp";
    if (start + 8 > payload.end) return "cut_short";
    const header = start;
    start += headerBytes(bytes, header, protocol);
    if (start > payload.end) return "cut_short";
    if (protocol === FRAGMENT) {
      const fragment = readFragmentHeader(bytes, header);
      const isWhole = fragment.offset === 0 && !fragment.more;
      // An atomic fragment (RFC 6946) is a whole packet with a fragment header in it.
      if (!isWhole) return mayHoldUdp(fragment) ? { start, fragment } : "not_udp";
    }
    protocol = bytes[header];
  }
  return "malformed_frame";
}

function headerBytes(bytes: Uint8Array, at: number, protocol: number): number {
  if (protocol === FRAGMENT) return 8;
  const length = bytes[at + 1];
  return protocol === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
}

function readFragmentHeader(bytes: Uint8Array, at: number): IpFragmentHeader {
  const flags = uint16(bytes, at + 2);
  return {
    identification: uint32(bytes, at + 4),
    offset: flags & 0xfff8,
    more: (flags & 1) !== 0,
    protocol: bytes[at],
  };
}

function mayHoldUdp({ protocol }: IpFragmentHeader): boolean {
  return protocol === PROTOCOL_UDP || isExtension(protocol);
}

function isExtension(protocol: number): boolean {
  return protocol === FRAGMENT || protocol === AUTHENTICATION || OPTION_HEADERS.includes(protocol);
}
