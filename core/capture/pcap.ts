import { buffered, type ByteStream } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import { type CaptureReader, skippedRecord } from "./capture_event.ts";
import { MAX_PACKET_BYTES } from "./capture_limits.ts";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const VERSION_MAJOR = 2;

interface PcapHeader {
  readonly littleEndian: boolean;
  /** Fractions of a second in one millisecond: 1,000 or 1,000,000. */
  readonly ticksPerMs: number;
  readonly linkType: number;
}

/**
 * Reads a classic pcap file (draft-ietf-opsawg-pcap) of either byte order with microseconds or
 * nanoseconds. Not read: the "modified" format of magic 0xa1b2cd34, which has other record headers.
 */
export function* readPcap(input: ByteStream): CaptureReader {
  if (!(yield* buffered(input, FILE_HEADER_BYTES))) throw truncatedHeader(input.available);
  const { littleEndian, ticksPerMs, linkType } = readHeader(input);
  for (;;) {
    const offset = input.offset;
    if (input.available < RECORD_HEADER_BYTES && !(yield* buffered(input, RECORD_HEADER_BYTES))) {
      if (input.available > 0) yield skippedRecord("truncated_file", offset);
      return;
    }
    const captured = input.uint32(8, littleEndian);
    if (captured > MAX_PACKET_BYTES) throw oversized(offset, captured);
    const length = RECORD_HEADER_BYTES + captured;
    if (input.available < length && !(yield* buffered(input, length))) {
      yield skippedRecord("truncated_file", offset);
      return;
    }
    const seconds = input.uint32(0, littleEndian);
    const receivedAtMs = seconds * 1_000 + input.uint32(4, littleEndian) / ticksPerMs;
    const originalLength = input.uint32(12, littleEndian);
    input.advance(length);
    const end = input.position;
    const bytes = input.bytes;
    const start = end - captured;
    yield { kind: "packet", receivedAtMs, linkType, bytes, start, end, originalLength, offset };
  }
}

function readHeader(input: ByteStream): PcapHeader {
  const bigEndianMagic = input.uint32(0, false);
  const littleEndian = bigEndianMagic !== MAGIC_MICROSECONDS &&
    bigEndianMagic !== MAGIC_NANOSECONDS;
  const major = input.uint16(4, littleEndian);
  if (major !== VERSION_MAJOR) {
    throw new CaptureError({
      code: "unsupported_version",
      offset: 4,
      attempted: "read the pcap file header",
      found: `version ${major}.${input.uint16(6, littleEndian)}`,
      wanted: `version ${VERSION_MAJOR}.4`,
      remedy: "convert the file with: editcap -F pcapng OLD NEW",
    });
  }
  const ticksPerMs = input.uint32(0, littleEndian) === MAGIC_NANOSECONDS ? 1_000_000 : 1_000;
  // The upper half of the field holds the frame check sequence's length, not the link type.
  const linkType = input.uint32(20, littleEndian) & 0xffff;
  input.advance(FILE_HEADER_BYTES);
  return { littleEndian, ticksPerMs, linkType };
}

function truncatedHeader(found: number): CaptureError {
  return new CaptureError({
    code: "truncated_header",
    offset: 0,
    attempted: "read the pcap file header",
    found: `${found} bytes in the whole file`,
    wanted: `${FILE_HEADER_BYTES} bytes`,
    remedy: "record or copy the file again",
  });
}

function oversized(offset: number, captured: number): CaptureError {
  return new CaptureError({
    code: "oversized_record",
    offset,
    attempted: "read a pcap packet record",
    found: `a captured length of ${captured} bytes`,
    wanted: `at most ${MAX_PACKET_BYTES} bytes`,
    remedy: "the file is damaged from here on; what stands before this offset was read",
  });
}
