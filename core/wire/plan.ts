import { IPV4_PREFIX_WORD } from "../flow/address.ts";
import type { FlowColumns } from "../flow/columns.ts";
import {
  type FieldName,
  findField,
  PRESENCE_WORDS,
  presenceBit,
  type StoredFieldName,
} from "../flow/schema.ts";

/**
 * How the octets of a wire field become a column's value.
 *
 * - `unsigned`: big-endian unsigned integer
 * - `counter`: the same, scaled by the sampling rate in force
 * - `ipv4`: four octets of address
 * - `uptime`: milliseconds of the exporter's uptime, 32 bits, relative to the header's (RFC 3954 §8,
 *   fields 21 and 22): the difference is read as signed, so that it survives the wrap and flows
 *   that are stamped after the header
 */
export type WireKind = "unsigned" | "counter" | "ipv4" | "uptime";

/** One field of a record on the wire. */
export interface WireField {
  /** Name in the specification. */
  readonly name: string;
  /** Octets from the start of the record. */
  readonly offset: number;
  /** Octets: 1, 2 or 4. */
  readonly width: 1 | 2 | 4;
  readonly kind: WireKind;
  /** Column it goes to; none where flow-agent keeps no such thing. */
  readonly column?: StoredFieldName;
  /** Section of the specification. */
  readonly spec: string;
}

/** What the datagram around the records says; one object is reused for all datagrams. */
export interface PlanContext {
  /** Arrival, Unix milliseconds, as `RingWriter.receivedAt` gave it. */
  receivedAt: number;
  /** Index of the export format. */
  exportFormat: number;
  /** Exporter's address words, or null. */
  exporter: Uint32Array | null;
  /** Observation domain, or -1. */
  domain: number;
  /** Uptime in the header, ms. */
  uptimeMs: number;
  /** Export time in the header, Unix milliseconds; 0 where the exporter has no clock. */
  exportMs: number;
  /** One in this many; 0 for not known. */
  samplingRate: number;
  /** Index of the sampling source. */
  samplingSource: number;
}

/**
 * Writes the records of one datagram into columns.
 *
 * @param view the datagram
 * @param offset octets to the first record
 * @param count records, all of them within the view
 * @param firstRow number of the first row, as reserved
 * @param mask row number to slot
 */
export type Plan = (
  view: DataView,
  columns: FlowColumns,
  context: PlanContext,
  offset: number,
  count: number,
  firstRow: number,
  mask: number,
) => void;

/** Columns that every row gets from the context. */
const CONTEXT_COLUMNS = ["export_format", "received_at", "sampling_source"] as const;

/**
 * Compiles a record layout into a function that writes columns: straight-line code, no branch on
 * the kind of a field and no allocation a record. Only numbers and names from the table enter the
 * generated source, never anything from the wire.
 *
 * The plan fills the columns of the record, those of the context, `duration_ms`, and for ICMP
 * `icmp_type` and `icmp_code` where the record puts them in the destination port.
 *
 * @param fields the layout; two fields may not write one column
 * @param stride octets of one record
 */
export function compilePlan(fields: readonly WireField[], stride: number): Plan {
  const mapped = fields.filter((field) => field.column !== undefined);
  checkLayout(mapped, stride);
  const columns = new Set<FieldName>(mapped.map((field) => field.column!));
  const timed = columns.has("start_at") && columns.has("end_at");
  const icmp = columns.has("protocol") && columns.has("dst_port");
  const used = [
    ...columns,
    ...CONTEXT_COLUMNS,
    "exporter",
    "observation_domain",
    "sampling_rate",
    ...(timed ? ["duration_ms"] : []),
    ...(icmp ? ["icmp_type", "icmp_code"] : []),
  ];
  const always = mapped.filter((f) => !zeroIsUnknown(f) && f.kind !== "uptime").map((f) =>
    f.column!
  );
  const body = [
    '"use strict";',
    `const { presence, ${used.join(", ")} } = columns;`,
    "const { receivedAt, exportFormat, exporter: from, domain, uptimeMs, exportMs, samplingRate, samplingSource } = context;",
    "const scale = samplingRate > 0 ? samplingRate : 1;",
    declarePresence([...CONTEXT_COLUMNS, ...always]),
    `if (from !== null) { ${setBit("exporter", "base")} }`,
    `if (domain >= 0) { ${setBit("observation_domain", "base")} }`,
    `if (samplingRate > 0) { ${setBit("sampling_rate", "base")} }`,
    ...(timed
      ? [`if (exportMs > 0) { ${setBit("start_at", "base")} ${setBit("end_at", "base")} }`]
      : []),
    "for (let i = 0; i < count; i++) {",
    `  const at = offset + i * ${stride}; const slot = (firstRow + i) & mask; const words = slot << 2;`,
    ...presenceNames("base").map((base, w) => `  let p${w} = ${base};`),
    "  export_format[slot] = exportFormat; received_at[slot] = receivedAt;",
    "  sampling_source[slot] = samplingSource; sampling_rate[slot] = samplingRate;",
    "  observation_domain[slot] = domain;",
    "  if (from !== null) { exporter[words] = from[0]; exporter[words + 1] = from[1]; exporter[words + 2] = from[2]; exporter[words + 3] = from[3]; }",
    ...mapped.map((field) => "  " + writeField(field)),
    ...(timed ? ["  " + durationSource()] : []),
    ...(icmp ? ["  " + icmpSource()] : []),
    ...presenceNames("p").map((p, w) => `  presence[slot * ${PRESENCE_WORDS} + ${w}] = ${p};`),
    "}",
  ];
  return new Function(
    "view",
    "columns",
    "context",
    "offset",
    "count",
    "firstRow",
    "mask",
    body.join("\n"),
  ) as Plan;
}

function checkLayout(fields: readonly WireField[], stride: number): void {
  const written = new Set<string>();
  for (const { name, offset, width, column } of fields) {
    if (offset + width > stride) {
      throw new RangeError(`layout: ${name} ends at ${offset + width}, the record at ${stride}`);
    }
    if (written.has(column!)) {
      throw new RangeError(`layout: ${name} writes ${column}, which another field writes already`);
    }
    written.add(column!);
  }
}

function zeroIsUnknown({ column }: WireField): boolean {
  return findField(column!)!.zeroIsUnknown === true;
}

function presenceNames(prefix: string): string[] {
  return Array.from({ length: PRESENCE_WORDS }, (_, word) => `${prefix}${word}`);
}

function declarePresence(names: readonly StoredFieldName[]): string {
  const words = new Array<number>(PRESENCE_WORDS).fill(0);
  for (const name of names) words[presenceBit(name) >> 5] |= 1 << (presenceBit(name) & 31);
  return words.map((word, w) => `let base${w} = ${word};`).join(" ");
}

function setBit(name: StoredFieldName, prefix: string): string {
  const bit = presenceBit(name);
  return `${prefix}${bit >> 5} |= ${1 << (bit & 31)};`;
}

function writeField(field: WireField): string {
  const { offset, width, kind } = field;
  const name = field.column!;
  const read = width === 1
    ? `view.getUint8(at + ${offset})`
    : `view.getUint${width * 8}(at + ${offset})`;
  if (kind === "uptime") {
    return `${name}[slot] = exportMs - ((uptimeMs - ${read}) | 0);`;
  }
  const store = kind === "ipv4"
    ? `${name}[words] = 0; ${name}[words + 1] = 0; ${name}[words + 2] = ${IPV4_PREFIX_WORD}; ${name}[words + 3] = v;`
    : `${name}[slot] = v${kind === "counter" ? " * scale" : ""};`;
  const known = zeroIsUnknown(field) ? `if (v !== 0) { ${store} ${setBit(name, "p")} }` : store;
  return `{ const v = ${read}; ${known} }`;
}

function durationSource(): string {
  return `{ const d = end_at[slot] - start_at[slot]; if (d >= 0) { duration_ms[slot] = d; ${
    setBit("duration_ms", "p")
  } } }`;
}

/** Cisco writes type × 256 + code where other protocols have the destination port. */
function icmpSource(): string {
  return `if (protocol[slot] === 1 || protocol[slot] === 58) { icmp_type[slot] = dst_port[slot] >> 8; icmp_code[slot] = dst_port[slot] & 255; ${
    setBit("icmp_type", "p")
  } ${setBit("icmp_code", "p")} }`;
}
