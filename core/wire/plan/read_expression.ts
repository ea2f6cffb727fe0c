import type { PlacedField } from "./record_layout.ts";
import type { WireKind } from "./wire_field.ts";

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
  juniper_exception: [2, 4],
};

/** Kinds whose octets go to a lookup and not into a number. */
const TEXT_KINDS: ReadonlySet<WireKind> = new Set([
  "text",
  "application",
  "frame",
  "ip_packet",
  "mpls_stack",
  "mpls_payload",
]);

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
 * @param kind readable from the field; none that is written together with others: not an address,
 *   uptime, total, latency or event
 */
export function numberExpression({ offset, length }: PlacedField, kind: WireKind): string {
  const raw = TEXT_KINDS.has(kind) ? "" : unsigned(offset, length as number);
  switch (kind) {
    case "seconds":
      return `${raw} * 1000`;
    case "ntp":
      return `readNtp(view.getUint32(${offset}), view.getUint32(${offset} + 4), exportMs)`;
    case "microseconds_ago":
      return `exportMs > 0 ? exportMs - ${raw} / 1000 : NaN`;
    // All ones is what some write for not known; of 8 octets the nearest number is 2^64.
    case "duration_ms":
      return `(${raw} === ${2 ** ((length as number) * 8) - 1} ? NaN : ${raw})`;
    case "duration_us":
      return `(${raw} === ${2 ** ((length as number) * 8) - 1} ? NaN : ${raw} / 1000)`;
    case "counter":
      return `${raw} * scale`;
    case "direction":
      return `(${raw} <= 1 ? ${raw} : NaN)`;
    case "mpls":
      return `view.getUint16(${offset}) * 16 + (view.getUint8(${offset} + 2) >> 4)`;
    case "forwarding":
      return `view.getUint8(${offset} + ${(length as number) - 1})`;
    case "high_octet":
      return `view.getUint8(${offset})`;
    case "low_octet":
      return `view.getUint8(${offset} + 1)`;
    case "juniper_exception": {
      const unit = 2 ** ((length as number) * 8 - 6);
      // 64 is forwarded, 128 dropped, both without a reason (IANA forwardingStatus).
      return `(Math.floor(${raw} / ${unit}) !== 2 ? NaN : ${raw} % ${unit} === 0 ? 64 : 128)`;
    }
    case "vrf":
      return `lookups.vrf(${raw})`;
    case "text":
      return `lookups.text(view, ${offset}, ${length})`;
    case "application":
      return `lookups.application(view, ${offset}, ${length})`;
    default:
      return raw;
  }
}

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
