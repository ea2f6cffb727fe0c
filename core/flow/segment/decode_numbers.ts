import { decodeWords } from "./decode_words.ts";
import { NUMBERS, TWO_32 } from "./numbers.ts";
import type { PageReader } from "./page_reader.ts";
import { SegmentFault } from "./segment_fault.ts";

/** Numbers that are `(base + word × step) / scale`, of a word each. */
export interface ScaledWords {
  readonly base: number;
  readonly step: number;
  readonly scale: number;
}

/**
 * Reads a list of doubles as `encodeNumbers` wrote it.
 *
 * @param page stands where the list begins
 * @param length of the list
 * @param words `low` and `high` of as many places, overwritten
 * @returns the numbers, or what makes them of the words that `low` holds then
 * @throws {SegmentFault} when there is no such list
 */
export function decodeNumbers(
  page: PageReader,
  length: number,
  { low, high }: { low: Uint32Array; high: Uint32Array },
): Float64Array | ScaledWords {
  const kind = page.u8();
  if (kind === NUMBERS.bits) {
    decodeWords(page, low);
    decodeWords(page, high);
    const out = page.room.take(Float64Array, length);
    const halves = new Uint32Array(out.buffer, out.byteOffset, 2 * length);
    for (let i = 0; i < length; i++) {
      halves[2 * i] = low[i];
      halves[2 * i + 1] = high[i];
    }
    return out;
  }
  if (kind !== NUMBERS.integers && kind !== NUMBERS.wide) {
    throw new SegmentFault(`there is no encoding ${kind} of numbers`);
  }
  const base = page.f64();
  const step = page.f64();
  const scale = page.u32();
  decodeWords(page, low);
  if (kind === NUMBERS.integers) return { base, step, scale };
  decodeWords(page, high);
  const out = page.room.take(Float64Array, length);
  for (let i = 0; i < length; i++) {
    out[i] = (base + (high[i] * TWO_32 + low[i]) * step) / scale;
  }
  return out;
}
