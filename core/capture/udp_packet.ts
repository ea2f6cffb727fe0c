import type { CapturedDatagram } from "./capture_event.ts";
import { MAX_DATAGRAM_BYTES } from "./capture_limits.ts";

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const PROTOCOL_UDP = 17;
const TIME_TO_LIVE = 64;
const DONT_FRAGMENT = 0x4000;

/**
 * Builds the IP packet of a datagram: IPv4 (RFC 791) or IPv6 (RFC 8200) by the length of its addresses, UDP
 * (RFC 768), all checksums filled in.
 *
 * @throws {RangeError} When the addresses are not both of 4 or both of 16 bytes, or the payload is too long.
 */
export function encodeUdpPacket(datagram: CapturedDatagram): Uint8Array<ArrayBuffer> {
  const { sourceAddress, destinationAddress, payload } = datagram;
  const isIpv4 = sourceAddress.length === 4;
  if (
    sourceAddress.length !== destinationAddress.length || !(isIpv4 || sourceAddress.length === 16)
  ) {
    throw new RangeError(
      `cannot encode a UDP packet: found addresses of ${sourceAddress.length} and ` +
        `${destinationAddress.length} bytes, wanted 4 and 4, or 16 and 16`,
    );
  }
  const ipBytes = isIpv4 ? IPV4_BYTES : IPV6_BYTES;
  const most = MAX_DATAGRAM_BYTES - UDP_BYTES - (isIpv4 ? IPV4_BYTES : 0);
  if (payload.length > most) {
    const found = `found a payload of ${payload.length} bytes, wanted at most ${most}`;
    throw new RangeError(`cannot encode a UDP packet: ${found}`);
  }
  const packet = new Uint8Array(ipBytes + UDP_BYTES + payload.length);
  const view = new DataView(packet.buffer);
  if (isIpv4) writeIpv4(view, packet, datagram);
  else writeIpv6(view, packet, datagram);
  writeUdp(view, packet, ipBytes, datagram);
  return packet;
}

function writeIpv4(view: DataView, packet: Uint8Array, datagram: CapturedDatagram): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, packet.length);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, TIME_TO_LIVE);
  view.setUint8(9, PROTOCOL_UDP);
  packet.set(datagram.sourceAddress, 12);
  packet.set(datagram.destinationAddress, 16);
  view.setUint16(10, checksum(sum16(packet.subarray(0, IPV4_BYTES))));
}

function writeIpv6(view: DataView, packet: Uint8Array, datagram: CapturedDatagram): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, packet.length - IPV6_BYTES);
  view.setUint8(6, PROTOCOL_UDP);
  view.setUint8(7, TIME_TO_LIVE);
  packet.set(datagram.sourceAddress, 8);
  packet.set(datagram.destinationAddress, 24);
}

function writeUdp(
  view: DataView,
  packet: Uint8Array,
  at: number,
  datagram: CapturedDatagram,
): void {
  const length = packet.length - at;
  view.setUint16(at, datagram.sourcePort);
  view.setUint16(at + 2, datagram.destinationPort);
  view.setUint16(at + 4, length);
  packet.set(datagram.payload, at + UDP_BYTES);
  const pseudoHeader = sum16(datagram.sourceAddress) + sum16(datagram.destinationAddress) +
    PROTOCOL_UDP + length;
  // Zero would say "no checksum", so RFC 768 sends its other form.
  view.setUint16(at + 6, checksum(pseudoHeader + sum16(packet.subarray(at))) || 0xffff);
}

/** RFC 1071: the ones' complement of the ones' complement sum. */
function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + folded % 0x10000;
  return ~folded & 0xffff;
}

function sum16(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes[at] << 8 | bytes[at + 1];
  return bytes.length % 2 === 0 ? sum : sum + (bytes[bytes.length - 1] << 8);
}
