import { uint16 } from "./network_order.ts";

const HEADER_BYTES = 8;

/** A UDP header's ports and the place of its payload in `bytes`. */
export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly start: number;
  readonly end: number;
}

/** An IP payload: `bytes[start, end)`. */
export interface UdpCandidate {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the UDP header at the start of an IP payload (RFC 768). Undefined when its
 * length is below 8 or above the IP payload. The checksum is not verified: a sender's network card fills it in
 * later than a capture on that machine sees it.
 */
export function readUdp({ bytes, start, end }: UdpCandidate): UdpHeader | undefined {
  if (end - start < HEADER_BYTES) return undefined;
  const length = uint16(bytes, start + 4);
  if (length < HEADER_BYTES || length > end - start) return undefined;
  return {
    sourcePort: uint16(bytes, start),
    destinationPort: uint16(bytes, start + 2),
    start: start + HEADER_BYTES,
    end: start + length,
  };
}
