import { sanitizeWireText } from "../../core/flow/sanitize.ts";
import type { Codec, CodecContext, DatagramSource } from "../../core/wire/codec.ts";
import type { DropReason, WireError } from "../../core/wire/wire_error.ts";
import { GOFLOW2_MARK, JSON_PREFIXES } from "./fields.ts";
import { RowBuilder } from "./row_builder.ts";
import { splitMembers, splitObjects } from "./split_objects.ts";

type JsonObject = Record<string, unknown>;

/** Broken pieces of one datagram that are looked at; each costs as much as several good objects. */
const MAX_BROKEN = 256;
/** What a line that is an object or array by itself begins and ends with. */
const WHOLE_LINE = /^\s*(?:\{.*\}|\[.*\])\s*$/;

/**
 * Decoder of flow records as JSON: one object, an array of objects, or objects on lines of their
 * own. A bad object costs no other; problems are reported once a kind and datagram, with a count.
 */
export class JsonCodec implements Codec {
  readonly #context: CodecContext;
  readonly #row: RowBuilder;
  readonly #text = new TextDecoder();
  readonly #problems = new Map<DropReason, WireError>();
  #broken = 0;

  /** @param context where rows, exporters and problems go */
  constructor(context: CodecContext) {
    this.#context = context;
    this.#row = new RowBuilder(
      context,
      (code, found, expected) => this.#problem(code, found, expected),
    );
  }

  /** @param datagram any payload */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void {
    const { rows, exporters } = this.#context;
    const receivedAt = rows.receivedAt(receivedAtMs);
    const first = rows.next;
    this.#broken = 0;
    if (datagram.length === 0) {
      this.#problem("empty_datagram", () => "0 octets", "JSON text");
    } else {
      this.#row.begin(receivedAt, exporters.addressWords(source.address));
      for (const value of this.#values(this.#text.decode(datagram))) this.#take(value);
      this.#row.flush();
    }
    exporters.find(source, -1, receivedAt)?.seen(rows.next - first, receivedAt);
    for (const problem of this.#problems.values()) this.#context.report(problem);
    this.#problems.clear();
  }

  /** The values of a datagram, whichever way they are laid out. */
  #values(text: string): unknown[] {
    const whole = parse(text);
    if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
    const values: unknown[] = [];
    const broken: string[] = [];
    for (const line of text.split("\n")) {
      const value = WHOLE_LINE.test(line) ? this.#parse(line) : undefined;
      if (Array.isArray(value)) values.push(...value);
      else if (value !== undefined) values.push(value);
      else if (line.trim() !== "") broken.push(line);
    }
    // Where no line stands on its own, the text is one array or object over many lines.
    for (const piece of values.length === 0 ? [text] : broken) this.#salvage(piece, values);
    if (this.#broken >= MAX_BROKEN) {
      this.#problem("bad_json", () => "too many broken objects", `fewer than ${MAX_BROKEN}`);
    }
    return values;
  }

  /** Takes what can be read from text that as a whole cannot. */
  #salvage(text: string, values: unknown[]): void {
    const objects = splitObjects(text);
    if (objects.length === 0) this.#problem("bad_json", () => quote(text), "JSON objects");
    for (const object of objects) {
      const value = this.#parse(object);
      if (value !== undefined) {
        values.push(value);
        continue;
      }
      const members = splitMembers(object);
      for (const member of members) {
        // A single member is the object itself, and broken.
        const value = members.length > 1 ? this.#parse(splitObjects(member)[0]) : undefined;
        if (value !== undefined) values.push(value);
        else this.#problem("bad_json", () => quote(member), "a JSON object");
      }
    }
  }

  /** The value of a text; undefined where there is none, or where too much was broken before. */
  #parse(text: string): unknown {
    if (this.#broken >= MAX_BROKEN) return undefined;
    const value = parse(text);
    if (value === undefined) this.#broken++;
    return value;
  }

  #take(value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#problem(
        "not_an_object",
        () => (JSON.stringify(value) ?? "nothing").slice(0, 60),
        "an object with a flow's fields",
      );
      return;
    }
    this.#row.open();
    this.#fields(value as JsonObject, "");
    this.#row.close(GOFLOW2_MARK in value);
  }

  #fields(object: JsonObject, prefix: string): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === null) continue;
      const name = prefix === "" ? key : `${prefix}.${key}`;
      if (typeof value === "object" && !Array.isArray(value) && JSON_PREFIXES.has(name)) {
        this.#fields(value as JsonObject, name);
      } else {
        this.#row.set(name, value);
      }
    }
  }

  #problem(code: DropReason, found: () => string, expected: string): void {
    const known = this.#problems.get(code);
    this.#problems.set(
      code,
      known === undefined
        ? {
          protocol: "json",
          code,
          offset: 0,
          found: sanitizeWireText(found()),
          expected,
          count: 1,
        }
        : { ...known, count: known.count + 1 },
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
