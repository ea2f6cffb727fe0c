/** Why a capture file cannot be read on. */
export type CaptureErrorCode =
  | "empty_file"
  | "unknown_format"
  | "truncated_header"
  | "unsupported_version"
  | "malformed_block"
  | "oversized_record"
  | "too_many_interfaces"
  | "not_line_separated"
  | "corrupt_gzip";

/** What a {@linkcode CaptureError} is made of. */
export interface CaptureErrorDetails {
  /** What kind of fault it is. */
  readonly code: CaptureErrorCode;
  /** Where it was found: bytes from the start of the file, after decompression. */
  readonly offset: number;
  /** What was being read, as in "read the pcap file header". */
  readonly attempted: string;
  /** What stood there. */
  readonly found: string;
  /** What should have stood there. */
  readonly wanted: string;
  /** What the user can do about it. */
  readonly remedy: string;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

/**
 * The file, not one packet in it, cannot be read on from `offset`. Everything before that offset has
 * been handed over already. A fault in a single packet is never an error: it is a skipped event.
 */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly code: CaptureErrorCode;
  readonly offset: number;
  readonly found: string;
  readonly wanted: string;
  readonly remedy: string;

  constructor(details: CaptureErrorDetails) {
    const { code, offset, attempted, found, wanted, remedy, cause } = details;
    super(
      `cannot ${attempted} at byte ${offset}: found ${found}, wanted ${wanted}; ${remedy}`,
      { cause },
    );
    this.code = code;
    this.offset = offset;
    this.found = found;
    this.wanted = wanted;
    this.remedy = remedy;
  }
}
