import type { DropReason } from "../wire_error.ts";
import { LIMITS } from "../limits.ts";
import { minimumLength, type TemplateField, type TemplateRecord } from "./template.ts";

/** How a protocol version lays out its templates. */
export interface TemplateDialect {
  /** Whether the top bit of a field's id is known to announce an enterprise number. */
  readonly enterpriseBit: boolean;
  /** Options templates: octets of scope and options (v9), or numbers of fields (IPFIX). */
  readonly optionsHeader: "octets" | "fields";
}

/** RFC 3954 §9. */
export const NETFLOW9_TEMPLATES: TemplateDialect = {
  enterpriseBit: false,
  optionsHeader: "octets",
};
/** RFC 7011 §3.4. */
export const IPFIX_TEMPLATES: TemplateDialect = { enterpriseBit: true, optionsHeader: "fields" };

/** Something that is no template. */
export interface TemplateFault {
  readonly code: Extract<DropReason, "bad_template" | "template_withdrawal">;
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

const FIRST_TEMPLATE_ID = 256;
const WITHDRAWAL_LENGTH = 4;
const ENTERPRISE_BIT = 0x8000;
/** IANA has assigned enterprise numbers one after the other, some 65,000 up to 2025. */
const FIRST_UNASSIGNED_ENTERPRISE = 2 ** 17;
/** Octets of an id and a length. */
const FIELD_LENGTH = 4;
/** A scope says what a v9 option is about by a number of its own list (RFC 3954 §6.1). */
export const V9_SCOPE_PEN = -9;

/**
 * Reads the templates of a template set. NetFlow v9 has no enterprise numbers (RFC 3954 §8), yet
 * some exporters send them as IPFIX does, while others number elements of their own above 32767:
 * which of the two it is shows in the length of the set, and in numbers that nobody has assigned.
 *
 * @param view the datagram
 * @param range octets `from` behind the set's header, `to` behind the set
 * @param how the `dialect`, and whether these are `options` templates
 * @returns templates, and what was none; a fault ends the set where the rest cannot be found
 */
export function parseTemplates(
  view: DataView,
  range: SetOctets,
  how: { dialect: TemplateDialect; options: boolean },
): (TemplateRecord | TemplateFault)[] {
  const read = readTemplates(view, range, how);
  if (how.dialect.enterpriseBit || !read.highIds || isPlausible(read)) return read.found;
  const dialect = { ...how.dialect, enterpriseBit: true };
  const other = readTemplates(view, range, { ...how, dialect });
  return isPlausible(other) ? other.found : read.found;
}

/** Whether a reading is of whole templates, of elements and enterprises that there can be. */
function isPlausible({ found, exact }: Reading): boolean {
  return exact &&
    found.every((template) =>
      "code" in template || template.fields.every(({ pen, id }, i) =>
        // An enterprise number that is taken for an element is element 0, which does not exist.
        (id !== 0 || i === 0 || template.fields[i - 1].id < ENTERPRISE_BIT) &&
        pen < FIRST_UNASSIGNED_ENTERPRISE
      )
    );
}

/** Octets of a set without its header. */
interface SetOctets {
  readonly from: number;
  readonly to: number;
}

/** One reading of a template set. */
interface Reading {
  readonly found: (TemplateRecord | TemplateFault)[];
  /** Whether it is of whole templates up to the end, but for padding. */
  exact: boolean;
  /** Whether there is an id that could have an enterprise number. */
  highIds: boolean;
}

function readTemplates(
  view: DataView,
  { from, to }: SetOctets,
  { dialect, options }: { dialect: TemplateDialect; options: boolean },
): Reading {
  const reading: Reading = { found: [], exact: false, highIds: false };
  const headerLength = options ? 6 : 4;
  let at = from;
  while (at + WITHDRAWAL_LENGTH <= to) {
    const id = view.getUint16(at);
    const second = view.getUint16(at + 2);
    // Padding up to the end of the set: nothing but zeros can follow a template of id 0.
    if (id === 0) break;
    // IPFIX alone knows withdrawals: of no fields, and 4 octets for options too (RFC 7011 §8.1).
    if (second === 0 && dialect.optionsHeader === "fields") {
      const found = `withdrawal of template ${id}`;
      reading.found.push(fault("template_withdrawal", at, found, "none over UDP"));
      at += WITHDRAWAL_LENGTH;
      continue;
    }
    if (at + headerLength > to) return reading;
    if (id < FIRST_TEMPLATE_ID) {
      const expected = `${FIRST_TEMPLATE_ID} or more`;
      reading.found.push(fault("bad_template", at, `template id ${id}`, expected));
      return reading;
    }
    const third = options ? view.getUint16(at + 4) : 0;
    const size = fieldsSize(dialect, { options, second, third });
    const read = readFields(view, { from: at + headerLength, to }, { dialect, size });
    if (read === null) {
      const found = `template ${id} that ends behind its set`;
      reading.found.push(fault("bad_template", at, found, "whole fields"));
      reading.highIds ||= !dialect.enterpriseBit;
      return reading;
    }
    const { fields, scope } = read;
    reading.highIds ||= fields.some((field) => field.id >= ENTERPRISE_BIT);
    if (fields.length === 0 || minimumLength(fields) === 0) {
      const found = `template ${id} of empty records`;
      reading.found.push(fault("bad_template", at, found, "a field with octets"));
    } else {
      reading.found.push({ id, scopeFields: options ? Math.max(1, scope) : 0, fields });
    }
    at = read.end;
  }
  while (at < to && view.getUint8(at) === 0) at++;
  reading.exact = at === to;
  return reading;
}

/** How long the fields of a template are: in octets, or in number. */
type FieldsSize =
  | { readonly unit: "fields"; readonly total: number; readonly scope: number }
  | { readonly unit: "octets"; readonly scope: number; readonly options: number };

function fieldsSize(
  { optionsHeader }: TemplateDialect,
  { options, second, third }: { options: boolean; second: number; third: number },
): FieldsSize {
  if (!options) return { unit: "fields", total: second, scope: 0 };
  return optionsHeader === "fields"
    ? { unit: "fields", total: second, scope: third }
    : { unit: "octets", scope: second, options: third };
}

function readFields(
  view: DataView,
  { from, to }: SetOctets,
  { dialect, size }: { dialect: TemplateDialect; size: FieldsSize },
): { fields: TemplateField[]; scope: number; end: number } | null {
  const fields: TemplateField[] = [];
  let at = from;
  /** Reads up to `count` fields in up to `octets` octets. */
  const read = (count: number, octets: number, scopePen: number): boolean => {
    if (count > LIMITS.templateFields) return false;
    const end = at + octets;
    for (let i = 0; i < count && at + FIELD_LENGTH <= end; i++) {
      if (at + FIELD_LENGTH > to || fields.length >= LIMITS.templateFields) return false;
      let id = view.getUint16(at);
      const length = view.getUint16(at + 2);
      let pen = scopePen;
      at += FIELD_LENGTH;
      if (dialect.enterpriseBit && id >= ENTERPRISE_BIT) {
        if (at + 4 > to) return false;
        id -= ENTERPRISE_BIT;
        pen = view.getUint32(at);
        at += 4;
      }
      fields.push({ pen, id, length });
    }
    return true;
  };
  if (size.unit === "fields") {
    return read(size.total, Infinity, 0) ? { fields, scope: size.scope, end: at } : null;
  }
  if (!read(LIMITS.templateFields, size.scope, V9_SCOPE_PEN)) return null;
  const scope = fields.length;
  return read(LIMITS.templateFields, size.options, 0) ? { fields, scope, end: at } : null;
}

function fault(
  code: TemplateFault["code"],
  offset: number,
  found: string,
  expected: string,
): TemplateFault {
  return { code, offset, found, expected };
}
