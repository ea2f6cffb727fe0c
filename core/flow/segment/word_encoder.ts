import type { PageWriter } from "./page_writer.ts";
import { RowIndexer } from "./row_indexer.ts";
import { WORDS } from "./words.ts";

/** Words that stand for all others when encodings are compared, in stretches of SAMPLE_RUN. */
const SAMPLE = 2048;
const SAMPLE_RUN = 512;
/** More distinct words than this part of all, and a dictionary is not tried. */
const DICTIONARY_PART = 8;
/** What an encoding costs beside its octets: heads of blocks and tables of codes. */
const HEAD_OCTETS = 48;

/** How a list would be kept, and about how many octets that takes. */
export interface WordPlan {
  readonly kind: number;
  readonly octets: number;
  readonly min: number;
  readonly max: number;
  /** Distinct words, where they were counted. */
  readonly distinct: number | null;
}

/**
 * Writes lists of 32-bit words, each in the way that takes least. What a way would take is
 * estimated from the entropy of its octet planes over a sample, since zstd comes close to it.
 */
export class WordEncoder {
  readonly #indexer: RowIndexer;
  readonly #counts = new Uint32Array(256);
  readonly #sample = new Uint32Array(SAMPLE);
  readonly #sampleDeltas = new Uint32Array(SAMPLE);
  readonly #ids: Uint32Array;
  readonly #firsts: Uint32Array;
  readonly #work: Uint32Array;
  readonly #planes: Uint8Array;
  /** The plan of whose list `#ids` and `#firsts` are. */
  #numbered: WordPlan | null = null;

  /** @param options `maxWords` of a list; `indexer` that finds what is distinct */
  constructor({ maxWords, indexer }: { maxWords: number; indexer: RowIndexer }) {
    this.#indexer = indexer;
    this.#ids = new Uint32Array(maxWords);
    this.#firsts = new Uint32Array(maxWords);
    this.#work = new Uint32Array(maxWords);
    this.#planes = new Uint8Array(4 * maxWords);
  }

  /**
   * Works out how a list is best kept.
   *
   * @param values the words
   * @param measured what `measureWords` says of them
   */
  plan(values: Uint32Array, measured: WordMeasure = measureWords(values)): WordPlan {
    const { min, max, runs } = measured;
    this.#numbered = null;
    const count = values.length;
    if (min === max || count === 0) {
      return { kind: WORDS.constant, octets: 5, min, max, distinct: Math.min(count, 1) };
    }
    const sampled = this.#takeSample(values, min);
    const sample = this.#sample.subarray(0, sampled);
    const deltas = this.#sampleDeltas.subarray(0, sampled);
    const scale = count / sampled;
    let kind: number = WORDS.plain;
    const plain = this.#entropyOctets(sample, max - min);
    let octets = plain * scale + HEAD_OCTETS;
    const consider = (other: number, cost: number) => {
      if (cost < octets) [kind, octets] = [other, cost];
    };
    consider(WORDS.delta, this.#entropyOctets(deltas, largest(deltas)) * scale + HEAD_OCTETS);
    if (runs < count / 2) consider(WORDS.runs, runs * (plain / sampled + 1) + 2 * HEAD_OCTETS);
    let distinct: number | null = null;
    if (max - min > 255) {
      const few = this.#indexer.number(
        sample,
        { stride: 1, rows: sampled },
        { ids: this.#ids, firsts: this.#firsts },
        Math.floor(sampled / 2),
      );
      if (few > 0) {
        const ids = this.#entropyOctets(this.#ids.subarray(0, sampled), few - 1);
        // Words that the sample lacks make the dictionary longer than it looks.
        const more = few < sampled / 16 ? 1 : scale;
        consider(WORDS.dictionary, ids * scale + few * more * 3 + 2 * HEAD_OCTETS);
      }
      if (kind === WORDS.dictionary) {
        const most = Math.max(256, Math.floor(count / DICTIONARY_PART));
        const all = this.#number(values, most);
        if (all < 0) [kind, octets] = [WORDS.plain, plain * scale + HEAD_OCTETS];
        else distinct = all;
      }
    }
    const plan = { kind, octets, min, max, distinct };
    if (kind === WORDS.dictionary) this.#numbered = plan;
    return plan;
  }

  /**
   * Writes a list.
   *
   * @param page to write to
   * @param values the words
   * @param plan how, of these very words
   */
  write(page: PageWriter, values: Uint32Array, plan: WordPlan = this.plan(values)): void {
    page.u8(plan.kind);
    switch (plan.kind) {
      case WORDS.constant:
        page.u32(plan.min);
        break;
      case WORDS.plain:
        this.#writePlain(page, values, plan);
        break;
      case WORDS.delta:
        this.#writeDelta(page, values);
        break;
      case WORDS.runs:
        this.#writeRuns(page, values);
        break;
      default:
        this.#writeDictionary(page, values, plan);
    }
  }

  #number(values: Uint32Array, most: number): number {
    const into = { ids: this.#ids, firsts: this.#firsts };
    return this.#indexer.number(values, { stride: 1, rows: values.length }, into, most);
  }

  /** Words less the least, and their differences as they would be written. */
  #takeSample(values: Uint32Array, min: number): number {
    const count = values.length;
    const stretches = count <= SAMPLE ? 1 : SAMPLE / SAMPLE_RUN;
    const length = count <= SAMPLE ? count : SAMPLE_RUN;
    for (let stretch = 0, to = 0; stretch < stretches; stretch++) {
      const from = stretches === 1 ? 0 : Math.floor((count - length) * stretch / (stretches - 1));
      for (let i = from; i < from + length; i++, to++) {
        this.#sample[to] = values[i] - min;
        this.#sampleDeltas[to] = zigzag(values[i] - (i === 0 ? 0 : values[i - 1]));
      }
    }
    // The first difference is the first word itself: one stray word of many.
    if (length > 1) this.#sampleDeltas[0] = this.#sampleDeltas[1];
    return stretches * length;
  }

  /** Octets that the planes of words up to `max` take by their entropy. */
  #entropyOctets(words: Uint32Array, max: number): number {
    const counts = this.#counts;
    let bits = 0;
    for (let plane = 0; plane < widthOf(max); plane++) {
      counts.fill(0);
      for (let i = 0; i < words.length; i++) counts[(words[i] >>> (8 * plane)) & 255]++;
      for (let octet = 0; octet < 256; octet++) {
        const seen = counts[octet];
        if (seen > 0) bits += seen * Math.log2(words.length / seen);
      }
    }
    return bits / 8;
  }

  #writePlain(
    page: PageWriter,
    values: Uint32Array,
    { min, max }: { min: number; max: number },
  ): void {
    const count = values.length;
    const width = widthOf(max - min);
    page.u32(min);
    page.u8(width);
    const planes = this.#planes;
    if (width === 1) { for (let i = 0; i < count; i++) planes[i] = values[i] - min; }
    else {
      for (let i = 0; i < count; i++) {
        const word = values[i] - min;
        planes[i] = word;
        planes[count + i] = word >>> 8;
        if (width === 2) continue;
        planes[2 * count + i] = word >>> 16;
        if (width === 4) planes[3 * count + i] = word >>> 24;
      }
    }
    for (let plane = 0; plane < width; plane++) {
      page.block(planes.subarray(plane * count, (plane + 1) * count));
    }
  }

  #writeDelta(page: PageWriter, values: Uint32Array): void {
    const deltas = this.#work.subarray(0, values.length - 1);
    let before = values[0];
    page.u32(before);
    let max = 0;
    for (let i = 1; i < values.length; i++) {
      const delta = zigzag(values[i] - before);
      before = values[i];
      deltas[i - 1] = delta;
      if (delta > max) max = delta;
    }
    this.#writePlain(page, deltas, { min: 0, max });
  }

  #writeRuns(page: PageWriter, values: Uint32Array): void {
    const { runs } = measureWords(values);
    const words = new Uint32Array(runs);
    const lengths = new Uint32Array(runs);
    let run = -1;
    for (let i = 0; i < values.length; i++) {
      if (i === 0 || values[i] !== values[i - 1]) words[++run] = values[i];
      lengths[run]++;
    }
    page.u32(runs);
    this.#writeFlat(page, words);
    this.#writeFlat(page, lengths);
  }

  #writeDictionary(page: PageWriter, values: Uint32Array, plan: WordPlan): void {
    const distinct = plan.distinct!;
    // Other lists may have been planned since: then what this one numbered is numbered again.
    if (plan !== this.#numbered) this.#number(values, distinct);
    const words = new Uint32Array(distinct);
    for (let id = 0; id < distinct; id++) words[id] = values[this.#firsts[id]];
    page.u32(distinct);
    this.#writePlain(page, this.#ids.subarray(0, values.length), { min: 0, max: distinct - 1 });
    this.#writeFlat(page, words);
  }

  /** A list within a list: constant, plain or delta. */
  #writeFlat(page: PageWriter, values: Uint32Array): void {
    const { min, max } = measureWords(values);
    const constant = min === max;
    let kind: number = constant ? WORDS.constant : WORDS.plain;
    if (!constant && values.length > 2) {
      const plan = this.plan(values);
      if (plan.kind === WORDS.delta) kind = WORDS.delta;
    }
    this.write(page, values, { kind, octets: 0, min, max, distinct: null });
  }
}

/** What a look at all words of a list says. */
export interface WordMeasure {
  readonly min: number;
  readonly max: number;
  /** How often a word is not the one before, the first included. */
  readonly runs: number;
}

/** Looks at all words of a list. */
export function measureWords(values: Uint32Array): WordMeasure {
  if (values.length === 0) return { min: 0, max: 0, runs: 0 };
  let before = values[0];
  let min = before;
  let max = before;
  let runs = 1;
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    if (value !== before) runs++;
    if (value < min) min = value;
    else if (value > max) max = value;
    before = value;
  }
  return { min, max, runs };
}

function largest(words: Uint32Array): number {
  let max = 0;
  for (let i = 0; i < words.length; i++) if (words[i] > max) max = words[i];
  return max;
}

/** A difference modulo 2^32 as a word that is small where the difference is small. */
function zigzag(difference: number): number {
  const signed = difference | 0;
  return ((signed << 1) ^ (signed >> 31)) >>> 0;
}

function widthOf(max: number): number {
  return max < 0x100 ? 1 : max < 0x10000 ? 2 : max < 0x1000000 ? 3 : 4;
}
