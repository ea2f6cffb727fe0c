import type { RecordElements } from "../codec.ts";
import { VARIABLE_LENGTH, type WireField } from "../plan/wire_field.ts";
import { decodeValue, type ElementValue } from "./elements/decode_value.ts";
import {
  elementName,
  findElement,
  findNetflow9Field,
  netflow9FieldName,
} from "./elements/element.ts";
import type { ElementType } from "./elements/element_type.ts";
import { JUNIPER_PROPERTIES, readJuniperProperty } from "./elements/juniper_property.ts";
import type { TemplateField } from "./template.ts";

/** A field as people know it. */
export interface NamedField {
  readonly name: string;
  /** Undefined for a field that no registry knows. */
  readonly type: ElementType | undefined;
  /** Octets, or VARIABLE_LENGTH. */
  readonly length: number;
  /** Whether its octets say what it is. */
  readonly isProperty?: boolean;
}

/** How a format numbers its fields. */
export type FieldNumbering = "netflow9" | "ipfix";

/** The fields of a template by name. */
export function nameFields(
  fields: readonly TemplateField[],
  numbering: FieldNumbering,
): NamedField[] {
  return fields.map(({ pen, id, length }) =>
    numbering === "netflow9" && pen <= 0
      ? { name: netflow9FieldName(id), type: findNetflow9Field(id)?.type, length }
      : {
        name: elementName(pen, id),
        type: findElement(pen, id)?.type,
        length,
        isProperty: pen === JUNIPER_PROPERTIES.pen && id === JUNIPER_PROPERTIES.id,
      }
  );
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
  const elements: Record<string, ElementValue | ElementValue[]> = {};
  let at = from;
  for (const { name: ownName, type, length: announced, isProperty } of fields) {
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
    const octets = new Uint8Array(view.buffer, view.byteOffset + at, length);
    const property = isProperty ? readJuniperProperty(octets) : undefined;
    const name = property?.name ?? ownName;
    const value = property?.value ?? decodeValue(type, octets);
    const known = elements[name];
    if (known === undefined) elements[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else elements[name] = [known, value];
    at += length;
  }
  return { elements, end: at };
}
