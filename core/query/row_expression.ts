import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../flow/schema.ts";

/**
 * JavaScript for whether the row at `slot` has a field: a constant that `declareKnown` makes. So one
 * text serves rows that have all of their fields, where it costs nothing, and those that may not.
 */
export function knownExpression(name: StoredFieldName): string {
  return `has_${name}`;
}

/**
 * JavaScript for the number of a text of the row at `slot`. Each collector numbers its strings by
 * itself: keys hold numbers of the query's own.
 */
export function textExpression(name: StoredFieldName): string {
  return `ids[${name}[slot]] >= 0 ? ids[${name}[slot]] : state.intern(${name}[slot])`;
}

/** The fields whose presence a piece of JavaScript asks for. */
export function askedFields(code: readonly string[]): StoredFieldName[] {
  const names = [...code.join("\n").matchAll(/\bhas_(\w+)\b/g)].map(([, name]) => name);
  return [...new Set(names)] as StoredFieldName[];
}

/**
 * JavaScript that makes the constants of `knownExpression` for the row at `slot`.
 *
 * @param names of the fields that are asked for
 * @param whole whether all rows have them all
 */
export function declareKnown(names: readonly StoredFieldName[], whole: boolean): string[] {
  if (whole) return names.map((name) => `const has_${name} = true;`);
  const words = new Set(names.map((name) => presenceBit(name) >> 5));
  return [
    ...Array.from(words, (w) => `const p${w} = presence[slot * ${PRESENCE_WORDS} + ${w}];`),
    ...names.map((name) => {
      const bit = presenceBit(name);
      return `const has_${name} = (p${bit >> 5} & ${1 << (bit & 31)}) !== 0;`;
    }),
  ];
}

/** The bits of some fields in the words of a presence map. */
export function presenceMasks(names: readonly StoredFieldName[]): Int32Array {
  const masks = new Int32Array(PRESENCE_WORDS);
  for (const name of names) masks[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  return masks;
}

/**
 * JavaScript for whether all rows of a batch have all of some fields.
 *
 * @param names of the fields
 * @param every array with the presence bits that all rows have
 */
export function wholeExpression(names: readonly StoredFieldName[], every: string): string {
  const masks = presenceMasks(names);
  const tests = Array.from(masks, (mask, w) => `(${every}[${w}] & ${mask}) === ${mask}`)
    .filter((_, w) => masks[w] !== 0);
  return tests.length === 0 ? "true" : tests.join(" && ");
}
