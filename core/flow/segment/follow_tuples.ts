/** The tuples of rows, and which rows have a word. */
export interface TupleRows {
  /** The tuple of each row. */
  readonly ids: Uint32Array;
  /** The first row of each tuple. */
  readonly firsts: Uint32Array;
  /** Takes the word of each tuple: as long as there are tuples. */
  readonly words: Uint32Array;
  /** Room for an octet a tuple. */
  readonly seen: Uint8Array;
  /** By pattern, 1 where its rows have a word and 0 where not; null where all have one. */
  readonly has: Uint8Array | null;
  /** The pattern of each row. */
  readonly patterns: Uint32Array;
}

/**
 * Finds the word of each tuple, where all of its rows that have one have the same. A tuple without any
 * has that of the tuple before.
 *
 * @param rows the word of each row
 * @param tuples of the rows
 * @returns how often a row's word is not the one before; null where rows of one tuple have different
 *   words
 */
export function followTuples(
  rows: Uint32Array,
  { ids, firsts, words, seen, has, patterns }: TupleRows,
): number | null {
  let runs = 0;
  let before = ~rows[0] >>> 0;
  if (has === null) {
    for (let tuple = 0; tuple < words.length; tuple++) words[tuple] = rows[firsts[tuple]];
    for (let row = 0; row < rows.length; row++) {
      const word = rows[row];
      if (word !== words[ids[row]]) return null;
      if (word !== before) runs++;
      before = word;
    }
    return runs;
  }
  seen.fill(0, 0, words.length);
  for (let row = 0; row < rows.length; row++) {
    const word = rows[row];
    if (word !== before) runs++;
    before = word;
    if (has[patterns[row]] === 0) continue;
    const tuple = ids[row];
    if (seen[tuple] === 0) {
      seen[tuple] = 1;
      words[tuple] = word;
    } else if (words[tuple] !== word) return null;
  }
  for (let tuple = 0; tuple < words.length; tuple++) {
    if (seen[tuple] === 0) words[tuple] = tuple === 0 ? 0 : words[tuple - 1];
  }
  return runs;
}
