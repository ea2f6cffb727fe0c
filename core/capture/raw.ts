import { buffered, type ByteStream } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import { type CaptureReader, type DatagramEvent, skippedRecord } from "./capture_event.ts";
import { MAX_DATAGRAM_BYTES } from "./capture_limits.ts";

const LENGTH_BYTES = 4;

/**
 * Reads repeated [u32 little-endian length][datagram]. A length above 65,535 bytes ends the file with
 * a {@linkcode CaptureError}, because nothing tells where the next datagram starts.
 */
export function* readFramed(input: ByteStream): CaptureReader {
  for (;;) {
    const offset = input.offset;
    if (input.available < LENGTH_BYTES && !(yield* buffered(input, LENGTH_BYTES))) {
      if (input.available > 0) yield skippedRecord("truncated_file", offset);
      return;
    }
    const length = input.uint32(0, true);
    if (length > MAX_DATAGRAM_BYTES) throw oversizedFrame(offset, length);
    const end = LENGTH_BYTES + length;
    if (input.available < end && !(yield* buffered(input, end))) {
      yield skippedRecord("truncated_file", offset);
      return;
    }
    input.advance(LENGTH_BYTES);
    const payload = input.peek(length);
    input.advance(length);
    yield rawDatagram(payload);
  }
}

/** Reads a file that is one single datagram. */
export function* readSingleDatagram(input: ByteStream): CaptureReader {
  yield* buffered(input, MAX_DATAGRAM_BYTES + 1);
  const length = input.available;
  if (length > MAX_DATAGRAM_BYTES) throw oversizedFile();
  const payload = input.peek(length);
  input.advance(length);
  yield rawDatagram(payload);
}

/** A datagram of which nothing is known but its payload. */
export function rawDatagram(payload: Uint8Array): DatagramEvent {
  return {
    kind: "datagram",
    datagram: {
      receivedAtMs: NaN,
      sourceAddress: new Uint8Array(0),
      sourcePort: 0,
      destinationAddress: new Uint8Array(0),
      destinationPort: 0,
      payload,
    },
    records: 1,
  };
}

function oversizedFrame(offset: number, length: number): CaptureError {
  return new CaptureError({
    code: "oversized_record",
    offset,
    attempted: "read a length-prefixed datagram",
    found: `a length of ${length} bytes`,
    wanted: `at most ${MAX_DATAGRAM_BYTES} bytes, as a little-endian u32`,
    remedy: "the file is damaged from here on, or is not of this format",
  });
}

function oversizedFile(): CaptureError {
  return new CaptureError({
    code: "oversized_record",
    offset: MAX_DATAGRAM_BYTES,
    attempted: "read the file as one single datagram",
    found: "more bytes",
    wanted: `at most ${MAX_DATAGRAM_BYTES} bytes in the whole file`,
    remedy: "put a little-endian u32 length before each datagram, or record them as pcap",
  });
}
