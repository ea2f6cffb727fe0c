import type { RecordElements } from "../codec.ts";
import { describePacket, type PacketDescription } from "../packet/describe_packet.ts";
import { FIRST_HEADER, FRAME_TYPE } from "../plan/fill_from_packet.ts";
import {
  type SectionKind,
  VARIABLE_LENGTH,
  type WireField,
  type WireTarget,
  type WireUse,
} from "../plan/wire_field.ts";
import { decodeValue, type ElementValue } from "./elements/decode_value.ts";
import {
  elementName,
  findElement,
  findNetflow9Field,
  netflow9FieldName,
} from "./elements/element.ts";
import type { ElementType } from "./elements/element_type.ts";
import type { FieldMap } from "./field_map.ts";
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
}

/** How a format numbers its fields. */
export type FieldNumbering = "netflow9" | "ipfix";

/**
 * The fields of a template by name.
 *
 * @param fields in wire order
 * @param options how the format numbers them, and what they are for
 */
export function nameFields(
  fields: readonly TemplateField[],
  { numbering, map }: { readonly numbering: FieldNumbering; readonly map: FieldMap },
): NamedField[] {
  return fields.map(({ pen, id, length }) => {
    const [name, known] = numbering === "netflow9"
      ? [netflow9FieldName(id), findNetflow9Field(id)]
      : [elementName(pen, id), findElement(pen, id)];
    return { name, type: known?.type, length, uses: map.uses(pen, id) };
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
 * @returns the fields, and the octet behind the record; null where the record is not whole
 */
export function readElements(
  view: DataView,
  { from, to }: { from: number; to: number },
  fields: readonly NamedField[],
): { elements: RecordElements; end: number } | null {
  const elements: Record<string, ElementValue | ElementValue[] | PacketDescription> = {};
  const sections: Section[] = [];
  const facts = new Map<WireTarget, ElementValue>();
  let at = from;
  for (const { name, type, length: announced, uses } of fields) {
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
    const value = decodeValue(type, new Uint8Array(view.buffer, view.byteOffset + at, length));
    const known = elements[name];
    if (known === undefined) elements[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else elements[name] = [known as ElementValue, value];
    for (const { target, kind } of uses ?? []) {
      if (target === "packet") sections.push({ name, kind: kind as SectionKind, at, length });
      else if (!facts.has(target)) facts.set(target, value);
    }
    at += length;
  }
  for (const section of sections) {
    const headers = describeSection(view, section, facts);
    // One of several of a name stays in their list, in hexadecimal.
    if (headers !== null && !Array.isArray(elements[section.name])) {
      elements[section.name] = headers;
    }
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
  facts: ReadonlyMap<WireTarget, ElementValue>,
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
