import { findField, FLOW_FIELDS, type Storage, type StoredFieldName } from "../../flow/schema.ts";
import { findNumberField, NUMBER_WORDS } from "./number_field.ts";
import { BARE_PROTOCOLS } from "./protocol_word.ts";

/** Words that start a primitive and are not the name of a field. */
export const PRIMITIVE_WORDS = [
  "any",
  "src",
  "dst",
  "host",
  "net",
  "ip",
  "ipv4",
  "ip6",
  "ipv6",
  "flags",
  "in",
  "out",
  "next",
  "nexthop",
  "has",
  "label",
  "internal",
  "external",
  "country",
  "service",
  "portrange",
] as const;

const NAMED: readonly Storage[] = ["address", "string", "enum"];

/** Every word that a condition can start with. */
export const STARTING_WORDS: readonly string[] = [
  ...BARE_PROTOCOLS,
  ...PRIMITIVE_WORDS,
  ...NUMBER_WORDS,
  ...FLOW_FIELDS.filter(({ storage }) => NAMED.includes(storage)).map(({ name }) => name),
  "not",
];

/** Every word that can stand after `has`. */
export const HAS_WORDS: readonly string[] = [
  ...FLOW_FIELDS.map(({ name }) => name),
  ...NUMBER_WORDS,
].filter((word) => storedField(word) !== null);

/**
 * The stored field that a word names, by its own or a short name.
 *
 * @param word in lower case
 * @returns null for a computed field, a pair and everything else
 */
export function storedField(word: string): StoredFieldName | null {
  if (word === "nexthop") return "next_hop";
  const number = findNumberField(word);
  if (number) return number.name === number.columns[0] ? number.columns[0] : null;
  const field = findField(word);
  return field && field.storage !== "computed" ? field.name as StoredFieldName : null;
}
