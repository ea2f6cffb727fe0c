/** What the tests and the benchmark of this folder build their files from. Nothing else imports it. */
import type {
  CapturedDatagram,
  CapturedPacket,
  CaptureEvent,
} from "../../core/capture/capture_event.ts";
import { LINK_TYPE } from "../../core/capture/link_layer.ts";
import { readCapture, type ReadCaptureOptions } from "../../core/capture/read_capture.ts";

/** Bytes written in hex; spaces are for the reader. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => {
    return parseInt(digits.slice(at * 2, at * 2 + 2), 16);
  });
}

/** The hex of some bytes. */
export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A datagram between two documentation addresses, with what a test wants otherwise. */
export function sampleDatagram(changes: Partial<CapturedDatagram> = {}): CapturedDatagram {
  return {
    receivedAtMs: 1_700_000_000_123.456,
    sourceAddress: hex("c0000201"),
    sourcePort: 50_000,
    destinationAddress: hex("c6336402"),
    destinationPort: 2_055,
    payload: hex("0009 0000"),
    ...changes,
  };
}

/** A captured packet, whole unless a test says otherwise. */
export function samplePacket(
  bytes: Uint8Array,
  changes: Partial<CapturedPacket> = {},
): CapturedPacket {
  return {
    kind: "packet",
    receivedAtMs: 1_700_000_000_000,
    linkType: LINK_TYPE.raw,
    bytes,
    start: 0,
    end: bytes.length,
    originalLength: bytes.length,
    offset: 0,
    ...changes,
  };
}

/** A big-endian pcap file of microseconds around some packets. */
export function samplePcap(
  linkType: number,
  packets: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint32(4, 0x0002_0004);
  view.setUint32(16, 65_535);
  view.setUint32(20, linkType);
  return joined(header, ...packets.map(sampleRecord));
}

function sampleRecord(packet: Uint8Array): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint32(0, 1_700_000_000);
  view.setUint32(4, 250_000);
  view.setUint32(8, packet.length);
  view.setUint32(12, packet.length);
  return joined(header, packet);
}

/** A pcapng block around a body, in the byte order asked for. */
export function sampleBlock(
  type: number,
  body: Uint8Array,
  littleEndian = true,
): Uint8Array<ArrayBuffer> {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, length, littleEndian);
  block.set(body, 8);
  view.setUint32(length - 4, length, littleEndian);
  return block;
}

/** Numbers as consecutive 32-bit words. */
export function words(values: readonly number[], littleEndian = true): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => view.setUint32(at * 4, value, littleEndian));
  return bytes;
}

/** A section header block. */
export function sampleSection(littleEndian = true): Uint8Array<ArrayBuffer> {
  const version = littleEndian ? 0x0000_0001 : 0x0001_0000;
  const body = words([0x1a2b3c4d, version, 0xffff_ffff, 0xffff_ffff], littleEndian);
  return sampleBlock(0x0a0d0d0a, body, littleEndian);
}

/** An interface description block with options as they stand in the file. */
export function sampleInterface(
  linkType: number,
  { options = new Uint8Array(0), snapLength = 0, littleEndian = true } = {},
): Uint8Array<ArrayBuffer> {
  const first = littleEndian ? linkType : linkType << 16;
  return sampleBlock(1, joined(words([first, snapLength], littleEndian), options), littleEndian);
}

/** An enhanced packet block. */
export function sampleEnhanced(
  packet: Uint8Array,
  { interfaceId = 0, ticks = 1_700_000_000_123_456n, littleEndian = true } = {},
): Uint8Array<ArrayBuffer> {
  const high = Number(ticks >> 32n);
  const low = Number(ticks & 0xffff_ffffn);
  const header = words([interfaceId, high, low, packet.length, packet.length], littleEndian);
  return sampleBlock(6, joined(header, packet), littleEndian);
}

/** A file cut into chunks of one size. */
export async function* inChunks(
  file: Uint8Array,
  size = Math.max(file.length, 1),
): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < file.length; at += size) {
    yield await Promise.resolve(file.subarray(at, at + size));
  }
}

/** All events of a file, with payloads copied so that they outlive the reading. */
export async function eventsOf(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadCaptureOptions = {},
): Promise<CaptureEvent[]> {
  const events: CaptureEvent[] = [];
  for await (const event of readCapture(chunks, options)) {
    if (event.kind === "skipped") events.push(event);
    else {
      const payload = event.datagram.payload.slice();
      events.push({ ...event, datagram: { ...event.datagram, payload } });
    }
  }
  return events;
}

/** What the tests compare: payloads as hex, skips as reason, count and offset. */
export async function outlineOf(
  file: Uint8Array,
  options: ReadCaptureOptions & { chunkSize?: number } = {},
): Promise<string[]> {
  const events = await eventsOf(inChunks(file, options.chunkSize), options);
  return events.map((event) => {
    return event.kind === "datagram"
      ? toHex(event.datagram.payload)
      : `${event.reason} x${event.records} @${event.offset}`;
  });
}

/** Numbers in [0, 1) that are the same for the same seed: Park and Miller's minimal standard. */
export function sampleRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = state * 48_271 % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
