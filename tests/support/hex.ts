/**
 * Octets written as hex; white space and `# comments` to the end of a line are left out.
 *
 * @param text pairs of hex digits
 */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/#.*$/gm, "").replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new TypeError(`hex: found ${digits}, expected pairs of hex digits`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
