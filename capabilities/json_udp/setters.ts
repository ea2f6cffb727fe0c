import { parseAddress } from "../../core/flow/address.ts";
import type { Column, FlowColumns } from "../../core/flow/columns.ts";
import type { Dictionary } from "../../core/flow/dictionary.ts";
import { protocolNumber } from "../../core/flow/protocol.ts";
import { sanitizeWireText } from "../../core/flow/sanitize.ts";
import { findField } from "../../core/flow/schema.ts";
import type { DropReason } from "../../core/wire/wire_error.ts";
import type { JsonName } from "./fields.ts";

/** `unknown` is a value that says "not known" and leaves the field absent. */
export type SetOutcome = "set" | "unknown" | Extract<DropReason, "bad_value" | "dictionary_full">;

/** Writes one JSON value into a column. */
export type Setter = (value: unknown, slot: number) => SetOutcome;

/** Epoch numbers from here on are milliseconds: as seconds they lie beyond the year 5000. */
const FIRST_MILLISECONDS = 1e11;
/** A moment, and its zone: without one it is UTC, whatever the zone of this machine. */
const ISO_8601 = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/;
/** What a 64-bit counter can hold, and no more: sums and products of such values stay finite. */
const MAX_MEASURE = 2 ** 64;
/** The last moment that a calendar holds (ECMA-262, "Time Values and Time Range"). */
const MAX_TIME_MS = 8.64e15;
const MAX_PREFIX_LENGTH = 128;
const MAX_UINT: Readonly<Record<string, number>> = { u8: 0xff, u16: 0xffff, u32: 0xffffffff };

// deno-fmt-ignore: pairs read best in rows.
const DIRECTIONS: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ["ingress", 0], ["inbound", 0], [0, 0],
  ["egress", 1], ["outbound", 1], [1, 1],
]);
/** Directions of ECS that are none of a flow through an interface. */
const NO_DIRECTION: ReadonlySet<unknown> = new Set(["internal", "external", "unknown"]);

/**
 * Makes what writes the values of one JSON name, and says in words what it takes.
 *
 * @param name row of the table of names
 * @param columns of the ring
 * @param dictionary for strings
 */
export function makeSetter(
  name: JsonName,
  columns: FlowColumns,
  dictionary: Dictionary,
): { set: Setter; wanted: string } {
  const column = columns[name.column];
  const number = (wanted: string, read: (value: unknown) => number): {
    set: Setter;
    wanted: string;
  } => ({
    wanted,
    set: (value, slot) => {
      const n = read(value);
      if (Number.isNaN(n)) return "bad_value";
      column[slot] = n;
      return "set";
    },
  });
  switch (name.reading) {
    case "protocol":
      return number("a protocol number or name", readProtocol);
    case "time":
      return number("ISO 8601, or epoch seconds or milliseconds", readTime);
    case "epoch_ns":
    case "duration_ns":
      return number("nanoseconds", (value) => readMeasure(value) / 1e6);
    case "prefix":
      return number("a prefix, or its length", readPrefixLength);
    case "direction":
      return directionSetter(column);
    case "plain":
      return plainSetter(name, columns, { dictionary, number });
  }
}

function plainSetter(
  { column: field }: JsonName,
  columns: FlowColumns,
  { dictionary, number }: {
    dictionary: Dictionary;
    number: (wanted: string, read: (value: unknown) => number) => { set: Setter; wanted: string };
  },
): { set: Setter; wanted: string } {
  const column = columns[field];
  const { storage, values, zeroIsUnknown } = findField(field)!;
  switch (storage) {
    case "address":
      return addressSetter(column as Uint32Array, zeroIsUnknown === true);
    case "string":
      return {
        wanted: "text",
        set: (value, slot) => {
          if (typeof value !== "string") return "bad_value";
          const id = dictionary.intern(value);
          if (id < 0) return sanitizeWireText(value) === "" ? "unknown" : "dictionary_full";
          column[slot] = id;
          return "set";
        },
      };
    case "enum":
      return number(`one of ${values!.join(", ")}`, (value) => {
        const index = values!.indexOf(value as string);
        return index < 0 ? NaN : index;
      });
    case "mac":
      return number("a MAC address", readMac);
    case "f64":
      if (field === "sampling_rate") return samplingSetter(column as Float64Array);
      return number("a number that is not negative", readMeasure);
    default:
      return integerSetter(column, {
        max: MAX_UINT[storage],
        zeroIsUnknown: zeroIsUnknown === true,
      });
  }
}

function addressSetter(
  column: Uint32Array,
  zeroIsUnknown: boolean,
): { set: Setter; wanted: string } {
  return {
    wanted: "an IPv4 or IPv6 address",
    set: (value, slot) => {
      const at = slot * 4;
      if (typeof value !== "string" || !parseAddress(value, column, at)) return "bad_value";
      const zero = column[at] === 0 && column[at + 1] === 0 && column[at + 3] === 0;
      return zero && zeroIsUnknown ? "unknown" : "set";
    },
  };
}

function integerSetter(
  column: Column,
  { max, zeroIsUnknown }: { max: number; zeroIsUnknown: boolean },
): { set: Setter; wanted: string } {
  return {
    wanted: `an integer from 0 to ${max}`,
    set: (value, slot) => {
      const n = readNumber(value);
      if (!Number.isInteger(n) || n < 0 || n > max) return "bad_value";
      if (n === 0 && zeroIsUnknown) return "unknown";
      column[slot] = n;
      return "set";
    },
  };
}

/** A rate of 0 says that the rate is not known; it is never a multiplier. */
function samplingSetter(column: Float64Array): { set: Setter; wanted: string } {
  return {
    wanted: `a sampling rate of 1 to ${MAX_UINT.u32}`,
    set: (value, slot) => {
      const rate = readNumber(value);
      if (rate === 0) return "unknown";
      if (!(rate >= 1 && rate <= MAX_UINT.u32)) return "bad_value";
      column[slot] = rate;
      return "set";
    },
  };
}

/** Numbers, and numbers as text: some encoders write 64-bit counters as strings. */
function readNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
}

function readMeasure(value: unknown): number {
  const n = readNumber(value);
  return n >= 0 && n <= MAX_MEASURE ? n : NaN;
}

function readProtocol(value: unknown): number {
  const n = readNumber(value);
  if (!Number.isNaN(n)) return Number.isInteger(n) && n >= 0 && n <= 255 ? n : NaN;
  const named = typeof value === "string" ? protocolNumber(value) : -1;
  return named < 0 ? NaN : named;
}

function readTime(value: unknown): number {
  const n = readMeasure(value);
  if (n <= MAX_TIME_MS) return n < FIRST_MILLISECONDS ? n * 1000 : n;
  const [, moment, zone] = typeof value === "string" ? ISO_8601.exec(value) ?? [] : [];
  return moment === undefined ? NaN : Date.parse(moment + (zone ?? "Z"));
}

function directionSetter(column: Column): { set: Setter; wanted: string } {
  return {
    wanted: "ingress or egress",
    set: (value, slot) => {
      const direction = DIRECTIONS.get(value);
      if (direction === undefined) return NO_DIRECTION.has(value) ? "unknown" : "bad_value";
      column[slot] = direction;
      return "set";
    },
  };
}

/** "192.0.2.0/24" or 24. */
function readPrefixLength(value: unknown): number {
  const n = readNumber(typeof value === "string" ? value.slice(value.indexOf("/") + 1) : value);
  return Number.isInteger(n) && n >= 0 && n <= MAX_PREFIX_LENGTH ? n : NaN;
}

function readMac(value: unknown): number {
  if (typeof value !== "string") return NaN;
  const hex = value.replace(/[:.-]/g, "");
  return /^[0-9a-fA-F]{12}$/.test(hex) ? parseInt(hex, 16) : NaN;
}
