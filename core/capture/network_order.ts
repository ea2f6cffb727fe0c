/** The big-endian unsigned 16-bit number at `bytes[at]`; both bytes must be there. */
export function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

/** The big-endian unsigned 32-bit number at `bytes[at]`; all four bytes must be there. */
export function uint32(bytes: Uint8Array, at: number): number {
  return (uint16(bytes, at) << 16 | uint16(bytes, at + 2)) >>> 0;
}
