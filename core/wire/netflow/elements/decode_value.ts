import { formatAddressBytes } from "../../../flow/address.ts";
import { sanitizeWireText } from "../../../flow/sanitize.ts";
import type { ElementType } from "./element_type.ts";

/** What a field is shown as: JSON as it stands. */
export type ElementValue = string | number | boolean | null;

/** Octets of a field that are written in hexadecimal; of more, only their count is told. */
export const MAX_HEX_OCTETS = 64;
/** Octets of a string that are looked at: more than the longest text that is kept can have. */
const MAX_TEXT_OCTETS = 1024;

/** Widest integer that reduced-size encoding can shrink from (RFC 7011 §6.2). */
const INTEGER_OCTETS = 8;
const FLAGS_OCTETS = 32;
const MAC_OCTETS = 6;
const IPV4_OCTETS = 4;
const IPV6_OCTETS = 16;
const SECONDS_OCTETS = 4;
const MILLISECONDS_OCTETS = 8;
const NTP_OCTETS = 8;

/** Seconds from the NTP epoch (1900) to the Unix epoch (RFC 5905 §6). */
const NTP_EPOCH_SECONDS = 2_208_988_800;
const NTP_ERA_SECONDS = 2 ** 32;
/** NTP seconds below this were 1900 to 1968: they are read as era 1, from 2036 on. */
const NTP_ERA_PIVOT = 2 ** 31;
/** Bits of the fraction of dateTimeMicroseconds that must be ignored (RFC 7011 §6.1.9). */
const NTP_IGNORED_BITS = 11;

const TEXT = new TextDecoder();

/**
 * Decodes the octets of a field for people to read. Never throws: what does not fit its type is
 * shown as `0x…`, so that a misread template is visible. Lists are not decoded here.
 *
 * - integers: any width from 1 to 8 octets, as reduced-size encoding and many exporters have it,
 *   whatever the width of the type; beyond 2^53 as decimal text
 * - times: ISO 8601 with the digits of the type
 *
 * @param type of the element; undefined for an unknown one
 * @param octets value of the field without its length
 * @returns null for a field of no octets, unless no octets are a value of the type
 * @example
 * ```ts
 * decodeValue("unsigned64", Uint8Array.of(0x01, 0x00, 0x00)); // 65536
 * ```
 */
export function decodeValue(type: ElementType | undefined, octets: Uint8Array): ElementValue {
  if (type === "string") return decodeText(octets);
  if (octets.length === 0) return type === undefined || type === "octetArray" ? "" : null;
  return decodeFilled(type, octets) ?? formatHex(octets);
}

/** @returns undefined when the octets are no value of the type */
function decodeFilled(type: ElementType | undefined, octets: Uint8Array): ElementValue | undefined {
  switch (type) {
    case "unsigned8":
    case "unsigned16":
    case "unsigned32":
    case "unsigned64":
      return decodeInteger(octets, { signed: false, most: INTEGER_OCTETS });
    case "unsigned256":
      return decodeInteger(octets, { signed: false, most: FLAGS_OCTETS });
    case "signed8":
    case "signed16":
    case "signed32":
    case "signed64":
      return decodeInteger(octets, { signed: true, most: INTEGER_OCTETS });
    case "float32":
    case "float64":
      return decodeFloat(octets);
    case "boolean":
      return decodeBoolean(octets);
    case "macAddress":
      return octets.length === MAC_OCTETS ? hexOctets(octets).join(":") : undefined;
    case "ipv4Address":
      return octets.length === IPV4_OCTETS ? formatAddressBytes(octets) : undefined;
    case "ipv6Address":
      return octets.length === IPV6_OCTETS ? formatAddressBytes(octets) : undefined;
    case "dateTimeSeconds":
      return octets.length === SECONDS_OCTETS
        ? formatTime(viewOf(octets).getUint32(0), { value: 0, digits: 0 })
        : undefined;
    case "dateTimeMilliseconds":
      return octets.length === MILLISECONDS_OCTETS ? decodeMilliseconds(octets) : undefined;
    case "dateTimeMicroseconds":
      return decodeNtp(octets, { digits: 6, ignoredBits: NTP_IGNORED_BITS });
    case "dateTimeNanoseconds":
      return decodeNtp(octets, { digits: 9, ignoredBits: 0 });
    default:
      return undefined;
  }
}

interface IntegerForm {
  readonly signed: boolean;
  /** Most octets that the type has. */
  readonly most: number;
}

function decodeInteger(
  octets: Uint8Array,
  { signed, most }: IntegerForm,
): ElementValue | undefined {
  if (octets.length > most) return undefined;
  let value = 0n;
  for (const octet of octets) value = value << 8n | BigInt(octet);
  if (signed) value = BigInt.asIntN(octets.length * 8, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Four octets are a float32, eight a float64, whatever was asked for (RFC 7011 §6.2). */
function decodeFloat(octets: Uint8Array): ElementValue | undefined {
  const view = viewOf(octets);
  if (octets.length !== 4 && octets.length !== 8) return undefined;
  const value = octets.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  // JSON has no word for infinities and for what is not a number.
  return Number.isFinite(value) ? value : String(value);
}

/** 1 is true and 2 is false; there is no 0 (RFC 7011 §6.1.5). */
function decodeBoolean(octets: Uint8Array): boolean | undefined {
  if (octets.length !== 1) return undefined;
  return octets[0] === 1 ? true : octets[0] === 2 ? false : undefined;
}

function decodeMilliseconds(octets: Uint8Array): string | undefined {
  const milliseconds = viewOf(octets).getBigUint64(0);
  const value = Number(milliseconds % 1000n);
  return formatTime(Number(milliseconds / 1000n), { value, digits: 3 });
}

interface NtpForm {
  /** Decimal digits of the second that are shown. */
  readonly digits: number;
  /** Low bits of the fraction that carry nothing. */
  readonly ignoredBits: number;
}

/** Seconds since 1900 and a fraction in units of 2^-32 s (RFC 7011 §6.1.9, §6.1.10). */
function decodeNtp(octets: Uint8Array, { digits, ignoredBits }: NtpForm): string | undefined {
  if (octets.length !== NTP_OCTETS) return undefined;
  const view = viewOf(octets);
  const ntpSeconds = view.getUint32(0);
  const fraction = view.getUint32(4) >>> ignoredBits;
  // The nearest decimal: exporters cut theirs off when they make it binary.
  const unit = 10 ** digits;
  const rounded = Math.round(fraction / 2 ** (32 - ignoredBits) * unit);
  const carry = rounded === unit ? 1 : 0;
  // A time of zero is "unknown" (RFC 5905 §6), not the first second of era 1.
  const unset = ntpSeconds === 0 && fraction === 0;
  const era = ntpSeconds < NTP_ERA_PIVOT && !unset ? NTP_ERA_SECONDS : 0;
  const seconds = ntpSeconds + era - NTP_EPOCH_SECONDS + carry;
  return formatTime(seconds, { value: carry === 1 ? 0 : rounded, digits });
}

/** @returns undefined for a time that no calendar has */
function formatTime(
  seconds: number,
  fraction: { readonly value: number; readonly digits: number },
): string | undefined {
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) return undefined;
  const whole = time.toISOString().slice(0, -".000Z".length);
  if (fraction.digits === 0) return `${whole}Z`;
  return `${whole}.${String(fraction.value).padStart(fraction.digits, "0")}Z`;
}

function decodeText(octets: Uint8Array): string {
  return sanitizeWireText(TEXT.decode(octets.subarray(0, MAX_TEXT_OCTETS)));
}

function formatHex(octets: Uint8Array): string {
  const hex = `0x${hexOctets(octets.subarray(0, MAX_HEX_OCTETS)).join("")}`;
  return octets.length > MAX_HEX_OCTETS ? `${hex}… (${octets.length} octets)` : hex;
}

function hexOctets(octets: Uint8Array): string[] {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0"));
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}
