import { findElement, findNetflow9Field, IANA } from "../netflow/elements/element.ts";
import type { ElementType } from "../netflow/elements/element_type.ts";
import type { FieldMap } from "../netflow/field_map.ts";
import { V9_SCOPE_PEN } from "../netflow/parse_templates.ts";
import type { FieldNumbering } from "../netflow/read_elements.ts";
import type { TemplateField } from "../netflow/template.ts";
import type { WireKind } from "../plan/wire_field.ts";

/**
 * What becomes of a field: `keep` it, replace an `address` (MAC addresses too), `text` or what they
 * are in the first octets of a `packet`, or `blank` it with zeros where it may hold anything.
 */
export type FieldTreatment = "keep" | "address" | "text" | "packet" | "blank";

const BY_KIND: Partial<Record<WireKind, FieldTreatment>> = {
  ipv4: "address",
  ipv6: "address",
  mac: "address",
  text: "text",
  frame: "packet",
  ip_packet: "packet",
  mpls_stack: "packet",
  mpls_payload: "packet",
};

const BY_TYPE: Partial<Record<ElementType, FieldTreatment>> = {
  ipv4Address: "address",
  ipv6Address: "address",
  macAddress: "address",
  string: "text",
  octetArray: "blank",
  basicList: "blank",
  subTemplateList: "blank",
  subTemplateMultiList: "blank",
};

/** Octets of which is known what they are: MPLS labels, applicationId, paddingOctets. */
const HARMLESS = new Set([70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 95, 210]);
/** The scope "System" of NetFlow v9 options is the exporter, by its address (RFC 3954 §6.1). */
const SCOPE_SYSTEM = 1;

/**
 * What becomes of a field of a template.
 *
 * @param field of the template
 * @param options how its format numbers fields, and what flow-agent itself reads in them
 */
export function treatmentOf(
  { pen, id }: TemplateField,
  { numbering, map }: { numbering: FieldNumbering; map: FieldMap },
): FieldTreatment {
  if (pen === V9_SCOPE_PEN) return id === SCOPE_SYSTEM ? "address" : "keep";
  const uses = map.uses(pen, id) ?? [];
  const treated = uses.map(({ kind }) => BY_KIND[kind]).find((known) => known !== undefined);
  if (treated !== undefined) return treated;
  if (uses.length > 0 || (pen === IANA && HARMLESS.has(id))) return "keep";
  const element = numbering === "netflow9" && pen === IANA
    ? findNetflow9Field(id)
    : findElement(pen, id);
  return element === undefined ? "blank" : BY_TYPE[element.type] ?? "keep";
}
