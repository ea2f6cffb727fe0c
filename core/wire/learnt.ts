import { parseAddress } from "../flow/address.ts";
import { MAX_SAMPLING_RATE } from "../flow/sampling_rate.ts";
import { sanitizeWireText } from "../flow/sanitize.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../flow/schema.ts";
import { LIMITS } from "./limits.ts";

/** What options data teaches, and what the value of each is. */
export const LEARNT_FACTS = {
  /** Rate of a sampler, one in this many; id -1 where the exporter has but one. */
  sampler: "rate",
  /** Rate of the records of a template, by its id. */
  template_rate: "rate",
  /** Rate of the records that came in, or went out, by an interface, by ifIndex. */
  ingress_rate: "rate",
  egress_rate: "rate",
  /** Name of an interface by ifIndex. */
  interface: "text",
  /** Name of an application by engine and selector. */
  application: "text",
  /** Name of a VRF. */
  vrf: "text",
} as const;
export type FactKind = keyof typeof LEARNT_FACTS;

/** One exporter's transport session, as far as it tells what was learnt apart. */
export interface LearntScope {
  readonly format: ExportFormat;
  /** IP address as text. */
  readonly address: string;
  /** Observation domain, 0 to 2^32 - 1. */
  readonly domain: number;
  /** UDP port that templates came from; -1 for facts, which all ports share. */
  readonly port: number;
}

/** A template that has decoded data. */
export interface LearntTemplate extends LearntScope {
  readonly kind: "template";
  /** 256 to 65,535. */
  readonly id: number;
  /** Leading fields that say what an options record is about; 0 for data. */
  readonly scopeFields: number;
  /** Enterprise number, element id and length of each. */
  readonly fields: readonly (readonly [pen: number, id: number, length: number])[];
}

/** Something that options data said about an exporter whose data was decoded. */
export interface LearntFact extends LearntScope {
  readonly kind: FactKind;
  /** Of the sampler, interface, application or VRF. */
  readonly id: number;
  readonly value: number | string;
}

/** One thing learnt, as it outlives the collector. */
export type LearntEntry = LearntTemplate | LearntFact;

/** What a collector learnt since it last said so. */
export interface LearntChanges {
  readonly learnt: readonly LearntEntry[];
  /** What turned out to be wrong. */
  readonly forgotten: readonly LearntEntry[];
  /** Sessions that still send. */
  readonly used: readonly LearntScope[];
}

/** Where a codec keeps what is to outlive it. Whatever it is told may be lost: it never promises. */
export interface CodecMemory {
  /** What was learnt before this codec was made, the longest unused first. */
  readonly known: readonly LearntEntry[];
  /** Keeps an entry, in place of one of its session, kind and id. */
  learnt(entry: LearntEntry): void;
  /** Drops an entry that the exporter contradicts. */
  forget(entry: LearntEntry): void;
  /** Notes that a session goes on sending, so that what it taught does not expire. */
  used(scope: LearntScope): void;
}

const MAX_DOMAIN = 2 ** 32 - 1;
const MAX_WORD = 65_535;
/** Scopes of NetFlow v9 have a list of their own, told by a negative number. */
const MIN_PEN = -65_536;

/**
 * Checks something that claims to be an entry: what lies on a disk may have been changed there.
 *
 * @param found any value
 * @returns the entry, or null when a part of it cannot be
 */
export function checkLearnt(found: unknown): LearntEntry | null {
  if (typeof found !== "object" || found === null) return null;
  const { kind, format, address, domain, port, id, value, scopeFields, fields } = found as Record<
    string,
    unknown
  >;
  if (
    !EXPORT_FORMATS.includes(format as ExportFormat) ||
    typeof address !== "string" || !parseAddress(address, new Uint32Array(4)) ||
    !isWhole(domain, 0, MAX_DOMAIN)
  ) return null;
  const scope = { format: format as ExportFormat, address, domain };
  if (kind === "template") {
    if (!isWhole(port, 0, MAX_WORD) || !isWhole(id, 256, MAX_WORD)) return null;
    if (!areFields(fields) || !isWhole(scopeFields, 0, fields.length)) return null;
    return { kind, ...scope, port, id, scopeFields, fields };
  }
  if (typeof kind !== "string" || !Object.hasOwn(LEARNT_FACTS, kind) || port !== -1) return null;
  if (!isWhole(id, -1, Number.MAX_SAFE_INTEGER)) return null;
  const fact = kind as FactKind;
  if (LEARNT_FACTS[fact] === "rate") {
    if (typeof value !== "number" || !(value >= 1 && value <= MAX_SAMPLING_RATE)) return null;
  } else if (typeof value !== "string" || value === "" || sanitizeWireText(value) !== value) {
    return null;
  }
  return { kind: fact, ...scope, port, id, value };
}

/** Text by which an entry replaces another. */
export function learntKey({ format, address, domain, port, kind, id }: LearntEntry): string {
  return `${format}|${address}|${domain}|${port}|${kind}|${id}`;
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

function areFields(value: unknown): value is LearntTemplate["fields"] {
  return Array.isArray(value) && value.length >= 1 && value.length <= LIMITS.templateFields &&
    value.every((field) =>
      Array.isArray(field) && field.length === 3 && isWhole(field[0], MIN_PEN, MAX_DOMAIN) &&
      isWhole(field[1], 0, MAX_WORD) && isWhole(field[2], 0, MAX_WORD)
    ) && value.some(([, , length]) => length > 0);
}
