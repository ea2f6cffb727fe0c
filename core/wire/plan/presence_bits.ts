import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";

/** Statement that declares the words of a row's presence map with the bits of these fields set. */
export function declarePresence(names: readonly StoredFieldName[]): string {
  const words = new Array<number>(PRESENCE_WORDS).fill(0);
  for (const name of names) words[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  return words.map((word, w) => `let p${w} = ${word};`).join(" ");
}

/** Statement that marks a field as present. */
export function setBit(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `p${bit >> 5} |= ${1 << (bit & 31)};`;
}

/** Statement that marks a field as absent. */
export function clearBit(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `p${bit >> 5} &= ${~(1 << (bit & 31))};`;
}

/** Expression that says whether a field is marked as present. */
export function isSet(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `(p${bit >> 5} & ${1 << (bit & 31)}) !== 0`;
}
