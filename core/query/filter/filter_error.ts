import { ERROR_CONTEXT } from "./filter_limits.ts";

/** What a filter's error is made of. */
export interface FilterErrorDetail {
  /** The whole filter. */
  readonly text: string;
  /** UTF-16 units before the place where reading stopped. */
  readonly position: number;
  /** What stands there, as a phrase. */
  readonly found: string;
  /** What would have fitted there, as phrases. */
  readonly expected: readonly string[];
  /** The word that was most likely meant, where one is near. */
  readonly nearest?: string | null;
}

/**
 * A filter that cannot be read. The message shows the place, what was found, what was wanted and
 * the nearest word, so that a person or a model can repair the filter from it alone.
 */
export class FilterError extends Error {
  override readonly name = "FilterError";
  readonly text: string;
  readonly position: number;
  readonly found: string;
  readonly expected: readonly string[];
  readonly nearest: string | null;

  /** @param detail where, and what */
  constructor({ text, position, found, expected, nearest = null }: FilterErrorDetail) {
    super(describe({ text, position, found, expected, nearest }));
    this.text = text;
    this.position = position;
    this.found = found;
    this.expected = expected;
    this.nearest = nearest;
  }
}

function describe({ text, position, found, expected, nearest }: FilterErrorDetail): string {
  const lines = [
    `Cannot read the filter at character ${position + 1}: found ${visible(found)}, expected ${
      listOf(expected)
    }.`,
    ...excerpt(text, position),
  ];
  if (nearest) lines.push(`Did you mean ${nearest}?`);
  return lines.join("\n");
}

function listOf(phrases: readonly string[]): string {
  if (phrases.length < 2) return phrases.join("");
  return `${phrases.slice(0, -1).join(", ")} or ${phrases.at(-1)}`;
}

/** The text around the place, and a line with a caret under it. */
function excerpt(text: string, position: number): [string, string] {
  const from = Math.max(0, position - ERROR_CONTEXT);
  const to = Math.min(text.length, position + ERROR_CONTEXT);
  const before = (from > 0 ? "…" : "") + visible(text.slice(from, position));
  const after = visible(text.slice(position, to)) + (to < text.length ? "…" : "");
  return [`  ${before}${after}`, `  ${" ".repeat(before.length)}^`];
}

/**
 * The same text with one blank for each character that does not show or would move the caret: line
 * breaks, controls, direction marks, and halves of characters that the excerpt cut apart.
 */
function visible(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S}]/gu, " ");
}
