import { createCipheriv, createHash } from "node:crypto";

const BLOCK = 16;
const KEY_OCTETS = 32;
/** Addresses remembered; all are forgotten when there are more. */
const MAX_KNOWN = 1 << 16;
const LETTERS = 26;
const FIRST_LETTER = 0x61;

/** Prefix of IPv4 within IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/**
 * Replaces addresses so that two of them have as many leading bits in common as before: bit n is
 * flipped or not by a keyed function of the n − 1 bits before it (J. Xu, J. Fan, M. Ammar, S. Moon,
 * "Prefix-Preserving IP Address Anonymization", ICNP 2002; AES as in their Crypto-PAn). Addresses
 * of zeros stay, since they mean that there is none. Under one key everything is replaced alike.
 */
export class AddressCipher {
  readonly #key: Uint8Array;
  readonly #encrypt: (blocks: Uint8Array) => Uint8Array;
  readonly #pad: Uint8Array;
  readonly #known = new Map<string, Uint8Array>();

  /** @param key 32 octets: the key of AES-128, and what addresses are padded with */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_OCTETS) {
      throw new RangeError(`found a key of ${key.length} octets, wanted ${KEY_OCTETS}`);
    }
    this.#key = key.slice();
    const cipher = createCipheriv("aes-128-ecb", key.subarray(0, BLOCK), null);
    cipher.setAutoPadding(false);
    this.#encrypt = (blocks) => cipher.update(blocks);
    this.#pad = this.#encrypt(key.slice(BLOCK)).slice();
  }

  /**
   * A cipher from words that people remember, or without any.
   *
   * @param secret the same one replaces everything alike; undefined takes a key by chance
   */
  static of(secret: string | undefined): AddressCipher {
    return new AddressCipher(
      secret === undefined
        ? crypto.getRandomValues(new Uint8Array(KEY_OCTETS))
        : createHash("sha256").update(secret).digest(),
    );
  }

  /**
   * Replaces an IPv4, IPv6 or MAC address in place; IPv4 within IPv6 is replaced as IPv4.
   *
   * @param octets 4, 16 or 6 of them; any others become zeros
   */
  replace(octets: Uint8Array): void {
    if (octets.length === 16 && MAPPED.every((octet, i) => octets[i] === octet)) {
      return this.replace(octets.subarray(12));
    }
    if (octets.length !== 4 && octets.length !== 6 && octets.length !== 16) {
      octets.fill(0);
      return;
    }
    if (octets.every((octet) => octet === 0)) return;
    const name = `${octets}`;
    let replaced = this.#known.get(name);
    if (replaced === undefined) {
      replaced = this.#encipher(octets);
      // What would become "none" takes what "none" would become: no two share a replacement.
      if (replaced.every((octet) => octet === 0)) replaced = this.#encipher(replaced);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(name, replaced);
    }
    octets.set(replaced);
  }

  /**
   * Replaces text in place by as many letters: the same text always by the same ones. Zeros that
   * fill it up stay.
   *
   * @param octets UTF-8, or whatever the exporter took for it
   */
  replaceText(octets: Uint8Array): void {
    let end = octets.length;
    while (end > 0 && octets[end - 1] === 0) end--;
    const text = octets.slice(0, end);
    let letters: Uint8Array = new Uint8Array(0);
    for (let at = 0; at < end; at++) {
      const from = at % KEY_OCTETS;
      if (from === 0) {
        letters = createHash("sha256").update(this.#key).update(text).update(`${at}`).digest();
      }
      octets[at] = FIRST_LETTER + letters[from] % LETTERS;
    }
  }

  #encipher(octets: Uint8Array): Uint8Array {
    const bits = octets.length * 8;
    const blocks = new Uint8Array(bits * BLOCK);
    for (let bit = 0; bit < bits; bit++) {
      const block = blocks.subarray(bit * BLOCK, (bit + 1) * BLOCK);
      block.set(this.#pad);
      const whole = bit >> 3;
      block.set(octets.subarray(0, whole));
      const mask = 0xff << (8 - (bit & 7));
      block[whole] = (octets[whole] & mask) | (this.#pad[whole] & ~mask);
    }
    const flips = this.#encrypt(blocks);
    const replaced = octets.slice();
    for (let bit = 0; bit < bits; bit++) {
      replaced[bit >> 3] ^= (flips[bit * BLOCK] >> 7) << (7 - (bit & 7));
    }
    return replaced;
  }
}
