import { VARIABLE_LENGTH, type WireField } from "./wire_field.ts";

/** Where a field lies: JavaScript for its first octet and its length, to go into a plan. */
export interface PlacedField {
  readonly field: WireField;
  readonly offset: string;
  /** Octets, or the name of the variable that holds them. */
  readonly length: number | string;
}

/** A record's fields with their places, and the statements that find them. */
export interface RecordLayout {
  readonly fields: readonly PlacedField[];
  /** Octets of the smallest record; at least 1. */
  readonly minLength: number;
  /** Statements before the fields are read; `break` where the record is not whole. */
  readonly locate: readonly string[];
  /** JavaScript for the octet behind the record. */
  readonly end: string;
}

/**
 * Finds where the fields of a record lie. Up to the first field of variable length that is known
 * beforehand; from there on each such field adds a variable.
 *
 * @param fields in wire order
 * @throws {RangeError} when no record could ever be longer than nothing
 */
export function layOut(fields: readonly WireField[]): RecordLayout {
  const minimum = (from: number) =>
    fields.slice(from).reduce(
      (sum, { width }) => sum + (width === VARIABLE_LENGTH ? 1 : width),
      0,
    );
  const minLength = minimum(0);
  if (minLength === 0) throw new RangeError("a record of no octets would never end");
  const placed: PlacedField[] = [];
  const locate: string[] = [];
  let base = "at";
  let ahead = 0;
  fields.forEach((field, i) => {
    const offset = ahead === 0 ? base : `${base} + ${ahead}`;
    if (field.width !== VARIABLE_LENGTH) {
      placed.push({ field, offset, length: field.width });
      ahead += field.width;
      return;
    }
    const rest = minimum(i + 1);
    locate.push(
      `let b${i} = ${offset};`,
      `if (b${i} >= end) break;`,
      `let l${i} = view.getUint8(b${i}++);`,
      `if (l${i} === 255) { if (b${i} + 2 > end) break; l${i} = view.getUint16(b${i}); b${i} += 2; }`,
      `const e${i} = b${i} + l${i};`,
      `if (e${i} + ${rest} > end) break;`,
    );
    placed.push({ field, offset: `b${i}`, length: `l${i}` });
    base = `e${i}`;
    ahead = 0;
  });
  return {
    fields: placed,
    minLength,
    locate,
    end: ahead === 0 ? base : `${base} + ${ahead}`,
  };
}
