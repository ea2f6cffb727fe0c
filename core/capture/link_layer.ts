import type { CapturedPacket, SkipReason } from "./capture_event.ts";
import { MAX_VLAN_TAGS } from "./capture_limits.ts";
import { uint16, uint32 } from "./network_order.ts";

/** The tcpdump.org LINKTYPE_ values that are taken apart. */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  /** LINKTYPE_RAW is 101; files of old BSDs carry their DLT_RAW instead, 12 or 14. */
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  rawIpv4: 228,
  rawIpv6: 229,
  linuxSll2: 276,
} as const;

const ETHER_TYPE = { ipv4: 0x0800, ipv6: 0x86dd, pppoeSession: 0x8864 } as const;
const VLAN_ETHER_TYPES: readonly number[] = [0x8100, 0x88a8, 0x9100];
const PPP_PROTOCOL = { ipv4: 0x0021, ipv6: 0x0057 } as const;
/** Address families of NULL and LOOP frames: IPv4 is 2 everywhere, IPv6 differs by operating system. */
const ADDRESS_FAMILIES: readonly number[] = [2, 10, 23, 24, 28, 30];

/**
 * Finds the IP header of a packet: its index in `packet.bytes`, or the reason for which there is none.
 * Whether an IP header really stands there is for the caller to see.
 */
export function locateIp(packet: CapturedPacket): number | SkipReason {
  const { bytes, start } = packet;
  switch (packet.linkType) {
    case LINK_TYPE.ethernet:
      return hasBytes(packet, 14) ? locateByEtherType(packet, 12) : cutShort(packet);
    case LINK_TYPE.raw:
    case LINK_TYPE.rawBsd:
    case LINK_TYPE.rawOpenBsd:
    case LINK_TYPE.rawIpv4:
    case LINK_TYPE.rawIpv6:
      return start;
    case LINK_TYPE.null:
    case LINK_TYPE.loop:
      if (!hasBytes(packet, 4)) return cutShort(packet);
      return isAddressFamily(uint32(bytes, start)) ? start + 4 : "not_ip";
    case LINK_TYPE.linuxSll:
      return hasBytes(packet, 16) ? locateByEtherType(packet, 14) : cutShort(packet);
    case LINK_TYPE.linuxSll2:
      if (!hasBytes(packet, 20)) return cutShort(packet);
      return locateAfterType(packet, uint16(bytes, start), start + 20);
    case LINK_TYPE.ppp:
      return locateInPpp(packet, start);
    default:
      return "unsupported_link_type";
  }
}

/** What bytes missing at the end of a packet mean: the capture cut them, or they never were there. */
export function cutShort({ start, end, originalLength }: CapturedPacket): SkipReason {
  return originalLength > end - start ? "truncated_by_snaplen" : "malformed_frame";
}

function hasBytes({ start, end }: CapturedPacket, length: number): boolean {
  return end - start >= length;
}

function locateByEtherType(packet: CapturedPacket, at: number): number | SkipReason {
  const typeAt = packet.start + at;
  return locateAfterType(packet, uint16(packet.bytes, typeAt), typeAt + 2);
}

/** Steps over VLAN tags; `at` is where the payload of `etherType` starts. */
function locateAfterType(
  packet: CapturedPacket,
  etherType: number,
  at: number,
): number | SkipReason {
  let type = etherType;
  for (let tags = 0; tags <= MAX_VLAN_TAGS; tags++) {
    const payloadAt = at + tags * 4;
    if (type === ETHER_TYPE.ipv4 || type === ETHER_TYPE.ipv6) return payloadAt;
    if (type === ETHER_TYPE.pppoeSession) return locateInPppoe(packet, payloadAt);
    if (!VLAN_ETHER_TYPES.includes(type)) return "not_ip";
    if (payloadAt + 4 > packet.end) return cutShort(packet);
    type = uint16(packet.bytes, payloadAt + 2);
  }
  return "malformed_frame";
}

/** RFC 2516 section 4: version and type 1, code 0, session id, length, then a PPP frame. */
function locateInPppoe(packet: CapturedPacket, at: number): number | SkipReason {
  if (at + 6 > packet.end) return cutShort(packet);
  if (uint16(packet.bytes, at) !== 0x1100) return "malformed_frame";
  return locateInPpp(packet, at + 6);
}

/** RFC 1661 section 2 and RFC 1662 section 3.1: `ff 03` may be left out, and a protocol may have one byte. */
function locateInPpp(packet: CapturedPacket, at: number): number | SkipReason {
  const { bytes, end } = packet;
  const protocolAt = at + 2 <= end && uint16(bytes, at) === 0xff03 ? at + 2 : at;
  if (protocolAt + 2 > end) return cutShort(packet);
  const isCompressed = (bytes[protocolAt] & 1) !== 0;
  const protocol = isCompressed ? bytes[protocolAt] : uint16(bytes, protocolAt);
  if (protocol !== PPP_PROTOCOL.ipv4 && protocol !== PPP_PROTOCOL.ipv6) return "not_ip";
  return protocolAt + (isCompressed ? 1 : 2);
}

/** NULL frames carry the family in the capturing machine's byte order, which the file does not name. */
function isAddressFamily(bigEndian: number): boolean {
  const family = bigEndian > 0xffff ? swapBytes(bigEndian) : bigEndian;
  return ADDRESS_FAMILIES.includes(family);
}

function swapBytes(value: number): number {
  return (value << 24 | (value & 0xff00) << 8 | value >>> 8 & 0xff00 | value >>> 24) >>> 0;
}
