/** Abstract data types of RFC 7012 §3.1, the lists of RFC 6313 and the 256 flags of RFC 9740. */
export const ELEMENT_TYPES = [
  "octetArray",
  "unsigned8",
  "unsigned16",
  "unsigned32",
  "unsigned64",
  "unsigned256",
  "signed8",
  "signed16",
  "signed32",
  "signed64",
  "float32",
  "float64",
  "boolean",
  "macAddress",
  "string",
  "dateTimeSeconds",
  "dateTimeMilliseconds",
  "dateTimeMicroseconds",
  "dateTimeNanoseconds",
  "ipv4Address",
  "ipv6Address",
  "basicList",
  "subTemplateList",
  "subTemplateMultiList",
] as const;

/** How the octets of an element are to be read. */
export type ElementType = (typeof ELEMENT_TYPES)[number];

/** A row of a generated table; no unit where the registry names none. */
export type ElementRow = readonly [id: number, name: string, type: ElementType, unit?: string];
