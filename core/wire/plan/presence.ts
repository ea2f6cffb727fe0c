import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";

// JavaScript for the presence bits of the row being written: `p0`, `p1`, … hold its words.

/** Declares the words, with the bits of `names` set. */
export function declarePresence(names: readonly StoredFieldName[]): string {
  const words = new Array<number>(PRESENCE_WORDS).fill(0);
  for (const name of names) words[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  return words.map((word, w) => `let p${w} = ${word};`).join(" ");
}

/** Says that the row has a field. */
export function setBit(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `p${bit >> 5} |= ${1 << (bit & 31)};`;
}

/** Says that the row does not have a field. */
export function clearBit(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `p${bit >> 5} &= ${~(1 << (bit & 31))};`;
}

/** Whether the row has a field. */
export function isSet(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `(p${bit >> 5} & ${1 << (bit & 31)}) !== 0`;
}

/** Stores the words in the row's place. */
export function storePresence(): string[] {
  return Array.from(
    { length: PRESENCE_WORDS },
    (_, w) => `presence[slot * ${PRESENCE_WORDS} + ${w}] = p${w};`,
  );
}
