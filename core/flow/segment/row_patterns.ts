import type { PageWriter } from "./page_writer.ts";
import type { RowIndexer } from "./row_indexer.ts";
import { SEGMENT_ROWS } from "./segment_directory.ts";
import type { WordEncoder } from "./word_encoder.ts";

/** Which of its fields a row has: many rows have the same, so that few patterns say it of all. */
export class RowPatterns {
  readonly #ids = new Uint32Array(SEGMENT_ROWS);
  readonly #firsts = new Uint32Array(SEGMENT_ROWS);
  readonly #words = new Uint32Array(SEGMENT_ROWS);
  readonly #tools: { stride: number; indexer: RowIndexer; words: WordEncoder };
  #presence: Uint32Array = new Uint32Array(0);
  #rows = 0;
  #count = 0;

  /** @param tools `stride`, words of presence map a row; `indexer` and `words` of the segment */
  constructor(tools: { stride: number; indexer: RowIndexer; words: WordEncoder }) {
    this.#tools = tools;
  }

  /** The pattern of each row. */
  get ids(): Uint32Array {
    return this.#ids;
  }

  /**
   * Finds the patterns of rows.
   *
   * @param presence their maps: stays as it is while the patterns are asked for
   * @param rows how many
   */
  find(presence: Uint32Array, rows: number): void {
    const { stride, indexer } = this.#tools;
    this.#presence = presence;
    this.#rows = rows;
    const into = { ids: this.#ids, firsts: this.#firsts };
    this.#count = indexer.number(presence, { stride, rows }, into);
  }

  /** Writes the patterns and which each row has. */
  write(page: PageWriter): void {
    const { stride, words: encoder } = this.#tools;
    const words = this.#words.subarray(0, this.#count);
    page.u32(this.#count);
    for (let word = 0; word < stride; word++) {
      for (let id = 0; id < words.length; id++) {
        words[id] = this.#presence[this.#firsts[id] * stride + word];
      }
      encoder.write(page, words);
    }
    encoder.write(page, this.#ids.subarray(0, this.#rows));
  }

  /**
   * Rows that have each field.
   *
   * @param fields how many there are
   */
  counts(fields: number): Uint32Array {
    const rows = new Uint32Array(this.#count);
    for (let row = 0; row < this.#rows; row++) rows[this.#ids[row]]++;
    const counts = new Uint32Array(fields);
    for (let id = 0; id < rows.length; id++) {
      for (let bit = 0; bit < fields; bit++) if (this.#has(id, bit)) counts[bit] += rows[id];
    }
    return counts;
  }

  /** By pattern, 1 where it has a field and 0 where not; null where all have it. */
  having(bit: number): Uint8Array | null {
    const has = new Uint8Array(this.#count);
    let all = true;
    for (let id = 0; id < has.length; id++) {
      has[id] = this.#has(id, bit) ? 1 : 0;
      all &&= has[id] === 1;
    }
    return all ? null : has;
  }

  /**
   * Gives rows without a field the value of the row before that has it, so that nothing is written
   * for them; those ahead of the first get its value.
   *
   * @param values of the field, `stride` elements a row; some row has one
   * @param bit of the field
   */
  fillAbsent(values: Uint32Array | Float64Array, bit: number, stride = 1): void {
    const has = this.having(bit);
    if (has === null) return;
    const ids = this.#ids;
    let last = 0;
    while (has[ids[last]] === 0) last++;
    for (let row = 0; row < this.#rows; row++) {
      if (has[ids[row]] === 1) last = row;
      else if (stride === 1) values[row] = values[last];
      else values.copyWithin(row * stride, last * stride, (last + 1) * stride);
    }
  }

  #has(id: number, bit: number): boolean {
    const word = this.#presence[this.#firsts[id] * this.#tools.stride + (bit >> 5)];
    return ((word >>> (bit & 31)) & 1) === 1;
  }
}
