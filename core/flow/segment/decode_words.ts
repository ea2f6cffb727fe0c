import type { PageReader } from "./page_reader.ts";
import { refusePlaces } from "./refuse_places.ts";
import { SegmentFault } from "./segment_fault.ts";
import { MAX_DEPTH, WORDS } from "./words.ts";

/**
 * Reads a list of words as `WordEncoder.write` wrote it.
 *
 * @param page stands where the list begins
 * @param out takes the words: as many as it has places
 * @throws {SegmentFault} when there is no such list
 */
export function decodeWords(page: PageReader, out: Uint32Array, depth = 1): void {
  // What is needed meanwhile is no part of what is kept.
  page.room.lend(() => decode(page, out, depth));
}

function decode(page: PageReader, out: Uint32Array, depth: number): void {
  const kind = page.u8();
  if (kind === WORDS.constant) {
    out.fill(page.u32());
  } else if (kind === WORDS.plain) {
    decodePlain(page, out);
  } else if (kind === WORDS.delta && out.length > 0) {
    decodeDelta(page, out);
  } else if (kind === WORDS.runs && depth < MAX_DEPTH) {
    decodeRuns(page, out, depth);
  } else if (kind === WORDS.dictionary && depth < MAX_DEPTH) {
    decodeDictionary(page, out, depth);
  } else {
    throw new SegmentFault(`there is no encoding ${kind} of ${out.length} words at depth ${depth}`);
  }
}

function decodePlain(page: PageReader, out: Uint32Array): void {
  const min = page.u32();
  const width = page.u8();
  const count = out.length;
  if (width < 1 || width > 4) throw new SegmentFault(`words have 1 to 4 octets, not ${width}`);
  const planes: Uint8Array[] = [];
  for (let plane = 0; plane < width; plane++) planes.push(page.block(count));
  const [a, b, c, d] = planes;
  if (width === 1) {
    for (let i = 0; i < count; i++) out[i] = min + a[i];
  } else if (width === 2) {
    for (let i = 0; i < count; i++) out[i] = min + (a[i] | b[i] << 8);
  } else if (width === 3) {
    for (let i = 0; i < count; i++) out[i] = min + (a[i] | b[i] << 8 | c[i] << 16);
  } else {
    for (let i = 0; i < count; i++) out[i] = min + (a[i] | b[i] << 8 | c[i] << 16 | d[i] << 24);
  }
}

function decodeDelta(page: PageReader, out: Uint32Array): void {
  let word = page.u32();
  decodePlain(page, out.subarray(1));
  out[0] = word;
  for (let i = 1; i < out.length; i++) {
    const delta = out[i];
    word = (word + ((delta >>> 1) ^ -(delta & 1))) >>> 0;
    out[i] = word;
  }
}

function decodeRuns(page: PageReader, out: Uint32Array, depth: number): void {
  const runs = page.u32();
  if (runs > out.length) throw new SegmentFault(`${runs} runs of ${out.length} words`);
  const words = page.room.take(Uint32Array, runs);
  const lengths = page.room.take(Uint32Array, runs);
  decodeWords(page, words, depth + 1);
  decodeWords(page, lengths, depth + 1);
  let at = 0;
  for (let run = 0; run < runs; run++) {
    const end = at + lengths[run];
    if (end > out.length) break;
    const word = words[run];
    // Most runs are short: a call takes longer than they do.
    while (at < end) out[at++] = word;
  }
  if (at !== out.length) throw new SegmentFault(`runs do not add up to ${out.length} words`);
}

function decodeDictionary(page: PageReader, out: Uint32Array, depth: number): void {
  const distinct = page.u32();
  if (distinct > out.length) throw new SegmentFault(`${distinct} words for ${out.length} places`);
  decodePlain(page, out);
  const words = page.room.take(Uint32Array, distinct);
  decodeWords(page, words, depth + 1);
  gather(out, words);
}

/**
 * Replaces places in a list by what stands there.
 *
 * @param places each below the length of `words`
 * @throws {SegmentFault} where one is not
 */
function gather(places: Uint32Array, words: Uint32Array): void {
  refusePlaces(places, words.length);
  for (let i = 0; i < places.length; i++) places[i] = words[places[i]];
}
