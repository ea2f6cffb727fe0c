import { ByteStream } from "./byte_stream.ts";
import { CaptureError } from "./capture_error.ts";
import type { CaptureEvent, CaptureReader } from "./capture_event.ts";
import { type CaptureFormat, detectFormat, DETECTION_BYTES } from "./detect_format.ts";
import { FrameDecoder } from "./frame.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { readJsonText } from "./json_text.ts";
import { readPcap } from "./pcap.ts";
import { readPcapng } from "./pcapng.ts";
import { readFramed, readSingleDatagram } from "./raw.ts";

/** How {@linkcode readCapture} reads. */
export interface ReadCaptureOptions {
  /** The format, when the content cannot tell it: a first datagram of no known version, say. */
  readonly format?: CaptureFormat;
}

const READERS: Readonly<Record<CaptureFormat, (input: ByteStream) => CaptureReader>> = {
  pcap: readPcap,
  pcapng: readPcapng,
  framed: readFramed,
  datagram: readSingleDatagram,
  json_text: readJsonText,
};

const GZIP_HEAD_BYTES = 3;

/**
 * Reads the UDP datagrams of a capture file, whatever its format (see {@linkcode detectFormat}), plain or
 * gzip'ed, without ever holding the whole file. What yields no datagram comes as a skipped event with its
 * reason; the `records` of all events add up to the records of the file.
 *
 * @param chunks The file, such as `Deno.FsFile.readable`. It is closed when the reading ends.
 * @returns The events in file order. A payload is valid only until the next event is requested.
 * @throws {CaptureError} When the file is of no known format or cannot be followed any further.
 * @example
 * ```ts
 * import { encodePcap } from "./write_pcap.ts";
 *
 * const file = new Blob([encodePcap([])]);
 * for await (const event of readCapture(file.stream())) {
 *   if (event.kind === "datagram") console.log(event.datagram.payload.length);
 * }
 * ```
 */
export async function* readCapture(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadCaptureOptions = {},
): AsyncGenerator<CaptureEvent, void, void> {
  const input = await open(chunks);
  try {
    await input.fill(DETECTION_BYTES);
    const format = options.format ?? formatOf(input);
    const frames = new FrameDecoder();
    let cutReported = false;
    for (const step of READERS[format](input)) {
      if (typeof step === "number") {
        await input.fill(step);
        continue;
      }
      const event = step.kind === "packet" ? frames.decode(step) : step;
      if (event === undefined) continue;
      if (event.kind === "skipped") cutReported ||= event.reason === "truncated_file";
      yield event;
    }
    yield* frames.flush();
    if (input.isTruncated && !cutReported) {
      yield { kind: "skipped", reason: "truncated_file", records: 0, offset: input.offset };
    }
  } finally {
    await input.close();
  }
}

async function open(chunks: AsyncIterable<Uint8Array>): Promise<ByteStream> {
  const file = new ByteStream(chunks);
  await file.fill(GZIP_HEAD_BYTES);
  if (!isGzip(file.peek(GZIP_HEAD_BYTES))) return file;
  return new ByteStream(gunzip(file.remaining()));
}

function formatOf(input: ByteStream): CaptureFormat {
  const head = input.peek(DETECTION_BYTES);
  const format = detectFormat(head);
  if (format !== undefined) return format;
  const attempted = "recognise the file's format";
  const wanted =
    "pcap, pcapng, length-prefixed datagrams, one NetFlow, IPFIX or sFlow datagram, or JSON";
  if (head.length === 0) {
    const remedy = "check that the capture was written to the end";
    const found = "no bytes at all";
    throw new CaptureError({ code: "empty_file", offset: 0, attempted, found, wanted, remedy });
  }
  const found = `a file that starts with ${[...head.subarray(0, 8)].map(hexByte).join(" ")}`;
  const remedy = "convert it with editcap -F pcapng, decompress it, or name its format";
  throw new CaptureError({ code: "unknown_format", offset: 0, attempted, found, wanted, remedy });
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
