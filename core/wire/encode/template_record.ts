import { V9_SCOPE_PEN } from "../netflow/parse_templates.ts";
import type { TemplateField, TemplateRecord } from "../netflow/template.ts";
import type { OctetWriter } from "./octet_writer.ts";

const ENTERPRISE_BIT = 0x8000;

/**
 * Writes a template, or options template, as an exporter announces it (RFC 3954 §5.2 and §6.1,
 * RFC 7011 §3.4).
 *
 * @param out written to
 * @param record what to announce
 * @param optionsHeader whether options templates count octets (v9) or fields (IPFIX)
 * @throws {RangeError} for a number that its octets cannot hold
 */
export function writeTemplateRecord(
  out: OctetWriter,
  { id, scopeFields, fields }: TemplateRecord,
  optionsHeader: "octets" | "fields",
): void {
  out.unsigned(id, 2);
  if (scopeFields === 0) out.unsigned(fields.length, 2);
  else if (optionsHeader === "fields") out.unsigned(fields.length, 2).unsigned(scopeFields, 2);
  else {
    // A v9 exporter may announce options of no scope at all.
    const scope = fields.filter(({ pen }) => pen === V9_SCOPE_PEN);
    const rest = fields.filter(({ pen }) => pen !== V9_SCOPE_PEN);
    out.unsigned(octetsOf(scope), 2).unsigned(octetsOf(rest), 2);
  }
  for (const { pen, id: element, length } of fields) {
    const enterprise = pen > 0;
    out.unsigned(enterprise ? element + ENTERPRISE_BIT : element, 2).unsigned(length, 2);
    if (enterprise) out.unsigned(pen, 4);
  }
}

function octetsOf(fields: readonly TemplateField[]): number {
  return fields.reduce((sum, { pen }) => sum + (pen > 0 ? 8 : 4), 0);
}
