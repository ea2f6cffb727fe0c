import type { FieldValue, RecordElements } from "../codec.ts";
import { LIMITS } from "../limits.ts";
import { describePacket, type PacketDescription } from "../packet/describe_packet.ts";
import { FIRST_HEADER, FRAME_TYPE } from "../plan/fill_from_packet.ts";
import {
  type SectionKind,
  VARIABLE_LENGTH,
  type WireField,
  type WireTarget,
  type WireUse,
} from "../plan/wire_field.ts";
import { decodeValue } from "./elements/decode_value.ts";
import {
  elementName,
  findElement,
  findNetflow9Field,
  netflow9FieldName,
} from "./elements/element.ts";
import type { ElementType } from "./elements/element_type.ts";
import { JUNIPER_PROPERTIES, readJuniperProperty } from "./elements/juniper_property.ts";
import type { FieldMap } from "./field_map.ts";
import { isListType, readList } from "./read_list.ts";
import type { TemplateField } from "./template.ts";

/** A field as people know it. */
export interface NamedField {
  readonly name: string;
  /** Undefined for a field that no registry knows. */
  readonly type: ElementType | undefined;
  /** Octets, or VARIABLE_LENGTH. */
  readonly length: number;
  /** What columns are filled from it. */
  readonly uses?: readonly WireUse[];
  /** Whether its octets say what it is. */
  readonly isProperty?: boolean;
}

/** How a format numbers its fields. */
export type FieldNumbering = "netflow9" | "ipfix";

/** How a format numbers fields, and what they are for. */
export interface FieldNaming {
  readonly numbering: FieldNumbering;
  readonly map: FieldMap;
}

/** What fields that hold records of other templates are read by. */
export interface KnownTemplates extends FieldNaming {
  /** Fields of the exporter's template of an id; undefined where it has none. */
  readonly fieldsOf: (id: number) => readonly TemplateField[] | undefined;
  /** Lists that the record lies in already. */
  readonly depth?: number;
}

/**
 * The fields of a template by name.
 *
 * @param fields in wire order
 * @param naming how the format numbers them, and what they are for
 */
export function nameFields(
  fields: readonly TemplateField[],
  { numbering, map }: FieldNaming,
): NamedField[] {
  return fields.map(({ pen, id, length }) => {
    const [name, known] = numbering === "netflow9" && pen <= 0
      ? [netflow9FieldName(id), findNetflow9Field(id)]
      : [elementName(pen, id), findElement(pen, id)];
    const isProperty = pen === JUNIPER_PROPERTIES.pen && id === JUNIPER_PROPERTIES.id;
    return { name, type: known?.type, length, uses: map.uses(pen, id), isProperty };
  });
}

/** The fields of a layout of our own by name. */
export function nameLayout(layout: readonly WireField[]): NamedField[] {
  return layout.map(({ name, width, uses }) => ({
    name,
    type: uses?.[0].kind === "ipv4" ? "ipv4Address" : "unsigned64",
    length: width,
  }));
}

/**
 * Reads the fields of one record for people: names and values as they were on the wire.
 *
 * @param view the datagram
 * @param range octets `from` the record's first, and `to` behind the last that it may have
 * @param fields in wire order
 * @param known templates that lists refer to; without them lists are shown in hexadecimal
 * @returns the fields, and the octet behind the record; null where the record is not whole
 */
export function readElements(
  view: DataView,
  { from, to }: { from: number; to: number },
  fields: readonly NamedField[],
  known?: KnownTemplates,
): { elements: RecordElements; end: number } | null {
  const elements: Record<string, FieldValue> = {};
  const repeated = new Map<string, FieldValue[]>();
  const sections: Section[] = [];
  const facts = new Map<WireTarget, FieldValue>();
  let at = from;
  for (const { name: ownName, type, length: announced, uses, isProperty } of fields) {
    let length = announced;
    if (announced === VARIABLE_LENGTH) {
      if (at >= to) return null;
      length = view.getUint8(at++);
      if (length === 255) {
        if (at + 2 > to) return null;
        length = view.getUint16(at);
        at += 2;
      }
    }
    if (at + length > to) return null;
    const property = isProperty
      ? readJuniperProperty(new Uint8Array(view.buffer, view.byteOffset + at, length))
      : undefined;
    const name = property?.name ?? ownName;
    const value = property?.value ??
      readField(view, { from: at, to: at + length }, { type, known });
    const before = repeated.get(name);
    if (before !== undefined) before.push(value);
    else if (name in elements) repeated.set(name, elements[name] = [elements[name], value]);
    else elements[name] = value;
    for (const { target, kind } of uses ?? []) {
      if (target === "packet") sections.push({ name, kind: kind as SectionKind, at, length });
      else if (!facts.has(target)) facts.set(target, value);
    }
    at += length;
  }
  for (const section of sections) {
    const headers = describeSection(view, section, facts);
    // One of several of a name stays in their list, in hexadecimal.
    if (headers !== null && !repeated.has(section.name)) elements[section.name] = headers;
  }
  return { elements, end: at };
}

/** A field that holds the first octets of a packet. */
interface Section {
  readonly name: string;
  readonly kind: SectionKind;
  readonly at: number;
  readonly length: number;
}

/** The headers in a section; null where they cannot be read. */
function describeSection(
  view: DataView,
  { kind, at, length }: Section,
  facts: ReadonlyMap<WireTarget, FieldValue>,
): PacketDescription | null {
  if ((facts.get("section_offset") ?? 0) !== 0) return null;
  const type = kind === "frame" ? facts.get("frame_type") ?? FRAME_TYPE.ethernet : undefined;
  if (type !== undefined && type !== FRAME_TYPE.ethernet && type !== FRAME_TYPE.ieee80211) {
    return null;
  }
  const octets = facts.get("section_octets");
  const to = at + (typeof octets === "number" ? Math.min(length, octets) : length);
  const first = type === FRAME_TYPE.ieee80211 ? "ieee80211" : FIRST_HEADER[kind];
  return describePacket(view, { from: at, to }, first);
}

function readField(
  view: DataView,
  { from, to }: { from: number; to: number },
  { type, known }: { type: ElementType | undefined; known: KnownTemplates | undefined },
): FieldValue {
  if (known !== undefined && isListType(type) && (known.depth ?? 0) < LIMITS.listDepth) {
    const inner = { ...known, depth: (known.depth ?? 0) + 1 };
    const list = readList(view, { from, to }, {
      type,
      records: (range, fields) => readRecords(view, range, { fields, known: inner }),
      fieldsOf: known.fieldsOf,
    });
    if (list !== null) return list;
  }
  return decodeValue(type, new Uint8Array(view.buffer, view.byteOffset + from, to - from));
}

/** Records one after the other; null where they do not fill the range, or would never end. */
function readRecords(
  view: DataView,
  { from, to }: { from: number; to: number },
  { fields, known }: { fields: readonly TemplateField[]; known: KnownTemplates },
): RecordElements[] | null {
  const named = nameFields(fields, known);
  const records: RecordElements[] = [];
  for (let at = from; at < to;) {
    const read = readElements(view, { from: at, to }, named, known);
    if (read === null || read.end === at) return null;
    records.push(read.elements);
    at = read.end;
  }
  return records;
}
