import { IPV4_PREFIX_WORD } from "../../flow/address.ts";
import type { FieldNameOf } from "../../flow/schema.ts";
import { NO_ROOM, UPPER_BITS } from "./upper_words.ts";

/** A piece of a key, and the JavaScript that gives it; evaluated only where the term is known. */
export type Lane =
  /** A number of some bits: an expression. */
  | { readonly bits: 8 | 16 | 32; readonly js: string }
  /** An address: an expression for each of its words. */
  | { readonly bits: 128; readonly js: readonly [string, string, string, string] };

/**
 * The lane of a column of addresses.
 *
 * @param field the column
 * @param each what becomes of the expression of a word, by its number
 */
export function addressLane(
  field: FieldNameOf<"address">,
  each: (word: string, number: number) => string = (word) => word,
): Lane {
  const word = (w: number) => each(`${field}[slot << 2 | ${w}]`, w);
  return { bits: 128, js: [word(0), word(1), word(2), word(3)] };
}

/** What of a key one term takes. */
export interface KeyTerm {
  /** JavaScript statements before the lanes are read; names begin with the given prefix. */
  readonly prelude?: (prefix: string) => string;
  /** JavaScript for whether the row has the term; absent where every row has it. */
  readonly known?: string;
  readonly lanes: (prefix: string) => readonly Lane[];
}

/** Where a number lies. */
export interface Place {
  readonly word: number;
  readonly shift: number;
  readonly bits: 8 | 16 | 24 | 32;
  /** It stands for the first three words of an address; its last word follows. */
  readonly upper?: true;
}

/**
 * Where the parts of a key lie. Small parts share words; the lowest bits of the first word say which
 * terms are known, so that an unknown port is no port 0. An address takes a word for its last
 * one, and a number for the others, which is 0 for every IPv4 address. Keys are what a query waits for:
 * the fewer cache lines they fill the better.
 */
export class KeyLayout {
  /** 32-bit words of a key; 0 where there is nothing to group by. */
  readonly words: number;
  /** Statements that make the constants `k0`, `k1`, …, to go into generated code. */
  readonly statements: readonly string[];
  /** JavaScript for whether some part of the key found no room, so that it is no key. */
  readonly lost: string;
  /** Names of the constants that hold all words of the addresses. */
  readonly addressWords: readonly string[];
  readonly #places: readonly (readonly Place[])[];

  /** @param terms at most 16 */
  constructor(terms: readonly KeyTerm[]) {
    const room: number[] = terms.length === 0 ? [] : [32 - terms.length];
    const parts: string[][] = room.map(() => []);
    const statements: string[] = [];
    const lost: string[] = [];
    const addressWords: string[] = [];
    const places: Place[][] = [];
    const place = (js: string, bits: Place["bits"]): Place => {
      let word = room.findIndex((left) => left >= bits);
      if (word < 0) {
        word = room.push(32) - 1;
        parts.push([]);
      }
      const shift = 32 - room[word];
      room[word] -= bits;
      parts[word].push(shift > 0 ? `(${js}) << ${shift}` : `(${js})`);
      return { word, shift, bits };
    };
    terms.forEach((term, i) => {
      const prefix = `t${i}`;
      if (term.prelude !== undefined) statements.push(term.prelude(prefix));
      const known = `${prefix}known`;
      statements.push(`const ${known} = ${term.known ?? "true"};`);
      parts[0].push(`(${known} ? ${1 << i} : 0)`);
      places.push(
        term.lanes(prefix).flatMap(({ bits, js }, lane): Place[] => {
          if (bits !== 128) return [place(`${known} ? (${js}) : 0`, bits)];
          const name = `${prefix}a${lane}`;
          statements.push(...addressStatements(name, { known, js }));
          addressWords.push(...js.map((_, w) => `${name}w${w}`));
          const upper = place(`${name}upper`, UPPER_BITS);
          lost.push(`(k${upper.word} >>> ${upper.shift} & ${NO_ROOM}) === ${NO_ROOM}`);
          return [{ ...upper, upper: true }, place(`${name}w3`, 32)];
        }),
      );
    });
    this.words = room.length;
    this.#places = places;
    this.addressWords = addressWords;
    this.statements = [
      ...statements,
      ...parts.map((list, w) => `const k${w} = (${list.join(" | ")}) >>> 0;`),
    ];
    this.lost = lost.join(" || ") || "false";
  }

  /** Where the parts of a term lie, in the order of its lanes. */
  places(term: number): readonly Place[] {
    return this.#places[term];
  }

  /**
   * Which bits of a key are left when terms are taken out of it.
   *
   * @param without numbers of those terms
   * @returns one mask a word
   */
  mask(without: readonly number[]): Uint32Array {
    const mask = new Uint32Array(this.words);
    this.#places.forEach((places, term) => {
      if (without.includes(term)) return;
      mask[0] |= 1 << term;
      for (const { word, shift, bits } of places) {
        mask[word] |= bits === 32 ? -1 : ((1 << bits) - 1) << shift;
      }
    });
    return mask;
  }
}

function addressStatements(
  name: string,
  { known, js }: { known: string; js: readonly string[] },
): string[] {
  const words = js.map((word, w) => `${name}w${w} = ${known} ? (${word}) : 0`);
  return [
    `const ${words.join(", ")};`,
    `const ${name}upper = ` +
    `(${name}w0 | ${name}w1 | (${name}w2 ^ ${IPV4_PREFIX_WORD})) === 0 || !${known} ` +
    `? 0 : (asked[0] = ${name}w0, asked[1] = ${name}w1, asked[2] = ${name}w2, uppers.number());`,
  ];
}
