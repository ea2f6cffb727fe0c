import { FilterError } from "./filter_error.ts";
import { MAX_FILTER_DEPTH, MAX_FOUND_LENGTH } from "./filter_limits.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { lexFilter, type Token } from "./lexer.ts";
import { nearestWord } from "../../nearest_word.ts";

/** What would have fitted where a filter goes wrong. */
export interface Wanted {
  /** As phrases, for people. */
  readonly expected: readonly string[];
  /** Words to look for a near one in. */
  readonly words?: Iterable<string>;
}

/** Walks over the tokens of a filter; every refusal comes from here, so all look the same. */
export class TokenCursor {
  /** Names that the filter is held against; null where only its form is. */
  readonly directory: NameDirectory | null;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  /**
   * @param text a filter, of a length that the caller has checked
   * @param directory names that it may use
   */
  constructor(text: string, directory: NameDirectory | null = null) {
    this.directory = directory;
    this.#text = text;
    this.#tokens = lexFilter(text);
  }

  /** The token to be read next; at the end, the one of kind `end`. */
  get token(): Token {
    return this.#tokens[this.#index];
  }

  /** The next token if it is a word, in lower case; otherwise "". */
  get word(): string {
    return this.token.kind === "word" ? this.token.value : "";
  }

  /** The token after the next one. */
  get following(): Token {
    return this.#tokens[Math.min(this.#index + 1, this.#tokens.length - 1)];
  }

  /** The next token as it was written, quotes and letter case included. */
  get source(): string {
    return this.#text.slice(this.token.start, this.token.end);
  }

  /** Whether nothing is left. */
  isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  /** Goes past the next token. */
  advance(): Token {
    const { token } = this;
    if (!this.isAtEnd()) this.#index++;
    return token;
  }

  /** Goes past the next token if it is one of these words. */
  takeWord(...words: readonly string[]): boolean {
    const found = words.includes(this.word) && this.word !== "";
    if (found) this.advance();
    return found;
  }

  /** Goes past the next token if it is this mark. */
  takeMark(mark: string): boolean {
    const found = this.token.kind === "mark" && this.token.value === mark;
    if (found) this.advance();
    return found;
  }

  /**
   * Reads something one level deeper.
   *
   * @param parse reads it
   * @throws FilterError at the deepest level allowed
   */
  nest<T>(parse: () => T): T {
    if (this.#depth >= MAX_FILTER_DEPTH) {
      this.fail({ expected: [`at most ${MAX_FILTER_DEPTH} levels of parentheses and not`] });
    }
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Refuses the filter because of its next token. */
  fail({ expected, words = [] }: Wanted): never {
    throw new FilterError({
      text: this.#text,
      position: this.token.start,
      found: this.#found(),
      expected,
      nearest: nearestWord(this.token.kind === "text" ? this.token.value : this.word, words),
    });
  }

  #found(): string {
    if (this.isAtEnd()) return "the end";
    const { source } = this;
    const shown = source.length <= MAX_FOUND_LENGTH
      ? source
      : `${source.slice(0, MAX_FOUND_LENGTH)}…`;
    return this.token.kind === "text" ? `the text ${shown}` : JSON.stringify(shown);
  }
}
