import type { FieldValue, RecordElements } from "../codec.ts";
import { elementName } from "./elements/element.ts";
import type { ElementType } from "./elements/element_type.ts";
import type { TemplateField } from "./template.ts";

type ListType = "basicList" | "subTemplateList" | "subTemplateMultiList";

interface Octets {
  readonly from: number;
  readonly to: number;
}

/** How the records of a list are come by. */
export interface ListReader {
  readonly type: ListType;
  /** Reads records until the octets end; null where they do not come out even. */
  readonly records: (
    range: Octets,
    fields: readonly TemplateField[],
  ) => readonly RecordElements[] | null;
  readonly fieldsOf: (templateId: number) => readonly TemplateField[] | undefined;
}

/** What the members of a list are to each other (RFC 6313 §4.4); a number that is none stays one. */
const SEMANTICS: Readonly<Record<number, string>> = {
  0: "noneOf",
  1: "exactlyOneOf",
  2: "oneOrMoreOf",
  3: "allOf",
  4: "ordered",
  255: "undefined",
};
const ENTERPRISE_BIT = 0x8000;

/** Whether a field of this type holds others. */
export function isListType(type: ElementType | undefined): type is ListType {
  return type === "basicList" || type === "subTemplateList" || type === "subTemplateMultiList";
}

/**
 * Reads a list of RFC 6313 §4.5 for people: `semantic`, and the `values` of one `element`, the
 * `records` of one template, or `lists` of records.
 *
 * @param view the datagram
 * @param range octets of the field without its length
 * @param reader type of the list, and how its records are come by
 * @returns null for a list that is cut off, or of a template that is not known
 */
export function readList(view: DataView, range: Octets, reader: ListReader): FieldValue | null {
  const { from, to } = range;
  if (to - from < 1) return null;
  const semantic = SEMANTICS[view.getUint8(from)] ?? view.getUint8(from);
  const rest = { from: from + 1, to };
  const content = reader.type === "basicList"
    ? readBasic(view, rest, reader)
    : reader.type === "subTemplateList"
    ? readRecords(view, rest, reader)
    : readMulti(view, rest, reader);
  return content === null ? null : { semantic, ...content };
}

/** Element id, length, enterprise number where the id says so, values (§4.5.1). */
function readBasic(
  view: DataView,
  { from, to }: Octets,
  { records }: ListReader,
): Record<string, FieldValue> | null {
  if (to - from < 4) return null;
  const id = view.getUint16(from);
  const length = view.getUint16(from + 2);
  const isOwn = (id & ENTERPRISE_BIT) !== 0;
  if (isOwn && to - from < 8) return null;
  const pen = isOwn ? view.getUint32(from + 4) : 0;
  const field = { pen, id: id & ~ENTERPRISE_BIT, length };
  const values = records({ from: from + (isOwn ? 8 : 4), to }, [field]);
  if (values === null) return null;
  return {
    element: elementName(pen, field.id),
    values: values.map((record) => Object.values(record)[0]),
  };
}

/** Template id and records (§4.5.2). */
function readRecords(
  view: DataView,
  { from, to }: Octets,
  { records, fieldsOf }: ListReader,
): Record<string, FieldValue> | null {
  if (to - from < 2) return null;
  const template = view.getUint16(from);
  const fields = fieldsOf(template);
  const read = fields === undefined ? null : records({ from: from + 2, to }, fields);
  return read === null ? null : { template, records: read };
}

/** Template id, length and records, again and again (§4.5.3). */
function readMulti(
  view: DataView,
  { from, to }: Octets,
  { records, fieldsOf }: ListReader,
): Record<string, FieldValue> | null {
  const lists: FieldValue[] = [];
  for (let at = from; at < to;) {
    if (to - at < 4) return null;
    const template = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const fields = fieldsOf(template);
    if (length < 4 || at + length > to || fields === undefined) return null;
    const read = records({ from: at + 4, to: at + length }, fields);
    if (read === null) return null;
    lists.push({ template, records: read });
    at += length;
  }
  return { lists };
}
