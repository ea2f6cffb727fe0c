import { decodeWords } from "./decode_words.ts";
import { NUMBERS, TWO_32 } from "./numbers.ts";
import type { PageReader } from "./page_reader.ts";
import { SegmentFault } from "./segment_fault.ts";

/**
 * Reads a list of doubles as `encodeNumbers` wrote it.
 *
 * @param page stands where the list begins
 * @param out takes the numbers: as many as it has places
 * @param room `low` and `high` of as many places, overwritten
 * @throws {SegmentFault} when there is no such list
 */
export function decodeNumbers(
  page: PageReader,
  out: Float64Array,
  { low, high }: { low: Uint32Array; high: Uint32Array },
): void {
  const count = out.length;
  const lows = low.subarray(0, count);
  const highs = high.subarray(0, count);
  const kind = page.u8();
  if (kind === NUMBERS.bits) {
    decodeWords(page, lows);
    decodeWords(page, highs);
    const halves = new Uint32Array(out.buffer, out.byteOffset, 2 * count);
    for (let i = 0; i < count; i++) {
      halves[2 * i] = lows[i];
      halves[2 * i + 1] = highs[i];
    }
    return;
  }
  if (kind !== NUMBERS.integers && kind !== NUMBERS.wide) {
    throw new SegmentFault(`there is no encoding ${kind} of numbers`);
  }
  const base = page.f64();
  const step = page.f64();
  const scale = page.u32();
  decodeWords(page, lows);
  if (kind === NUMBERS.wide) {
    decodeWords(page, highs);
    for (let i = 0; i < count; i++) {
      out[i] = (base + (highs[i] * TWO_32 + lows[i]) * step) / scale;
    }
  } else if (step === 1 && scale === 1) {
    for (let i = 0; i < count; i++) out[i] = base + lows[i];
  } else {
    for (let i = 0; i < count; i++) out[i] = (base + lows[i] * step) / scale;
  }
}
