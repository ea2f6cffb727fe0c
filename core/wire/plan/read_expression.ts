import type { PlacedField } from "./record_layout.ts";
import type { WireKind } from "./wire_field.ts";

/** Milliseconds from 1900, where NTP time begins, to 1970 (RFC 7011 §6.1.9). */
const NTP_EPOCH_MS = 2_208_988_800_000;

/** Octets that a kind can be read from; none where any length will do. */
const WIDTHS: Partial<Record<WireKind, readonly number[]>> = {
  ipv4: [4],
  ipv6: [16],
  mac: [6],
  // Some write the 32 bits into 64 (Cisco NX-OS 8.1).
  uptime: [4, 8],
  ntp: [8],
  mpls: [3, 4],
  high_octet: [2],
  low_octet: [2],
};

/** Kinds whose octets go to a lookup and not into a number. */
const TEXT_KINDS: ReadonlySet<WireKind> = new Set(["text", "application"]);

/**
 * Whether a kind can be read from a field of this length.
 *
 * @param kind what is wanted
 * @param length octets, or a variable's name for a field of variable length
 */
export function isReadable(kind: WireKind, length: number | string): boolean {
  if (TEXT_KINDS.has(kind)) return length !== 0;
  if (typeof length === "string") return false;
  return WIDTHS[kind]?.includes(length) ?? (length >= 1 && length <= 8);
}

/**
 * JavaScript for the number in a field: NaN where the field says that it does not know.
 *
 * @param placed the field
 * @param kind a kind that is not an address, and readable from the field
 */
export function numberExpression({ offset, length }: PlacedField, kind: WireKind): string {
  const raw = TEXT_KINDS.has(kind) ? "" : unsigned(offset, length as number);
  switch (kind) {
    case "uptime":
      return `(uptimeMs >= 0 ? exportMs > 0 ? exportMs - ((uptimeMs - ${raw}) | 0) : NaN ` +
        `: boot > 0 ? exportMs > 0 ? exportMs - ((exportMs - boot - ${raw}) | 0) : boot + ${raw} ` +
        ": NaN)";
    case "seconds":
      return `${raw} * 1000`;
    case "ntp":
      return `fromNtp(view.getUint32(${offset}), view.getUint32(${offset} + 4))`;
    case "microseconds_ago":
      return `exportMs > 0 ? exportMs - ${raw} / 1000 : NaN`;
    case "duration_us":
    case "microseconds":
      return `${raw} / 1000`;
    case "counter":
      return `${raw} * scale`;
    case "direction":
      return `known(${raw}, 1)`;
    case "mpls":
      return `view.getUint16(${offset}) * 16 + (view.getUint8(${offset} + 2) >> 4)`;
    case "forwarding":
      return `view.getUint8(${offset} + ${(length as number) - 1})`;
    case "high_octet":
      return `view.getUint8(${offset})`;
    case "low_octet":
      return `view.getUint8(${offset} + 1)`;
    case "firewall_event":
    case "nat_event":
      return `lookups.event("${kind}", ${raw})`;
    case "number_text":
      return `lookups.numberText(${raw})`;
    case "text":
      return `lookups.text(view, ${offset}, ${length})`;
    case "application":
      return `lookups.application(view, ${offset}, ${length})`;
    default:
      return raw;
  }
}

/** Functions that the expressions call, as JavaScript: constants of the datagram are in scope. */
export const EXPRESSION_HELPERS = [
  // Seconds of the lower half are of the era that begins in 2036 (RFC 5905 §6).
  "const fromNtp = (s, f) => s === 0 && f === 0 ? NaN : " +
  `(s < 0x80000000 ? s + 4294967296 : s) * 1000 - ${NTP_EPOCH_MS} + f / 4294967.296;`,
  "const known = (v, max) => v <= max ? v : NaN;",
].join("\n");

/**
 * JavaScript for the raw number in a field.
 *
 * @param placed a field of 1 to 8 octets
 */
export function rawExpression({ offset, length }: PlacedField): string {
  return unsigned(offset, length as number);
}

/** Big-endian unsigned integer; beyond 2^53 the nearest number. */
function unsigned(offset: string, width: number): string {
  const at = (more: number) => more === 0 ? offset : `${offset} + ${more}`;
  switch (width) {
    case 1:
      return `view.getUint8(${at(0)})`;
    case 2:
      return `view.getUint16(${at(0)})`;
    case 3:
      return `(view.getUint16(${at(0)}) * 256 + view.getUint8(${at(2)}))`;
    case 4:
      return `view.getUint32(${at(0)})`;
    default:
      return `(${unsigned(offset, width - 4)} * 4294967296 + view.getUint32(${at(width - 4)}))`;
  }
}
