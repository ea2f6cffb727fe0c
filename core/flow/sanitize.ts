/** Longest text from the wire that is kept, in UTF-16 units. */
export const MAX_WIRE_TEXT = 128;

// Control characters, bidi controls, zero-width and other invisible characters (tags, variation
// selectors, fillers), separators of lines, lone surrogates: what lets text from the wire hide in,
// or reorder, what a person or model reads.
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Half a character, left over where the cap falls into it. */
const CUT_PAIR = /[\ud800-\udbff]$/;

/**
 * Makes text from the wire fit to be shown: hidden characters go, the length is capped.
 *
 * @param text untrusted text
 * @returns what is left, trimmed; "" when nothing is
 */
export function sanitizeWireText(text: string): string {
  return text.slice(0, MAX_WIRE_TEXT * 2).replace(HIDDEN, "").trim().slice(0, MAX_WIRE_TEXT)
    .replace(CUT_PAIR, "").trimEnd();
}
