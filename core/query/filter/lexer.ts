import { FilterError } from "./filter_error.ts";

/** A piece of a filter. */
export interface Token {
  /** `word`: name, number, address or range; `mark`: punctuation; `text`: in quotes. */
  readonly kind: "word" | "mark" | "text" | "end";
  /** A word in lower case; a mark; a text without quotes and escapes. */
  readonly value: string;
  /** UTF-16 units before it. */
  readonly start: number;
  /** UTF-16 units before what follows it. */
  readonly end: number;
}

const BLANK = /^\s+/;
// One class for all words: which reading is meant (name, number, range, address) is known only to
// the place in the grammar.
const WORD = /^[\w.:/%-]+/;
const MARK = /^(?:&&|\|\||==|!=|<=|>=|[()[\],=<>!])/;
const TEXT = /^(?:"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*')/;

/** Marks with a word, or another mark, of the same meaning. */
const SAME = new Map<string, Pick<Token, "kind" | "value">>([
  ["&&", { kind: "word", value: "and" }],
  ["||", { kind: "word", value: "or" }],
  ["!", { kind: "word", value: "not" }],
  ["==", { kind: "mark", value: "=" }],
]);

/**
 * Cuts a filter into tokens.
 *
 * @param text a filter, of a length that the caller has checked
 * @returns the tokens in order; the last is the only one of kind `end`
 * @throws FilterError at a character that no token starts with
 */
export function lexFilter(text: string): Token[] {
  const tokens: Token[] = [];
  let start = match(BLANK, text, 0);
  while (start < text.length) {
    const token = readToken(text, start);
    tokens.push(token);
    start = match(BLANK, text, token.end);
  }
  tokens.push({ kind: "end", value: "", start, end: start });
  return tokens;
}

function readToken(text: string, start: number): Token {
  let end = match(WORD, text, start);
  if (end > start) return { kind: "word", value: text.slice(start, end).toLowerCase(), start, end };
  end = match(MARK, text, start);
  if (end > start) {
    const mark = text.slice(start, end);
    return { kind: "mark", value: mark, ...SAME.get(mark), start, end };
  }
  end = match(TEXT, text, start);
  if (end > start) {
    const value = text.slice(start + 1, end - 1).replace(/\\(.)/g, "$1");
    return { kind: "text", value, start, end };
  }
  const character = String.fromCodePoint(text.codePointAt(start)!);
  throw new FilterError({
    text,
    position: start,
    ...(character === '"' || character === "'"
      ? {
        found: "a text that does not end",
        expected: [`a closing ${character}`, "only a quote or a backslash after a backslash"],
      }
      : {
        found: `the character ${nameOf(character)}`,
        expected: ["a word", "an operator", "a text in quotes"],
      }),
  });
}

/** The character in quotes, or its code where it does not show. */
function nameOf(character: string): string {
  if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character)) return `"${character}"`;
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Where what the pattern finds at `from` ends; `from` when it finds nothing. */
function match(pattern: RegExp, text: string, from: number): number {
  return from + (pattern.exec(text.slice(from))?.[0].length ?? 0);
}
