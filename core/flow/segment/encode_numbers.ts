import { NUMBERS, SCALES, TWO_32 } from "./numbers.ts";
import type { PageWriter } from "./page_writer.ts";
import type { WordEncoder } from "./word_encoder.ts";

const TWO_31 = TWO_32 / 2;

/** Numbers that are all `(base + word × step) / scale`, exactly. */
interface Grid {
  readonly base: number;
  readonly step: number;
  readonly scale: number;
  /** The largest word. */
  readonly top: number;
}

/** What writing needs beside the numbers. */
export interface NumberTools {
  readonly words: WordEncoder;
  /** Two lists with a place for each number. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/**
 * Writes a list of doubles so that each comes back bit by bit.
 *
 * @param page to write to
 * @param values any doubles
 * @param tools encoder and room
 */
export function encodeNumbers(
  page: PageWriter,
  values: Float64Array,
  { words, low, high }: NumberTools,
): void {
  const count = values.length;
  const lows = low.subarray(0, count);
  const highs = high.subarray(0, count);
  const grid = findGrid(values);
  if (grid === null) {
    page.u8(NUMBERS.bits);
    const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
    for (let i = 0; i < count; i++) {
      lows[i] = halves[2 * i];
      highs[i] = halves[2 * i + 1];
    }
    words.write(page, lows);
    words.write(page, highs);
    return;
  }
  const { base, step, scale, top } = grid;
  const wide = top >= TWO_32;
  page.u8(wide ? NUMBERS.wide : NUMBERS.integers);
  page.f64(base);
  page.f64(step);
  page.u32(scale);
  if (scale === 1 && step === 1 && !wide) {
    for (let i = 0; i < count; i++) lows[i] = values[i] - base;
    words.write(page, lows);
    return;
  }
  for (let i = 0; i < count; i++) {
    const word = ((scale === 1 ? values[i] : Math.round(values[i] * scale)) - base) / step;
    lows[i] = word;
    if (wide) highs[i] = Math.floor(word / TWO_32);
  }
  words.write(page, lows);
  if (wide) words.write(page, highs);
}

function findGrid(values: Float64Array): Grid | null {
  for (const scale of SCALES) {
    const found = gridOf(values, scale);
    if (found !== null) return found;
  }
  return null;
}

/** The grid of one scale; null when some number is not on it. */
function gridOf(values: Float64Array, scale: number): Grid | null {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const whole = scale === 1 ? Math.floor(value) : Math.round(value * scale);
    // NaN, and 0 with a sign, are on no grid.
    if ((scale === 1 ? whole : whole / scale) !== value || (value === 0 && 1 / value < 0)) {
      return null;
    }
    if (whole < min) min = whole;
    if (whole > max) max = whole;
  }
  // Only below 2^53 are sums and differences of whole numbers exact.
  const fits = min >= -Number.MAX_SAFE_INTEGER && max <= Number.MAX_SAFE_INTEGER &&
    max - min <= Number.MAX_SAFE_INTEGER;
  if (!fits) return null;
  let step = 0;
  let before = min;
  for (let i = 0; i < values.length && step !== 1; i++) {
    const whole = scale === 1 ? values[i] : Math.round(values[i] * scale);
    if (whole === before) continue;
    before = whole;
    step = gcd(whole - min, step);
  }
  // All alike: any step will do.
  step = Math.max(step, 1);
  return { base: min, step, scale, top: (max - min) / step };
}

function gcd(a: number, b: number): number {
  while (b !== 0) {
    // Of small numbers the rest is one instruction, of others a call.
    const rest = a < TWO_31 && b < TWO_31 ? (a | 0) % (b | 0) : a % b;
    a = b;
    b = rest;
  }
  return a;
}
