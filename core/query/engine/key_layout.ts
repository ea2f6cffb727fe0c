/** A piece of a key: a number of some bits, and the JavaScript that gives it. */
export interface Lane {
  readonly bits: 8 | 16 | 32;
  /** An expression; evaluated only where the term is known. */
  readonly js: string;
}

/** What of a key one term takes. */
export interface KeyTerm {
  /** JavaScript statements before the lanes are read; names begin with the given prefix. */
  readonly prelude?: (prefix: string) => string;
  /** JavaScript for whether the row has the term; absent where every row has it. */
  readonly known?: string;
  readonly lanes: (prefix: string) => readonly Lane[];
}

interface Place {
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
}

/**
 * Where the parts of a key lie. Small parts share words; the lowest bits of the first word say which
 * terms are known, so that an unknown port is no port 0.
 */
export class KeyLayout {
  /** 32-bit words of a key; 0 where there is nothing to group by. */
  readonly words: number;
  /** Statements that make the constants `k0`, `k1`, …, to go into generated code. */
  readonly statements: readonly string[];
  readonly #places: readonly (readonly Place[])[];

  /** @param terms at most 16 */
  constructor(terms: readonly KeyTerm[]) {
    const room: number[] = terms.length === 0 ? [] : [32 - terms.length];
    const parts: string[][] = room.map(() => []);
    const statements: string[] = [];
    const places: Place[][] = [];
    terms.forEach((term, i) => {
      const prefix = `t${i}`;
      if (term.prelude !== undefined) statements.push(term.prelude(prefix));
      const known = `${prefix}known`;
      statements.push(`const ${known} = ${term.known ?? "true"};`);
      parts[0].push(`(${known} ? ${1 << i} : 0)`);
      places.push(
        term.lanes(prefix).map(({ bits, js }) => {
          let word = bits === 32 ? -1 : room.findIndex((left) => left >= bits);
          if (word < 0) {
            word = room.push(32) - 1;
            parts.push([]);
          }
          const shift = 32 - room[word];
          room[word] -= bits;
          parts[word].push(`(${known} ? (${js})${shift > 0 ? ` << ${shift}` : ""} : 0)`);
          return { word, shift, bits };
        }),
      );
    });
    this.words = room.length;
    this.#places = places;
    this.statements = [
      ...statements,
      ...parts.map((list, w) => `const k${w} = (${list.join(" | ")}) >>> 0;`),
    ];
  }

  /**
   * Reads one term's lanes out of a key.
   *
   * @param words that hold the key from `at` on
   * @param term its number
   * @returns null where the row did not have it
   */
  read(words: Uint32Array, at: number, term: number): number[] | null {
    if ((words[at] & (1 << term)) === 0) return null;
    return this.#places[term].map(({ word, shift, bits }) => {
      const value = words[at + word] >>> shift;
      return bits === 32 ? value : value & ((1 << bits) - 1);
    });
  }
}
