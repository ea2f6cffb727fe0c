import { isIpv4 } from "../flow/address.ts";
import { networkWords, parseNetwork } from "../flow/network.ts";

/** Bits before the IPv4 address in ::ffff:a.b.c.d. */
const MAPPED_BITS = 96;
/** Roots of the two families in `#next`: IPv4 addresses are in no IPv6 net. */
const ROOT6 = 0;
const ROOT4 = 1;

/**
 * Numbers by network; of several networks that hold an address the longest prefix wins. A binary
 * trie in flat arrays: a look-up allocates nothing and ends where no longer prefix is known.
 */
export class PrefixTable {
  /** Two children a node; 0 for none, since no node leads back to a root. */
  readonly #next: Int32Array;
  /** A value a node; -1 for none. */
  readonly #values: Int32Array;

  /** @param networks text of each network, and its number (not negative); a later one wins */
  constructor(networks: Iterable<readonly [network: string, value: number]>) {
    const nodes = { next: [0, 0, 0, 0], values: [-1, -1] };
    for (const [network, value] of networks) add(nodes, network, value);
    this.#next = Int32Array.from(nodes.next);
    this.#values = Int32Array.from(nodes.values);
  }

  /**
   * The number of the longest prefix that holds an address.
   *
   * @param words an address column or any word array
   * @param at index of the first of four words
   * @returns -1 where no network holds it
   */
  find(words: Uint32Array, at = 0): number {
    const v4 = isIpv4(words, at);
    let node = v4 ? ROOT4 : ROOT6;
    let found = this.#values[node];
    for (let bit = v4 ? MAPPED_BITS : 0; bit < 128; bit++) {
      node = this.#next[node * 2 + ((words[at + (bit >> 5)] >>> (31 - (bit & 31))) & 1)];
      if (node === 0) break;
      if (this.#values[node] >= 0) found = this.#values[node];
    }
    return found;
  }
}

/** A trie while it grows. */
interface Nodes {
  readonly next: number[];
  readonly values: number[];
}

function add({ next, values }: Nodes, text: string, value: number): void {
  const network = parseNetwork(text);
  if (network === null) throw new TypeError(`${text} is no network`);
  const { value: words, ipv4 } = networkWords(network);
  const first = ipv4 ? MAPPED_BITS : 0;
  let node = ipv4 ? ROOT4 : ROOT6;
  for (let bit = first; bit < first + network.prefixLength; bit++) {
    const place = node * 2 + ((words[bit >> 5] >>> (31 - (bit & 31))) & 1);
    if (next[place] === 0) {
      next[place] = values.push(-1) - 1;
      next.push(0, 0);
    }
    node = next[place];
  }
  values[node] = value;
}
