import { formatAddress, isIpv4, parseAddress } from "./address.ts";

/** A net of addresses; a host is one of full length. */
export interface Network {
  /** First address, in the form that `formatAddress` writes. */
  readonly address: string;
  /** 0 to 32, or to 128 for IPv6. */
  readonly prefixLength: number;
}

/** A net as an engine compares it: an address is in it when `(address & mask) = value`. */
export interface NetworkWords {
  /** Four words each, in the order of an address column. */
  readonly value: Uint32Array;
  readonly mask: Uint32Array;
  /** Whether only IPv4 addresses can be in it; otherwise only IPv6 ones can. */
  readonly ipv4: boolean;
}

/** Bits before the IPv4 address in ::ffff:a.b.c.d. */
const MAPPED_BITS = 96;

/**
 * Reads `ADDR` or `ADDR/LEN`. Bits behind the prefix are cleared; a net within ::ffff:0:0/96 is the
 * IPv4 net that it stands for.
 *
 * @returns null when the word is neither
 */
export function parseNetwork(word: string): Network | null {
  const [text, length, ...rest] = word.split("/");
  const words = new Uint32Array(4);
  if (rest.length > 0 || !parseAddress(text, words)) return null;
  const dotted = !text.includes(":");
  const full = dotted ? 32 : 128;
  const bits = length === undefined ? full : /^\d{1,3}$/.test(length) ? Number(length) : Infinity;
  if (bits > full) return null;
  const mask = maskWords(dotted ? bits + MAPPED_BITS : bits);
  for (let w = 0; w < 4; w++) words[w] &= mask[w];
  const mapped = isIpv4(words) && !dotted;
  return { address: formatAddress(words), prefixLength: mapped ? bits - MAPPED_BITS : bits };
}

/** Writes a net: a host as its address alone. */
export function formatNetwork(network: Network): string {
  return isHost(network) ? network.address : `${network.address}/${network.prefixLength}`;
}

/** Whether the net is one address. */
export function isHost({ address, prefixLength }: Network): boolean {
  return prefixLength === (address.includes(":") ? 128 : 32);
}

/** Makes a net ready to be compared with the words of addresses. */
export function networkWords({ address, prefixLength }: Network): NetworkWords {
  const value = new Uint32Array(4);
  if (!parseAddress(address, value)) throw new TypeError(`${address} is not an IP address`);
  const ipv4 = isIpv4(value);
  const mask = maskWords(ipv4 ? prefixLength + MAPPED_BITS : prefixLength);
  for (let w = 0; w < 4; w++) value[w] &= mask[w];
  return { value, mask, ipv4 };
}

/**
 * Whether an address is in a net.
 *
 * @param words four words of the address
 * @param net as `networkWords` makes it
 */
export function isInNetwork(words: Uint32Array, { value, mask, ipv4 }: NetworkWords): boolean {
  // ::/0 and its like reach over ::ffff:0:0/96, but IPv4 addresses are in no IPv6 net.
  return isIpv4(words) === ipv4 && words.every((word, w) => ((word & mask[w]) >>> 0) === value[w]);
}

function maskWords(bits: number): Uint32Array {
  return Uint32Array.from({ length: 4 }, (_, word) => {
    const ones = Math.min(32, Math.max(0, bits - word * 32));
    // A shift by 32 is a shift by 0 in JavaScript.
    return ones === 0 ? 0 : -1 << (32 - ones);
  });
}
