/** What makes another odd number of a secret one. */
const OTHER = 0x9e3779b1;

/**
 * Mixes a word into a hash. Each step is a multiplication with a secret odd number, a shift that brings
 * what it did to the upper bits down again, and another multiplication: keys come from the wire, and
 * whoever chooses them must not choose their slots. Without the second one words that differ in their
 * uppermost bits alone differ in a known way behind the shift, and the next word could undo that.
 *
 * @param hash so far; secret to begin with
 * @param word 32 bits
 * @param seed secret, odd
 */
export function stir(hash: number, word: number, seed: number): number {
  const mixed = Math.imul(hash ^ word, seed);
  return Math.imul(mixed ^ (mixed >>> 15), Math.imul(seed, OTHER));
}

/** The last step of a hash: 32 bits, all of them good for slots. */
export function settle(hash: number): number {
  const mixed = Math.imul(hash, 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** A number that nobody can know, odd. */
export function secretSeed(): number {
  return crypto.getRandomValues(new Int32Array(1))[0] | 1;
}

/** Secret seeds for the hash of so many words. */
export function hashSeeds(words: number): readonly number[] {
  return Array.from({ length: words + 1 }, secretSeed);
}

/**
 * JavaScript that makes a constant with the hash of some words, as `stir` and `settle` would; what no
 * word comes behind could undo is multiplied once.
 *
 * @param name of the constant
 * @param words JavaScript for each
 * @param options `seeds` where other code is to hash alike: one more than words
 */
export function hashCode(
  name: string,
  words: readonly string[],
  { seeds = hashSeeds(words.length) }: { seeds?: readonly number[] } = {},
): string[] {
  return [
    `let ${name} = ${seeds[0]};`,
    ...words.map((word, w) => {
      const stirred = `${name} = Math.imul(${name} ^ ${word}, ${seeds[w + 1]}); ` +
        `${name} ^= ${name} >>> 15;`;
      return w === words.length - 1
        ? stirred
        : `${stirred} ${name} = Math.imul(${name}, ${Math.imul(seeds[w + 1], OTHER)});`;
    }),
    `${name} = Math.imul(${name}, ${0x2c1b3c6d}); ${name} = (${name} ^ (${name} >>> 13)) >>> 0;`,
  ];
}
