import type { Capability } from "../../collector/capability.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { FlowRing } from "../../flow/ring.ts";
import { RingWriter } from "../../flow/ring_writer.ts";
import {
  EXPORT_FORMATS,
  PRESENCE_WORDS,
  presenceBit,
  STORED_FIELDS,
  type StoredFieldName,
} from "../../flow/schema.ts";
import { SEGMENT_ROWS } from "../../flow/segment/segment_directory.ts";
import type { ImportedRows } from "../../history/history_import.ts";
import type { Codec } from "../../wire/codec.ts";

type FlowObject = Record<string, unknown>;

const STRINGS = STORED_FIELDS.filter(({ storage }) => storage === "string").length;
/** Who sent it is only what a line says itself. */
const NOBODY = { address: "", port: 0 };
const CAPABILITY = /^[a-z][a-z0-9_]{0,63}$/;
/** Names of capabilities that one import may have: each makes a segment of its own of every block. */
const MAX_CAPABILITIES = 64;
/** A moment with its zone. */
const ISO_8601 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
/** Epoch numbers from here on are milliseconds, as json_udp has it. */
const FIRST_MILLISECONDS = 1e11;
/** Clocks of machines that flows come from may be ahead by so much. */
const AHEAD_MS = 60_000;
const ADDRESSES = ["src_addr", "dst_addr"] as const;
/** Stands for an address that is not known while a line is decoded. */
const NO_ADDRESS = "::";

/** Hears of what could not be used. */
export type Complain = (reason: string, text: string, count: number) => void;

/**
 * Decodes lines of JSON into rows, with the decoder of `json_udp`; what flow-agent's own lines say
 * beyond that (capability, format, arrival) is kept, and of them no address is required.
 */
export class FlowLines {
  readonly #capability: Capability;
  readonly #complain: Complain;
  readonly #nowMs: number;
  readonly #rows = new RingWriter(new FlowRing(FlowRing.allocate(SEGMENT_ROWS)), {
    clamped: false,
  });
  readonly #encoder = new TextEncoder();
  readonly #names: string[];
  readonly #nameOf = new Uint8Array(SEGMENT_ROWS);
  #dictionary!: Dictionary;
  #codec!: Codec;
  #first = 0;
  /** Rows whose line does not say when they arrived: their flow's end, or its start, stands for it. */
  byFlow = 0;
  /** Rows whose line has no time at all: they arrived now. */
  undated = 0;

  /**
   * @param capability json_udp
   * @param options `nowMs`, Unix milliseconds; `complain` hears of what could not be used
   */
  constructor(
    capability: Capability,
    { nowMs, complain }: { nowMs: number; complain: Complain },
  ) {
    this.#capability = capability;
    this.#nowMs = nowMs;
    this.#complain = complain;
    this.#names = [capability.name];
    this.#renew();
  }

  /** Rows that wait to be taken. */
  get pending(): number {
    return this.#rows.next - this.#first;
  }

  /** Whether the rows are to be taken before the next object. */
  get full(): boolean {
    return this.pending === SEGMENT_ROWS || !this.#dictionary.hasRoom(STRINGS);
  }

  /**
   * The objects of a line: one, or those of an array.
   *
   * @param line any text
   */
  objects(line: string): readonly unknown[] {
    if (line.trim() === "") return [];
    try {
      const value = JSON.parse(line);
      return Array.isArray(value) ? value : [value];
    } catch {
      this.#complain("bad_json", "is not JSON: one whole object is wanted on each line", 1);
      return [];
    }
  }

  /**
   * Decodes one object; there must be room.
   *
   * @param value as `objects` gives it
   * @param line that holds nothing else; null where it does
   */
  take(value: unknown, line: string | null): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.#complain("not_an_object", "is no object with a flow's fields", 1);
    }
    const object = value as FlowObject;
    const format = EXPORT_FORMATS.indexOf(object.export_format as typeof EXPORT_FORMATS[number]);
    // Flows that are not of IP have no addresses; other JSON without them is no flow.
    const without = format < 0 ? [] : ADDRESSES.filter((name) => (object[name] ?? null) === null);
    for (const name of without) object[name] = NO_ADDRESS;
    const text = without.length === 0 && line !== null ? line : JSON.stringify(object);
    const arrival = this.#arrival(object);
    const rows = this.#rows;
    const before = rows.next;
    this.#codec.decode(this.#encoder.encode(text), NOBODY, arrival ?? this.#nowMs);
    if (rows.next === before) return;
    const slot = before & rows.mask;
    if (arrival === null) rows.columns.received_at[slot] = this.#stand(slot);
    if (format >= 0) rows.columns.export_format[slot] = format;
    for (const name of without) this.#clear(slot, name);
    this.#nameOf[slot] = this.#name(object.capability);
  }

  /** Takes the rows that wait; they are valid until the next object. */
  drain(): ImportedRows {
    const { columns, mask } = this.#rows;
    const first = this.#first;
    const slots = Uint32Array.from({ length: this.pending }, (_, i) => (first + i) & mask);
    const texts = this.#dictionary;
    this.#first = this.#rows.next;
    this.#renew();
    return { columns, slots, capabilityOf: (slot) => this.#names[this.#nameOf[slot]], texts };
  }

  /** A block's strings are its own, so that there is always room. */
  #renew(): void {
    this.#dictionary = new Dictionary(Dictionary.allocate());
    this.#codec = this.#capability.buildCodec({
      rows: this.#rows,
      dictionary: this.#dictionary,
      exporters: { addressWords: () => null, find: () => null },
      templates: () => {},
      setsWithoutTemplate: () => {},
      report: ({ code, found, expected, count }) =>
        this.#complain(code, `${code}: found ${found}, expected ${expected}`, count),
    });
  }

  /** When a flow was received, as the object says; null where it does not. */
  #arrival({ received_at, time_received_ns }: FlowObject): number | null {
    const given = received_at ?? time_received_ns ?? null;
    if (given === null || given === "") return null;
    const ms = received_at === given ? readMoment(given) : Number(given) / 1e6;
    const found = JSON.stringify(given).slice(0, 60);
    if (!(Math.abs(ms) <= 8.64e15)) {
      this.#complain("bad_value", `bad_value: found received_at ${found}, expected ISO 8601`, 1);
      return null;
    }
    // It would be of no window for as long, and never too old to keep.
    if (ms > this.#nowMs + AHEAD_MS) {
      this.#complain("bad_value", `bad_value: found received_at ${found}, expected the past`, 1);
      return null;
    }
    return ms;
  }

  /** What stands for an arrival that is not known. */
  #stand(slot: number): number {
    const { columns } = this.#rows;
    for (const name of ["end_at", "start_at"] as const) {
      if (!this.#has(slot, name) || columns[name][slot] > this.#nowMs) continue;
      this.byFlow++;
      return columns[name][slot];
    }
    this.undated++;
    return this.#nowMs;
  }

  #name(given: unknown): number {
    if (typeof given !== "string") return 0;
    const known = this.#names.indexOf(given);
    if (known >= 0) return known;
    const fits = CAPABILITY.test(given) && this.#names.length < MAX_CAPABILITIES;
    return fits ? this.#names.push(given) - 1 : 0;
  }

  #has(slot: number, name: StoredFieldName): boolean {
    const bit = presenceBit(name);
    const { presence } = this.#rows.columns;
    return (presence[slot * PRESENCE_WORDS + (bit >> 5)] & (1 << (bit & 31))) !== 0;
  }

  #clear(slot: number, name: StoredFieldName): void {
    const bit = presenceBit(name);
    this.#rows.columns.presence[slot * PRESENCE_WORDS + (bit >> 5)] &= ~(1 << (bit & 31));
  }
}

/** Unix milliseconds of ISO 8601 text, or of a number of seconds or milliseconds; NaN for none. */
function readMoment(value: unknown): number {
  if (typeof value === "number") return value < FIRST_MILLISECONDS ? value * 1000 : value;
  return typeof value === "string" && ISO_8601.test(value) ? Date.parse(value) : NaN;
}
