/**
 * IP addresses in one representation: four big-endian 32-bit words, IPv4 as ::ffff:a.b.c.d
 * (RFC 4291 §2.5.5.2).
 */

/** Third word of every IPv4 address. */
export const IPV4_PREFIX_WORD = 0xffff;

/**
 * Reads IPv4 or IPv6 text (RFC 4291 §2.2; a zone id after % is left out). No allocation for IPv4.
 *
 * @param text the address
 * @param out at least `at + 4` words; written only on success
 * @param at index of the first word
 * @returns whether the text is an address
 */
export function parseAddress(text: string, out: Uint32Array, at = 0): boolean {
  if (text.indexOf(":") < 0) {
    const word = parseIpv4(text, 0, text.length);
    if (word < 0) return false;
    out[at] = 0;
    out[at + 1] = 0;
    out[at + 2] = IPV4_PREFIX_WORD;
    out[at + 3] = word;
    return true;
  }
  return parseIpv6(text, out, at);
}

/** The 32 bits of dotted text in `[from, to)`, or -1. */
function parseIpv4(text: string, from: number, to: number): number {
  let word = 0;
  let octet = -1;
  let digits = 0;
  let octets = 0;
  for (let i = from; i <= to; i++) {
    const c = i < to ? text.charCodeAt(i) : 0x2e;
    if (c === 0x2e) {
      if (octet < 0 || ++octets > 4) return -1;
      word = word * 256 + octet;
      octet = -1;
      digits = 0;
    } else {
      if (c < 0x30 || c > 0x39) return -1;
      // "010" is octal to some and decimal to others: refuse it.
      if (digits > 0 && octet === 0) return -1;
      octet = (octet < 0 ? 0 : octet) * 10 + (c - 0x30);
      digits++;
      if (octet > 255) return -1;
    }
  }
  return octets === 4 ? word : -1;
}

function parseIpv6(text: string, out: Uint32Array, at: number): boolean {
  const zone = text.indexOf("%");
  const end = zone < 0 ? text.length : zone;
  if (end > 45) return false;
  const groups = new Uint16Array(8);
  let count = 0;
  let gap = -1;
  let i = 0;
  if (text.startsWith("::")) {
    gap = 0;
    i = 2;
  }
  while (i < end) {
    if (count === 8) return false;
    const stop = nextColon(text, i, end);
    const dot = text.indexOf(".", i);
    if (dot >= 0 && dot < end && stop === end) {
      const word = parseIpv4(text, i, end);
      if (word < 0 || count > 6) return false;
      groups[count++] = word >>> 16;
      groups[count++] = word & 0xffff;
      i = end;
      break;
    }
    const value = parseHexGroup(text, i, stop);
    if (value < 0) return false;
    groups[count++] = value;
    i = stop;
    if (i === end) break;
    i++;
    if (i === end) return false;
    if (text.charCodeAt(i) === 0x3a) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  if (gap < 0 ? count !== 8 : count > 7) return false;
  if (gap >= 0) {
    const tail = count - gap;
    groups.copyWithin(8 - tail, gap, count);
    groups.fill(0, gap, 8 - tail);
  }
  for (let w = 0; w < 4; w++) out[at + w] = ((groups[w * 2] << 16) | groups[w * 2 + 1]) >>> 0;
  return true;
}

function nextColon(text: string, from: number, end: number): number {
  const colon = text.indexOf(":", from);
  return colon < 0 || colon > end ? end : colon;
}

function parseHexGroup(text: string, from: number, to: number): number {
  if (to === from || to - from > 4) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    const letter = c | 0x20;
    const digit = c >= 0x30 && c <= 0x39
      ? c - 0x30
      : letter >= 0x61 && letter <= 0x66
      ? letter - 0x57
      : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/**
 * Whether the four words at `at` are an IPv4 address.
 *
 * @param words an address column or any word array
 * @param at index of the first word
 */
export function isIpv4(words: Uint32Array, at = 0): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === IPV4_PREFIX_WORD;
}

/**
 * Writes an address as text: IPv4 dotted, IPv6 as RFC 5952 wants it.
 *
 * @param words an address column or any word array
 * @param at index of the first word
 */
export function formatAddress(words: Uint32Array, at = 0): string {
  if (isIpv4(words, at)) {
    const w = words[at + 3];
    return `${w >>> 24}.${(w >>> 16) & 255}.${(w >>> 8) & 255}.${w & 255}`;
  }
  const groups: number[] = [];
  for (let w = 0; w < 4; w++) groups.push(words[at + w] >>> 16, words[at + w] & 0xffff);
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952 §4.2.2: one zero group alone is not shortened.
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

/**
 * Writes the octets of an address as text.
 *
 * @param bytes 4 or 16 octets in network order
 * @returns "" for any other length: no address
 */
export function formatAddressBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return formatAddress(Uint32Array.from({ length: 4 }, (_, w) => view.getUint32(w * 4)));
}

/**
 * The octets of an address as packets carry it.
 *
 * @param text IPv4 or IPv6; IPv4 within IPv6 is IPv4
 * @returns 4 or 16 octets in network order; none where the text is no address
 */
export function addressBytes(text: string): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(4);
  if (!parseAddress(text, words)) return new Uint8Array(0);
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  words.forEach((word, i) => view.setUint32(i * 4, word));
  return isIpv4(words) ? octets.slice(12) : octets;
}
