import type { CapturedPacket, SkipReason } from "./capture_event.ts";
import { MAX_DATAGRAM_BYTES } from "./capture_limits.ts";
import { type IpPacket, PROTOCOL_UDP } from "./ip_packet.ts";
import { readIpv6Extensions } from "./ipv6_extensions.ts";
import { cutShort } from "./link_layer.ts";
import { uint16 } from "./network_order.ts";

const IPV4_LEAST_BYTES = 20;
const IPV6_BYTES = 40;

/** Reads the IP header at `bytes[at]`, of either version, options and extension headers included. */
export function readIpHeader(packet: CapturedPacket, at: number): IpPacket | SkipReason {
  if (at >= packet.end) return cutShort(packet);
  switch (packet.bytes[at] >> 4) {
    case 4:
      return readIpv4(packet, at);
    case 6:
      return readIpv6(packet, at);
    default:
      return "malformed_frame";
  }
}

/** RFC 791 section 3.1. Checksums are not verified: a sender's network card fills them in later. */
function readIpv4(packet: CapturedPacket, at: number): IpPacket | SkipReason {
  const { bytes } = packet;
  if (at + IPV4_LEAST_BYTES > packet.end) return cutShort(packet);
  const headerBytes = (bytes[at] & 0x0f) * 4;
  if (headerBytes < IPV4_LEAST_BYTES) return "malformed_frame";
  if (bytes[at + 9] !== PROTOCOL_UDP) return "not_udp";
  // Zero stands in packets that segmentation offload was still to cut: the frame is the only bound.
  const totalLength = uint16(bytes, at + 2) || packet.end - at;
  const start = at + headerBytes;
  const end = at + totalLength;
  if (end < start) return "malformed_frame";
  if (end > packet.end) return cutShort(packet);
  const flags = uint16(bytes, at + 6);
  const offset = (flags & 0x1fff) * 8;
  const more = (flags & 0x2000) !== 0;
  if (!isPossiblePart(offset, end - start, more)) return "malformed_frame";
  return {
    source: bytes.subarray(at + 12, at + 16),
    destination: bytes.subarray(at + 16, at + 20),
    start,
    end,
    fragment: offset > 0 || more
      ? { identification: uint16(bytes, at + 4), offset, more, protocol: PROTOCOL_UDP }
      : undefined,
  };
}

/** RFC 8200 sections 3 and 4. */
function readIpv6(packet: CapturedPacket, at: number): IpPacket | SkipReason {
  const { bytes } = packet;
  if (at + IPV6_BYTES > packet.end) return cutShort(packet);
  const payloadLength = uint16(bytes, at + 4) || packet.end - at - IPV6_BYTES;
  const end = at + IPV6_BYTES + payloadLength;
  const payload = readIpv6Extensions(bytes, {
    protocol: bytes[at + 6],
    start: at + IPV6_BYTES,
    end: Math.min(end, packet.end),
  });
  if (payload === "cut_short") return end > packet.end ? cutShort(packet) : "malformed_frame";
  if (typeof payload === "string") return payload;
  if (end > packet.end) return cutShort(packet);
  const { start, fragment } = payload;
  if (fragment !== undefined && !isPossiblePart(fragment.offset, end - start, fragment.more)) {
    return "malformed_frame";
  }
  return {
    source: bytes.subarray(at + 8, at + 24),
    destination: bytes.subarray(at + 24, at + 40),
    start,
    end,
    fragment,
  };
}

/** A part holds something, ends within 65,535 bytes, and on a multiple of 8 unless it is the last. */
function isPossiblePart(offset: number, length: number, more: boolean): boolean {
  if (offset + length > MAX_DATAGRAM_BYTES) return false;
  if (more) return length > 0 && length % 8 === 0;
  return offset === 0 || length > 0;
}
