/** Letters of the TCP control bits, from the lowest bit up: FIN SYN RST PSH ACK URG ECE CWR. */
const LETTERS = "FSRPAUEC";

/** Names of the same bits. */
export const FLAG_NAMES: readonly string[] = [
  "fin",
  "syn",
  "rst",
  "psh",
  "ack",
  "urg",
  "ece",
  "cwr",
];

/**
 * Reads TCP flags.
 *
 * @param word letters such as `SA`, or one name such as `syn`; a name wins (`ece` is not E, C, E)
 * @returns the bits, or 0 when the word is neither
 */
export function parseTcpFlags(word: string): number {
  const named = FLAG_NAMES.indexOf(word.toLowerCase());
  if (named >= 0) return 1 << named;
  let mask = 0;
  for (const letter of word.toUpperCase()) {
    const bit = LETTERS.indexOf(letter);
    if (bit < 0) return 0;
    mask |= 1 << bit;
  }
  return mask;
}

/** Writes the low eight bits of TCP flags as letters. */
export function formatTcpFlags(mask: number): string {
  return [...LETTERS].filter((_, bit) => mask & (1 << bit)).join("");
}
