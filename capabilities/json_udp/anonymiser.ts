import { addressBytes, formatAddressBytes } from "../../core/flow/address.ts";
import type { AddressCipher } from "../../core/wire/anonymise/address_cipher.ts";
import type { PayloadAnonymiser } from "../../core/wire/anonymise/payload_anonymiser.ts";
import { FLOW_FIELDS } from "../../core/flow/schema.ts";
import { JSON_NAMES } from "./fields.ts";

const MAC = /\b(?:(?:[0-9a-f]{2}[:.-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})\b/gi;
/** A MAC address, however it is written, where one is expected. */
const ANY_MAC = /^[:.-]*(?:[0-9a-f][:.-]*){12}$/i;
/** What may hold an IP address: whether it does, the parser of addresses says. */
const CANDIDATE = /[0-9a-f.:]{2,}/gi;
/** Punctuation around an address, as in "from: 192.0.2.1." */
const EDGES = /^[.:]+|[.:]+$/g;
/** An IPv4 address with something behind it, such as a port. */
const DOTTED = /\d{1,3}(?:\.\d{1,3}){3}/g;
/** A string of JSON text, or what is left of one at the end, and whether it is a key. */
const STRING = /"((?:[^"\\]|\\[^])*)(?:"(\s*:)?|$)/g;

/** Keys whose strings say nothing of who it is about: numbers, times, names of protocols. */
const HARMLESS: ReadonlySet<string> = new Set(
  JSON_NAMES.filter(({ column }) =>
    FLOW_FIELDS.some(({ name, storage }) =>
      name === column && storage !== "string" && storage !== "address" && storage !== "mac"
    )
  ).map(({ name }) => lastOf(name)).concat("export_format", "received_at", "capability"),
);

/** Keys of MAC addresses. */
const MAC_KEYS: ReadonlySet<string> = new Set(
  JSON_NAMES.filter(({ column }) =>
    FLOW_FIELDS.some(({ name, storage }) => name === column && storage === "mac")
  ).map(({ name }) => lastOf(name)),
);

/**
 * Anonymises JSON text: addresses wherever they stand, whole or within a text, and every string of
 * a key that is not known to be harmless, by as many letters. An address may get longer or shorter;
 * all else keeps its place. Looks at text and not at values, so that what is broken stays broken.
 */
export class JsonAnonymiser implements PayloadAnonymiser {
  readonly #cipher: AddressCipher;

  /** @param cipher replaces what there is to replace */
  constructor(cipher: AddressCipher) {
    this.#cipher = cipher;
  }

  learn(): void {}

  anonymise(datagram: Uint8Array): Uint8Array {
    const text = new TextDecoder().decode(datagram);
    let key = "";
    let end = 0;
    let out = "";
    for (const match of text.matchAll(STRING)) {
      const [whole, raw, colon] = match;
      out += this.#addresses(text.slice(end, match.index));
      end = match.index + whole.length;
      if (colon !== undefined) key = unescape(raw);
      const replaced = colon === undefined ? this.#value(key, raw) : this.#inside(raw);
      out += `"${replaced}${whole.slice(1 + raw.length)}`;
    }
    return new TextEncoder().encode(out + this.#addresses(text.slice(end)));
  }

  /** A string value, without its quotes. */
  #value(key: string, raw: string): string {
    const text = unescape(raw);
    if (MAC_KEYS.has(lastOf(key)) && ANY_MAC.test(text)) return this.#mac(text);
    const replaced = this.#addresses(text);
    if (HARMLESS.has(lastOf(key)) || isAddress(text)) {
      return replaced === text ? raw : JSON.stringify(replaced).slice(1, -1);
    }
    const octets = new TextEncoder().encode(raw);
    this.#cipher.replaceText(octets);
    return new TextDecoder().decode(octets);
  }

  /** Text within quotes, its addresses replaced. */
  #inside(raw: string): string {
    const text = unescape(raw);
    const replaced = this.#addresses(text);
    return replaced === text ? raw : JSON.stringify(replaced).slice(1, -1);
  }

  #addresses(text: string): string {
    return text
      .replace(MAC, (mac) => this.#mac(mac))
      .replace(CANDIDATE, (found) => {
        if (addressBytes(found).length > 0) return this.#address(found);
        const core = found.replace(EDGES, "");
        return addressBytes(core).length > 0
          ? found.replace(core, this.#address(core))
          : found.replace(DOTTED, (dotted) => this.#address(dotted));
      });
  }

  /** A MAC address of twelve digits, with its punctuation. */
  #mac(text: string): string {
    const octets = Uint8Array.fromHex(text.replace(/[:.-]/g, ""));
    this.#cipher.replace(octets);
    const digits = octets.toHex();
    let next = 0;
    return text.replace(/[0-9a-f]/gi, () => digits[next++]);
  }

  #address(text: string): string {
    const octets = addressBytes(text);
    if (octets.length === 0) return text;
    this.#cipher.replace(octets);
    return formatAddressBytes(octets);
  }
}

function isAddress(text: string): boolean {
  return addressBytes(text).length > 0 || text.replace(MAC, "") === "";
}

function unescape(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`);
  } catch {
    return raw;
  }
}

/** The last part of a dotted name: nested objects write it alone. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
