/**
 * How a field of a structure is written in XDR.
 *
 * - `u32`, `i32`, `u64`, `float`: numbers
 * - `ipv4`, `ipv6`: an address of known family; `address`: its type before it
 * - `mac`: six octets, padded to eight; `uuid`: sixteen octets
 * - `string`: text; `opaque`: octets, shown in hexadecimal
 * - `header`: the sampled octets of a packet, whose protocol stands in the field before
 * - `words`: an array of unsigned integers
 */
export type XdrKind =
  | "u32"
  | "i32"
  | "u64"
  | "float"
  | "ipv4"
  | "ipv6"
  | "address"
  | "mac"
  | "uuid"
  | "string"
  | "opaque"
  | "header"
  | "words";

/** A field: name in the specification and kind, or the fields of an array's elements. */
export type XdrField = readonly [name: string, kind: XdrKind | readonly XdrField[]];

/** A structure of a flow or counter record. */
export interface Structure {
  /** Name in the specification. */
  readonly name: string;
  readonly fields: readonly XdrField[];
}

/** The number of a structure: enterprise in the upper 20 bits, format in the lower 12. */
export function structureNumber(enterprise: number, format: number): number {
  return enterprise * 4096 + format;
}

/** A structure's number as people write it: `enterprise:format`. */
export function formatStructureNumber(number: number): string {
  return `${number >>> 12}:${number & 4095}`;
}

/**
 * Fields of one kind.
 *
 * @param names separated by white space
 */
export function fieldsOf(kind: XdrKind, names: string): XdrField[] {
  return names.trim().split(/\s+/).map((name) => [name, kind]);
}
