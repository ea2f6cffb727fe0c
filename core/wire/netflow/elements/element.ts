import type { ElementRow, ElementType } from "./element_type.ts";
import { ENTERPRISE_ROWS } from "./generated/enterprises.ts";
import { IPFIX_INFORMATION_ELEMENTS } from "./generated/ipfix_information_elements.ts";
import { NETFLOW9_FIELD_TYPES } from "./generated/netflow9_field_types.ts";

export type { ElementType } from "./element_type.ts";

/** Enterprise number that stands for "assigned by IANA". */
export const IANA = 0;
/** Enterprise number of the reverse direction of a biflow (RFC 5103 §6.1). */
export const REVERSE_ENTERPRISE = 29305;

const CISCO = 9;
const NTOP = 35632;
/** First NetFlow v9 field type that IPFIX has no room for: there it is the enterprise bit. */
const NETFLOW9_CISCO_BASE = 32768;
/** What nProbe adds to its own element ids in NetFlow v9. */
const NETFLOW9_NTOP_BASE = 57472;

/** An information element that a registry knows. */
export interface Element {
  /** Its number among those of its enterprise, without the enterprise bit. */
  readonly id: number;
  /** Private enterprise number; 0 for IANA. */
  readonly enterprise: number;
  readonly name: string;
  readonly type: ElementType;
  /** As the registry writes it ("octets", "milliseconds", …); "" when it names none. */
  readonly unit: string;
}

function index(enterprise: number, rows: readonly ElementRow[]): ReadonlyMap<number, Element> {
  return new Map(
    rows.map(([id, name, type, unit = ""]) => [id, { id, enterprise, name, type, unit }]),
  );
}

const ELEMENTS: ReadonlyMap<number, ReadonlyMap<number, Element>> = new Map([
  [IANA, index(IANA, IPFIX_INFORMATION_ELEMENTS)],
  ...ENTERPRISE_ROWS.map(([enterprise, rows]) => [enterprise, index(enterprise, rows)] as const),
]);
const NETFLOW9_ELEMENTS = index(IANA, NETFLOW9_FIELD_TYPES);

/**
 * Looks up what an IPFIX template names.
 *
 * @param enterprise private enterprise number; 0 for IANA, 29305 for the reverse of an IANA element
 * @param id element id without the enterprise bit
 * @returns undefined when no registry knows it
 * @example
 * ```ts
 * findElement(0, 1)?.name; // "octetDeltaCount"
 * findElement(29305, 1)?.name; // "reverseOctetDeltaCount"
 * ```
 */
export function findElement(enterprise: number, id: number): Element | undefined {
  if (enterprise === REVERSE_ENTERPRISE) return reverseOf(ELEMENTS.get(IANA)?.get(id));
  return ELEMENTS.get(enterprise)?.get(id);
}

/**
 * Looks up what a NetFlow v9 template names: field types 1–127 are IPFIX elements (RFC 7012 §4),
 * later ones too where the number is below 32768 and nothing else is known of it. Above, exporters
 * number their own: Cisco's are element + 32768, nProbe's element + 57472.
 *
 * @param fieldType 0–65535
 * @returns undefined when no registry knows it
 */
export function findNetflow9Field(fieldType: number): Element | undefined {
  const own = NETFLOW9_ELEMENTS.get(fieldType);
  if (own !== undefined) return own;
  if (fieldType < NETFLOW9_CISCO_BASE) return findElement(IANA, fieldType);
  return findElement(NTOP, fieldType - NETFLOW9_NTOP_BASE) ??
    findElement(CISCO, fieldType - NETFLOW9_CISCO_BASE);
}

/**
 * Names an element, known or not: `octetDeltaCount`, `element.9000`, `enterprise.12356.1`.
 *
 * @param enterprise private enterprise number; 0 for IANA
 * @param id element id without the enterprise bit
 */
export function elementName(enterprise: number, id: number): string {
  const known = findElement(enterprise, id);
  if (known !== undefined) return known.name;
  return enterprise === IANA ? `element.${id}` : `enterprise.${enterprise}.${id}`;
}

/** Names a NetFlow v9 field type, known or not: `flowEndSysUpTime`, `element.50000`. */
export function netflow9FieldName(fieldType: number): string {
  return findNetflow9Field(fieldType)?.name ?? `element.${fieldType}`;
}

/** The same element as seen in the other direction (RFC 5103 §6.1). */
function reverseOf(element: Element | undefined): Element | undefined {
  if (element === undefined) return undefined;
  const name = `reverse${element.name[0].toUpperCase()}${element.name.slice(1)}`;
  return { ...element, enterprise: REVERSE_ENTERPRISE, name };
}
