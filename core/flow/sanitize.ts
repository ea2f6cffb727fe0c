/** Longest text from the wire that is kept, in UTF-16 units. */
export const MAX_WIRE_TEXT = 128;

// Control characters, bidi controls, zero-width characters, tag characters, byte order mark and
// lone surrogates: what lets text from the wire hide in, or reorder, what a person or model reads.
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/**
 * Makes text from the wire fit to be shown: hidden characters go, the length is capped.
 *
 * @param text untrusted text
 * @returns what is left, trimmed; "" when nothing is
 */
export function sanitizeWireText(text: string): string {
  return text.slice(0, MAX_WIRE_TEXT * 2).replace(HIDDEN, "").trim().slice(0, MAX_WIRE_TEXT);
}
