/** Longest word for which a near one is looked for: the search is quadratic in it. */
const MAX_LENGTH = 32;

/**
 * The word that someone most likely meant.
 *
 * @param found what was written, in lower case
 * @param words what would have fitted
 * @returns the nearest by edit distance, or null when none is near
 */
export function nearestWord(found: string, words: Iterable<string>): string | null {
  if (found.length === 0 || found.length > MAX_LENGTH) return null;
  const limit = found.length < 3 ? 1 : found.length < 7 ? 2 : 3;
  let best: string | null = null;
  let bestScore = Infinity;
  for (const word of words) {
    const distance = editDistance(found, word);
    // A word of two letters with both changed is another word.
    if (distance > limit || distance >= Math.max(2, word.length)) continue;
    const score = distance - commonPrefix(found, word) / 100;
    if (score < bestScore) {
      best = word;
      bestScore = score;
    }
  }
  return best;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that turn one word into another
 * (optimal string alignment).
 *
 * @param a a short word
 * @param b a short word
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
