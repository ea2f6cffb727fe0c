import { formatAddress } from "../../flow/address.ts";
import { sanitizeWireText } from "../../flow/sanitize.ts";
import { MAX_HEX_OCTETS } from "../netflow/elements/decode_value.ts";
import { describePacket, type PacketDescription } from "../packet/describe_packet.ts";
import { firstHeaderOf } from "./header_protocol.ts";
import type { Structure, XdrField, XdrKind } from "./structure.ts";
import type { XdrCursor } from "./xdr_cursor.ts";

/** A value for people: JSON as it stands. */
type Value = string | number | null | readonly Value[] | { readonly [name: string]: Value };
/** A value that no longer is of an inner structure. */
type Flat = string | number | null;

const TEXT = new TextDecoder();
/** Octets of text that are looked at. */
const MAX_TEXT = 1024;
/** Elements of an array that are shown. */
const MAX_SHOWN = 64;
/** Words an address has. */
const WORDS = 4;

/**
 * Names what a structure holds for people, under `structure.field`; a packet's headers lie deeper.
 * Never throws: what is cut off is left out.
 *
 * @param cursor at the structure's first octet, its end set to the structure's
 * @param structure which it is
 * @param add hears of every field, in order; of a name again where an array has several
 */
export function describeStructure(
  cursor: XdrCursor,
  { name, fields }: Structure,
  add: (name: string, value: Flat) => void,
): void {
  spread(readFields(cursor, fields), name, add);
}

function readFields(cursor: XdrCursor, fields: readonly XdrField[]): Record<string, Value> {
  const values: Record<string, Value> = {};
  let before = 0;
  for (const [name, kind] of fields) {
    const value = kind === "header" ? readHeader(cursor, before, values) : read(cursor, kind);
    if (cursor.overrun) break;
    values[name] = value;
    if (name === "protocol" && typeof value === "number") before = value;
  }
  return values;
}

function read(cursor: XdrCursor, kind: XdrKind | readonly XdrField[]): Value {
  if (typeof kind !== "string") return readArray(cursor, () => readFields(cursor, kind));
  const { at, view } = cursor;
  switch (kind) {
    case "u32":
      return cursor.u32();
    case "i32":
      return cursor.u32() | 0;
    case "u64": {
      const value = cursor.u64();
      return Number.isSafeInteger(value) ? value : view.getBigUint64(cursor.at - 8).toString();
    }
    case "float": {
      const value = cursor.take(4) < 0 ? 0 : view.getFloat32(at);
      return Number.isFinite(value) ? value : null;
    }
    case "ipv4":
    case "ipv6":
    case "address": {
      const words = new Uint32Array(WORDS);
      return cursor[kind](words) ? formatAddress(words) : null;
    }
    case "mac":
      return cursor.take(8) < 0 ? null : hexOf(view, at, 6).match(/../g)!.join(":");
    case "uuid":
      return cursor.take(16) < 0 ? null : hexOf(view, at, 16);
    case "words":
      return readArray(cursor, () => cursor.u32());
    case "string": {
      const length = Math.min(cursor.opaque(), MAX_TEXT);
      if (length < 0) return null;
      return sanitizeWireText(TEXT.decode(octetsOf(view, at + 4, length)));
    }
    case "opaque":
    case "header": {
      const length = cursor.opaque();
      return length < 0 ? null : hexOf(view, at + 4, length);
    }
  }
}

function readArray(cursor: XdrCursor, element: () => Value): Value {
  const count = cursor.count(4);
  const values: Value[] = [];
  for (let i = 0; i < count && !cursor.overrun; i++) {
    const value = element();
    if (!cursor.overrun && i < MAX_SHOWN) values.push(value);
  }
  return values;
}

/** The headers of a sampled packet, and those of what it carries. */
function readHeader(cursor: XdrCursor, protocol: number, values: Record<string, Value>): Value {
  const at = cursor.at + 4;
  const length = cursor.opaque();
  if (length < 0) return null;
  values.header_length = length;
  const first = firstHeaderOf(protocol);
  const range = { from: at, to: at + length };
  const packet: PacketDescription | null = first === null
    ? null
    : describePacket(cursor.view, range, first);
  return packet ?? hexOf(cursor.view, at, length);
}

/** Values of inner structures under names with dots. */
function spread(value: Value, name: string, add: (name: string, value: Flat) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) spread(each, name, add);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) spread(inner, `${name}.${key}`, add);
  } else {
    add(name, value as Flat);
  }
}

function octetsOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function hexOf(view: DataView, at: number, length: number): string {
  return length > MAX_HEX_OCTETS ? `${length} octets` : octetsOf(view, at, length).toHex();
}
