import { parseAddress } from "../../core/flow/address.ts";

/** One packet of a conversation, as it lies on an Ethernet. */
export interface PacketOptions {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: "tcp" | "udp";
  /** Octets behind the transport header. */
  readonly payload: number;
  /** TCP flags; ACK where left out. */
  readonly flags?: number;
}

/** A packet and when it was captured. */
export interface TimedPacket {
  readonly atMs: number;
  readonly packet: Uint8Array;
}

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const ACK = 0x10;

/** Octets of layer 3 that a packet has: what flows count. */
export function packetBytes(
  { protocol, payload, source = "" }: Pick<PacketOptions, "protocol" | "payload"> & {
    source?: string;
  },
) {
  return (source.includes(":") ? IPV6 : IPV4) + (protocol === "tcp" ? 20 : 8) + payload;
}

/**
 * Builds an Ethernet frame with an IPv4 or IPv6 packet (RFC 791, 8200, 793, 768); transport
 * checksums are 0, as captures of offloaded interfaces have them.
 */
export function ethernetPacket(options: PacketOptions): Uint8Array<ArrayBuffer> {
  const length = packetBytes(options);
  const view = new DataView(new ArrayBuffer(ETHERNET + length));
  const transport = options.source.includes(":")
    ? setIpv6(view, options, length)
    : setIpv4(view, options, length);
  view.setUint16(transport, options.sourcePort);
  view.setUint16(transport + 2, options.destinationPort);
  if (options.protocol === "tcp") {
    view.setUint8(transport + 12, 5 << 4);
    view.setUint8(transport + 13, options.flags ?? ACK);
    view.setUint16(transport + 14, 0xffff);
  } else {
    view.setUint16(transport + 4, 8 + options.payload);
  }
  return new Uint8Array(view.buffer);
}

/**
 * Writes a pcap file (microseconds).
 *
 * @param packets in order of time
 * @param linkType what they begin with (tcpdump.org LINKTYPE_); 1 is Ethernet
 */
export function pcapOf(
  packets: readonly TimedPacket[],
  linkType = 1,
): Uint8Array<ArrayBuffer> {
  const total = packets.reduce((sum, { packet }) => sum + 16 + packet.length, 24);
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65_535, true);
  view.setUint32(20, linkType, true);
  let at = 24;
  for (const { atMs, packet } of packets) {
    view.setUint32(at, Math.floor(atMs / 1000), true);
    view.setUint32(at + 4, Math.round((atMs % 1000) * 1000), true);
    view.setUint32(at + 8, packet.length, true);
    view.setUint32(at + 12, packet.length, true);
    file.set(packet, at + 16);
    at += 16 + packet.length;
  }
  return file;
}

/** @returns where the transport header begins */
function setIpv4(view: DataView, options: PacketOptions, length: number): number {
  const ip = ETHERNET;
  view.setUint16(12, 0x0800);
  view.setUint8(ip, 0x45);
  view.setUint16(ip + 2, length);
  view.setUint8(ip + 8, 64);
  view.setUint8(ip + 9, options.protocol === "tcp" ? 6 : 17);
  setAddress(view, ip + 12, options.source);
  setAddress(view, ip + 16, options.destination);
  view.setUint16(ip + 10, checksum(view, ip, IPV4));
  return ip + IPV4;
}

/** @returns where the transport header begins */
function setIpv6(view: DataView, options: PacketOptions, length: number): number {
  const ip = ETHERNET;
  view.setUint16(12, 0x86dd);
  view.setUint8(ip, 0x60);
  view.setUint16(ip + 4, length - IPV6);
  view.setUint8(ip + 6, options.protocol === "tcp" ? 6 : 17);
  view.setUint8(ip + 7, 64);
  const words = new Uint32Array(8);
  parseAddress(options.source, words);
  parseAddress(options.destination, words, 4);
  words.forEach((word, i) => view.setUint32(ip + 8 + i * 4, word));
  return ip + IPV6;
}

function setAddress(view: DataView, at: number, address: string): void {
  address.split(".").forEach((octet, i) => view.setUint8(at + i, Number(octet)));
}

function checksum(view: DataView, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += view.getUint16(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
