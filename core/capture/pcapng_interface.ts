/** What a pcapng interface description block says that the packets of the interface need. */
export interface PcapngInterface {
  /** A LINKTYPE_ value. */
  readonly linkType: number;
  /** Bytes kept of each packet; 0 means no limit. */
  readonly snapLength: number;
  /** Clock units in a second, from if_tsresol; 1,000,000 when absent. */
  readonly ticksPerSecond: number;
  /** Milliseconds to add to every time, from if_tsoffset; 0 when absent. */
  readonly timeOffsetMs: number;
}

const FIXED_BYTES = 8;
const OPTION_HEADER_BYTES = 4;
const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;

/**
 * Reads the body of an interface description block (draft-ietf-opsawg-pcapng section 4.2). An option that
 * is cut off or of the wrong size is treated as absent, because the packets can be read without it.
 *
 * @param body The block between its two length fields, at least 8 bytes.
 */
export function readPcapngInterface(body: Uint8Array, littleEndian: boolean): PcapngInterface {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let ticksPerSecond = 1_000_000;
  let timeOffsetMs = 0;
  let at = FIXED_BYTES;
  while (at + OPTION_HEADER_BYTES <= body.length) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    at += OPTION_HEADER_BYTES;
    if (code === OPTION_END || at + length > body.length) break;
    if (code === OPTION_TIME_RESOLUTION && length === 1) {
      ticksPerSecond = ticksPerSecondOf(view.getUint8(at));
    } else if (code === OPTION_TIME_OFFSET && length === 8) {
      timeOffsetMs = Number(view.getBigInt64(at, littleEndian)) * 1_000;
    }
    at += Math.ceil(length / 4) * 4;
  }
  const linkType = view.getUint16(0, littleEndian);
  return { linkType, snapLength: view.getUint32(4, littleEndian), ticksPerSecond, timeOffsetMs };
}

/**
 * Turns a 64-bit time of two halves into Unix milliseconds, without BigInt and exact to what a double
 * holds of a date (about 0.24 µs) for every unit down to the nanosecond.
 */
export function pcapngTimeMs(high: number, low: number, clock: PcapngInterface): number {
  const ticksPerMs = clock.ticksPerSecond / 1_000;
  if (ticksPerMs < 1) return (high * 2 ** 32 + low) / ticksPerMs + clock.timeOffsetMs;
  // Long division in base 2^32: the remainder keeps the sum below 2^53 where the product would not.
  const wholeMs = Math.floor(high / ticksPerMs) * 2 ** 32;
  const restTicks = (high % ticksPerMs) * 2 ** 32 + low;
  return wholeMs + restTicks / ticksPerMs + clock.timeOffsetMs;
}

/** if_tsresol: the high bit chooses base 2 over base 10, the rest is the negated exponent. */
function ticksPerSecondOf(resolution: number): number {
  return (resolution & 0x80) !== 0 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
}
