import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";

/** JavaScript for whether the row at `slot` has a field. */
export function knownExpression(name: StoredFieldName): string {
  const bit = presenceBit(name);
  return `(presence[slot * ${PRESENCE_WORDS} + ${bit >> 5}] & ${1 << (bit & 31)}) !== 0`;
}

/**
 * JavaScript for the number of a text of the row at `slot`. Each collector numbers its strings by
 * itself: keys hold numbers of the query's own.
 */
export function textExpression(name: StoredFieldName): string {
  return `ids[${name}[slot]] >= 0 ? ids[${name}[slot]] : state.intern(${name}[slot])`;
}
