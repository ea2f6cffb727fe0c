import type { ByteStream } from "./byte_stream.ts";
import { CaptureError, type CaptureErrorCode } from "./capture_error.ts";
import type { PcapngInterface } from "./pcapng_interface.ts";

/** The block types that are read; every other one is passed over. */
export const PCAPNG_BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** Obsolete, yet found in old files: an enhanced packet with a 16-bit interface and a drop count. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

/** Type and length before the body. */
export const BLOCK_HEADER_BYTES = 8;
/** The length again, after the body. */
export const BLOCK_TRAILER_BYTES = 4;
/** The smallest section header block up to its options, without the trailer. */
export const SECTION_HEADER_BYTES = 24;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION_MAJOR = 1;

/** The part of a file that one section header governs. */
export interface PcapngSection {
  readonly littleEndian: boolean;
  /** Grows as interface descriptions are read; packets name its indexes. */
  readonly interfaces: PcapngInterface[];
}

/** One block's header. */
export interface PcapngBlock {
  readonly type: number;
  /** Bytes of the whole block: header, body and trailer. */
  readonly length: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** Reads the section header block at the position: its byte order and version. */
export function readSectionHeader(input: ByteStream): PcapngSection {
  const littleEndian = input.uint32(8, false) !== BYTE_ORDER_MAGIC;
  if (littleEndian && input.uint32(8, true) !== BYTE_ORDER_MAGIC) {
    const magic = input.uint32(8, false).toString(16);
    const found = `the byte-order magic 0x${magic}`;
    const wanted = "0x1a2b3c4d in either order";
    throw blockError("malformed_block", { offset: input.offset + 8, found, wanted });
  }
  const major = input.uint16(12, littleEndian);
  if (major !== VERSION_MAJOR) {
    const found = `version ${major}`;
    const wanted = `version ${VERSION_MAJOR}`;
    throw blockError("unsupported_version", { offset: input.offset + 12, found, wanted });
  }
  return { littleEndian, interfaces: [] };
}

/** Reads the block header at the position. */
export function readBlockHeader(input: ByteStream, { littleEndian }: PcapngSection): PcapngBlock {
  const offset = input.offset;
  const type = input.uint32(0, littleEndian);
  const length = input.uint32(4, littleEndian);
  const isSection = type === PCAPNG_BLOCK.sectionHeader;
  const least = (isSection ? SECTION_HEADER_BYTES : BLOCK_HEADER_BYTES) + BLOCK_TRAILER_BYTES;
  if (length < least || length % 4 !== 0) {
    const wanted = `a multiple of 4 from ${least} on`;
    const found = `block length ${length}`;
    throw blockError("malformed_block", { offset: offset + 4, found, wanted });
  }
  return { type, length, offset };
}

/** Refuses a block whose two length fields differ: nothing else tells where the next block starts. */
export function checkTrailer(block: PcapngBlock, trailer: number): void {
  if (trailer === block.length) return;
  const offset = block.offset + block.length - BLOCK_TRAILER_BYTES;
  const wanted = `the block length ${block.length} again`;
  throw blockError("malformed_block", { offset, found: `${trailer}`, wanted });
}

/** A fault in the structure of the file; what stands before `offset` has been read. */
export function blockError(
  code: CaptureErrorCode,
  fault: { readonly offset: number; readonly found: string; readonly wanted: string },
): CaptureError {
  const attempted = "read a pcapng block";
  const remedy = "the file cannot be followed from here on; try: editcap -F pcap OLD NEW";
  return new CaptureError({ code, attempted, remedy, ...fault });
}
