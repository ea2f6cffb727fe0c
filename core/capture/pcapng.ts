import { buffered, type ByteStream, discard } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import { type CaptureReader, skippedRecord } from "./capture_event.ts";
import { MAX_BLOCK_BYTES, MAX_INTERFACES } from "./capture_limits.ts";
import {
  BLOCK_HEADER_BYTES,
  BLOCK_TRAILER_BYTES,
  blockError,
  checkTrailer,
  PCAPNG_BLOCK,
  type PcapngBlock,
  type PcapngSection,
  readBlockHeader,
  readSectionHeader,
  SECTION_HEADER_BYTES,
} from "./pcapng_block.ts";
import { readPcapngInterface } from "./pcapng_interface.ts";
import { readPcapngPacket } from "./pcapng_packet.ts";

const LEAST_BLOCK_BYTES = BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES;
const LEAST_INTERFACE_BYTES = LEAST_BLOCK_BYTES + 8;

/**
 * Reads a pcapng file (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their
 * own clocks, enhanced, simple and obsolete packet blocks. Every other block is metadata and is passed
 * over by its length, without being buffered. A block whose lengths contradict each other ends the file
 * with a {@linkcode CaptureError}.
 */
export function* readPcapng(input: ByteStream): CaptureReader {
  if (!(yield* buffered(input, SECTION_HEADER_BYTES))) throw truncatedHeader(input.available);
  let section = readSectionHeader(input);
  let offset: number;
  for (;;) {
    offset = input.offset;
    if (input.available < LEAST_BLOCK_BYTES && !(yield* buffered(input, LEAST_BLOCK_BYTES))) {
      if (input.available > 0) yield skippedRecord("truncated_file", offset);
      return;
    }
    // The section header's type reads the same in both byte orders, because the order is not known yet.
    if (input.uint32(0, false) === PCAPNG_BLOCK.sectionHeader) {
      if (!(yield* buffered(input, SECTION_HEADER_BYTES))) break;
      section = readSectionHeader(input);
    }
    const block = readBlockHeader(input, section);
    if (!isRead(block)) {
      if (!(yield* passOver(input, section, block))) break;
      continue;
    }
    if (input.available < block.length && !(yield* buffered(input, block.length))) break;
    const trailerAt = block.length - BLOCK_TRAILER_BYTES;
    checkTrailer(block, input.uint32(trailerAt, section.littleEndian));
    if (block.type === PCAPNG_BLOCK.interfaceDescription) addInterface(input, section, block);
    else yield readPcapngPacket(input, section, block);
    input.advance(block.length);
  }
  yield skippedRecord("truncated_file", offset);
}

/** Whether a block's body is of use; if so it must fit into the buffer. */
function isRead(block: PcapngBlock): boolean {
  switch (block.type) {
    case PCAPNG_BLOCK.interfaceDescription:
    case PCAPNG_BLOCK.enhancedPacket:
    case PCAPNG_BLOCK.simplePacket:
    case PCAPNG_BLOCK.packet:
      break;
    default:
      return false;
  }
  if (block.length <= MAX_BLOCK_BYTES) return true;
  const found = `a block of ${block.length} bytes`;
  throw blockError("oversized_record", {
    offset: block.offset + 4,
    found,
    wanted: `at most ${MAX_BLOCK_BYTES}`,
  });
}

function* passOver(
  input: ByteStream,
  section: PcapngSection,
  block: PcapngBlock,
): Generator<number, boolean, void> {
  if (!(yield* discard(input, block.length - BLOCK_TRAILER_BYTES))) return false;
  if (!(yield* buffered(input, BLOCK_TRAILER_BYTES))) return false;
  checkTrailer(block, input.uint32(0, section.littleEndian));
  input.advance(BLOCK_TRAILER_BYTES);
  return true;
}

function addInterface(input: ByteStream, section: PcapngSection, block: PcapngBlock): void {
  const { littleEndian, interfaces } = section;
  if (block.length < LEAST_INTERFACE_BYTES) {
    const found = `an interface description of ${block.length} bytes`;
    const wanted = `at least ${LEAST_INTERFACE_BYTES}`;
    throw blockError("malformed_block", { offset: block.offset + 4, found, wanted });
  }
  if (interfaces.length >= MAX_INTERFACES) {
    const found = `interface description ${MAX_INTERFACES + 1} of a section`;
    throw blockError("too_many_interfaces", {
      offset: block.offset,
      found,
      wanted: `at most ${MAX_INTERFACES}`,
    });
  }
  const body = input.peek(block.length).subarray(BLOCK_HEADER_BYTES, -BLOCK_TRAILER_BYTES);
  interfaces.push(readPcapngInterface(body, littleEndian));
}

function truncatedHeader(found: number): CaptureError {
  return new CaptureError({
    code: "truncated_header",
    offset: 0,
    attempted: "read the pcapng section header",
    found: `${found} bytes in the whole file`,
    wanted: `at least ${SECTION_HEADER_BYTES} bytes`,
    remedy: "record or copy the file again",
  });
}
