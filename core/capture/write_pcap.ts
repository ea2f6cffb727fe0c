import type { CapturedDatagram } from "./capture_event.ts";
import { MAX_PACKET_BYTES } from "./capture_limits.ts";
import { LINK_TYPE } from "./link_layer.ts";
import { encodeUdpPacket } from "./udp_packet.ts";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const NANOSECONDS = 1_000_000_000;
const LAST_SECOND = 0xffff_ffff;

/**
 * A whole pcap file of some datagrams. A stream writes {@linkcode encodePcapHeader} once and then
 * {@linkcode encodePcapRecord} for each datagram.
 */
export function encodePcap(datagrams: Iterable<CapturedDatagram>): Uint8Array<ArrayBuffer> {
  const parts = [encodePcapHeader(), ...Iterator.from(datagrams).map(encodePcapRecord)];
  const file = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** The file header: little-endian, nanoseconds, link type RAW (101), so that packets start with IP. */
export function encodePcapHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, MAX_PACKET_BYTES, true);
  view.setUint32(20, LINK_TYPE.raw, true);
  return header;
}

/**
 * One packet record: the datagram with IP and UDP headers around it. A time of NaN is written as 0.
 *
 * @throws {RangeError} When the datagram has no addresses, is too long, or lies outside 1970 to 2106.
 */
export function encodePcapRecord(datagram: CapturedDatagram): Uint8Array<ArrayBuffer> {
  const packet = encodeUdpPacket(datagram);
  const record = new Uint8Array(RECORD_HEADER_BYTES + packet.length);
  const view = new DataView(record.buffer);
  const { seconds, nanoseconds } = splitTime(datagram.receivedAtMs);
  view.setUint32(0, seconds, true);
  view.setUint32(4, nanoseconds, true);
  view.setUint32(8, packet.length, true);
  view.setUint32(12, packet.length, true);
  record.set(packet, RECORD_HEADER_BYTES);
  return record;
}

function splitTime(timeMs: number): { seconds: number; nanoseconds: number } {
  if (Number.isNaN(timeMs)) return { seconds: 0, nanoseconds: 0 };
  const seconds = Math.floor(timeMs / 1_000);
  if (seconds < 0 || seconds > LAST_SECOND) {
    throw new RangeError(
      `cannot encode a pcap record: found the time ${timeMs} ms, wanted 0 to ${LAST_SECOND} s`,
    );
  }
  // A double holds a date to 244 ns, so the nearest nanosecond gives the same double back.
  const nanoseconds = Math.round((timeMs - seconds * 1_000) * 1_000_000);
  return { seconds, nanoseconds: Math.min(nanoseconds, NANOSECONDS - 1) };
}
