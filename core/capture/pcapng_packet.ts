import type { ByteStream } from "./byte_stream.ts";
import { type CapturedPacket, type SkippedEvent, skippedRecord } from "./capture_event.ts";
import { MAX_PACKET_BYTES } from "./capture_limits.ts";
import {
  BLOCK_TRAILER_BYTES,
  blockError,
  PCAPNG_BLOCK,
  type PcapngBlock,
  type PcapngSection,
} from "./pcapng_block.ts";
import { pcapngTimeMs } from "./pcapng_interface.ts";

/** Where the packet stands in an enhanced packet block, and in the obsolete packet block. */
const ENHANCED_PACKET_AT = 28;
/** Where it stands in a simple packet block, which has neither a time nor an interface. */
const SIMPLE_PACKET_AT = 12;

/**
 * Reads the packet block at the position, which must be buffered whole
 * (draft-ietf-opsawg-pcapng sections 4.3, 4.4 and A).
 */
export function readPcapngPacket(
  input: ByteStream,
  section: PcapngSection,
  block: PcapngBlock,
): CapturedPacket | SkippedEvent {
  return block.type === PCAPNG_BLOCK.simplePacket
    ? readSimplePacket(input, section, block)
    : readEnhancedPacket(input, section, block);
}

function readEnhancedPacket(
  input: ByteStream,
  { littleEndian, interfaces }: PcapngSection,
  block: PcapngBlock,
): CapturedPacket | SkippedEvent {
  const room = roomFor(block, ENHANCED_PACKET_AT);
  const captured = input.uint32(20, littleEndian);
  checkCaptured(block, captured, room);
  const id = block.type === PCAPNG_BLOCK.packet
    ? input.uint16(8, littleEndian)
    : input.uint32(8, littleEndian);
  const from = interfaces.at(id);
  if (from === undefined) return skippedRecord("unknown_interface", block.offset);
  const high = input.uint32(12, littleEndian);
  const low = input.uint32(16, littleEndian);
  const start = input.position + ENHANCED_PACKET_AT;
  return {
    kind: "packet",
    receivedAtMs: pcapngTimeMs(high, low, from),
    linkType: from.linkType,
    bytes: input.bytes,
    start,
    end: start + captured,
    originalLength: input.uint32(24, littleEndian),
    offset: block.offset,
  };
}

/** A simple packet belongs to interface 0 and states its captured length only by what bounds it. */
function readSimplePacket(
  input: ByteStream,
  { littleEndian, interfaces }: PcapngSection,
  block: PcapngBlock,
): CapturedPacket | SkippedEvent {
  const room = roomFor(block, SIMPLE_PACKET_AT);
  const from = interfaces.at(0);
  if (from === undefined) return skippedRecord("unknown_interface", block.offset);
  const originalLength = input.uint32(8, littleEndian);
  const kept = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
  const captured = Math.min(kept, room);
  checkCaptured(block, captured, room);
  const start = input.position + SIMPLE_PACKET_AT;
  return {
    kind: "packet",
    receivedAtMs: NaN,
    linkType: from.linkType,
    bytes: input.bytes,
    start,
    end: start + captured,
    originalLength,
    offset: block.offset,
  };
}

function roomFor(block: PcapngBlock, packetAt: number): number {
  const room = block.length - packetAt - BLOCK_TRAILER_BYTES;
  if (room >= 0) return room;
  const wanted = `at least ${packetAt + BLOCK_TRAILER_BYTES}`;
  const found = `a packet block of ${block.length} bytes`;
  throw blockError("malformed_block", { offset: block.offset + 4, found, wanted });
}

function checkCaptured(block: PcapngBlock, captured: number, room: number): void {
  if (captured <= MAX_PACKET_BYTES && captured <= room) return;
  const found = `a captured length of ${captured} bytes`;
  if (captured > MAX_PACKET_BYTES) {
    const wanted = `at most ${MAX_PACKET_BYTES}`;
    throw blockError("oversized_record", { offset: block.offset, found, wanted });
  }
  throw blockError("malformed_block", {
    offset: block.offset,
    found,
    wanted: `at most ${room}, the block's room`,
  });
}
