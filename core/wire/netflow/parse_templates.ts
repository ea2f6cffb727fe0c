import type { DropReason } from "../wire_error.ts";
import { LIMITS } from "../limits.ts";
import { minimumLength, type TemplateField, type TemplateRecord } from "./template.ts";

/** How a protocol version lays out its templates. */
export interface TemplateDialect {
  /** Whether the top bit of a field's id announces an enterprise number behind its length. */
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
/** A scope says what a v9 option is about by a number of its own list (RFC 3954 §6.1). */
export const V9_SCOPE_PEN = -9;

/**
 * Reads the templates of a template set.
 *
 * @param view the datagram
 * @param range octets `from` behind the set's header, `to` behind the set
 * @param how the `dialect`, and whether these are `options` templates
 * @returns templates, and what was none; a fault ends the set where the rest cannot be found
 */
export function* parseTemplates(
  view: DataView,
  { from, to }: { from: number; to: number },
  { dialect, options }: { dialect: TemplateDialect; options: boolean },
): Generator<TemplateRecord | TemplateFault> {
  const headerLength = options ? 6 : 4;
  let at = from;
  while (at + WITHDRAWAL_LENGTH <= to) {
    const id = view.getUint16(at);
    const second = view.getUint16(at + 2);
    // Padding up to the end of the set: nothing but zeros can follow a template of id 0.
    if (id === 0) return;
    // IPFIX alone knows withdrawals: of no fields, and 4 octets for options too (RFC 7011 §8.1).
    if (second === 0 && dialect.optionsHeader === "fields") {
      yield fault("template_withdrawal", at, `withdrawal of template ${id}`, "none over UDP");
      at += WITHDRAWAL_LENGTH;
      continue;
    }
    if (at + headerLength > to) return;
    if (id < FIRST_TEMPLATE_ID) {
      yield fault("bad_template", at, `template id ${id}`, `${FIRST_TEMPLATE_ID} or more`);
      return;
    }
    const third = options ? view.getUint16(at + 4) : 0;
    const counts = countFields(dialect, { options, second, third });
    const read = readFields(view, { from: at + headerLength, to }, { dialect, ...counts });
    if (read === null) {
      yield fault("bad_template", at, `template ${id} that ends behind its set`, "whole fields");
      return;
    }
    const start = at;
    at = read.end;
    if (counts.total === 0 || minimumLength(read.fields) === 0) {
      yield fault("bad_template", start, `template ${id} of empty records`, "a field with octets");
    } else {
      yield { id, scopeFields: options ? Math.max(1, counts.scope) : 0, fields: read.fields };
    }
  }
}

function countFields(
  dialect: TemplateDialect,
  { options, second, third }: { options: boolean; second: number; third: number },
): { total: number; scope: number } {
  if (!options) return { total: second, scope: 0 };
  if (dialect.optionsHeader === "fields") return { total: second, scope: third };
  return { total: Math.floor(second / 4) + Math.floor(third / 4), scope: Math.floor(second / 4) };
}

function readFields(
  view: DataView,
  { from, to }: { from: number; to: number },
  { dialect, total, scope }: { dialect: TemplateDialect; total: number; scope: number },
): { fields: TemplateField[]; end: number } | null {
  if (total > LIMITS.templateFields || from + total * 4 > to) return null;
  const fields: TemplateField[] = [];
  let at = from;
  for (let i = 0; i < total; i++) {
    if (at + 4 > to) return null;
    let id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    let pen = dialect.optionsHeader === "octets" && i < scope ? V9_SCOPE_PEN : 0;
    at += 4;
    if (dialect.enterpriseBit && id >= ENTERPRISE_BIT) {
      if (at + 4 > to) return null;
      id -= ENTERPRISE_BIT;
      pen = view.getUint32(at);
      at += 4;
    }
    fields.push({ pen, id, length });
  }
  return { fields, end: at };
}

function fault(
  code: TemplateFault["code"],
  offset: number,
  found: string,
  expected: string,
): TemplateFault {
  return { code, offset, found, expected };
}
