import { PRESENCE_WORDS, presenceBit } from "../../core/flow/schema.ts";
import { EXPORT_FORMATS, SAMPLING_SOURCES, type StoredFieldName } from "../../core/flow/schema.ts";
import type { CodecContext } from "../../core/wire/codec.ts";
import type { DropReason } from "../../core/wire/wire_error.ts";
import { JSON_NAMES } from "./fields.ts";
import { makeSetter, type Setter } from "./setters.ts";

const EVENT_BIT = presenceBit("event");

/** Writes one object's values into a row. */
export class RowBuilder {
  readonly #context: CodecContext;
  readonly #problem: (code: DropReason, found: () => string, expected: string) => void;
  readonly #names = new Map<string, { bit: number; set: Setter; wanted: string }>();
  readonly #presence = new Uint32Array(PRESENCE_WORDS);
  #receivedAt = 0;
  #exporter: Uint32Array | null = null;
  #pending = 0;
  #slot = 0;
  /** Whether the object has been found to be of no use. */
  #refused = false;

  /**
   * @param context where rows and strings go
   * @param problem takes note of values that could not be used
   */
  constructor(
    context: CodecContext,
    problem: (code: DropReason, found: () => string, expected: string) => void,
  ) {
    this.#context = context;
    this.#problem = problem;
    for (const name of JSON_NAMES) {
      this.#names.set(name.name, {
        bit: presenceBit(name.column),
        ...makeSetter(name, context.rows.columns, context.dictionary),
      });
    }
  }

  /** Begins a datagram. */
  begin(receivedAt: number, exporter: Uint32Array | null): void {
    this.#receivedAt = receivedAt;
    this.#exporter = exporter;
    this.#pending = 0;
  }

  /** Begins an object. */
  open(): void {
    const { rows } = this.#context;
    if (this.#pending === rows.maxBatch) this.flush();
    const first = rows.reserve(this.#pending + 1);
    this.#slot = (first + this.#pending) & rows.mask;
    this.#presence.fill(0);
    this.#refused = false;
  }

  /**
   * Sets a field by any of its names; names that mean nothing are passed over.
   *
   * @param name key, dotted where nested
   * @param value anything but null; "" says "not known", as null does
   */
  set(name: string, value: unknown): void {
    const field = this.#names.get(name);
    // The first of two spellings counts, so that none silently overwrites the other.
    if (field === undefined || value === "" || this.#has(field.bit)) return;
    const outcome = field.set(value, this.#slot);
    if (outcome === "set") this.#mark(field.bit);
    else if (outcome !== "unknown") {
      // Without its event the row would count as traffic.
      if (field.bit === EVENT_BIT) this.#refused = true;
      const found = () => `${name}: ${JSON.stringify(value)?.slice(0, 60)}`;
      this.#problem(outcome, found, field.wanted);
    }
  }

  /**
   * Ends an object: the row counts if it has both addresses.
   *
   * @param unscaled whether its counters still have to be multiplied by its sampling rate
   */
  close(unscaled: boolean): void {
    if (this.#refused) return;
    if (!this.#isSet("src_addr") || !this.#isSet("dst_addr")) {
      this.#problem("missing_address", () => "an object without both", "src_addr and dst_addr");
      return;
    }
    const { columns } = this.#context.rows;
    const slot = this.#slot;
    this.#times(slot);
    this.#sampling(slot, unscaled);
    columns.export_format[slot] = EXPORT_FORMATS.indexOf("json");
    this.#mark(presenceBit("export_format"));
    columns.received_at[slot] = this.#receivedAt;
    this.#mark(presenceBit("received_at"));
    if (this.#exporter !== null && !this.#isSet("exporter")) {
      columns.exporter.set(this.#exporter, slot * 4);
      this.#mark(presenceBit("exporter"));
    }
    columns.presence.set(this.#presence, slot * PRESENCE_WORDS);
    this.#pending++;
  }

  /** Hands the rows so far to the readers. */
  flush(): void {
    if (this.#pending > 0) this.#context.rows.commit(this.#pending);
    this.#pending = 0;
  }

  /** Of start, end and duration any two give the third. */
  #times(slot: number): void {
    const { start_at, end_at, duration_ms } = this.#context.rows.columns;
    const started = this.#isSet("start_at");
    const ended = this.#isSet("end_at");
    const lasted = this.#isSet("duration_ms");
    if (started && ended && !lasted && end_at[slot] >= start_at[slot]) {
      duration_ms[slot] = end_at[slot] - start_at[slot];
      this.#mark(presenceBit("duration_ms"));
    } else if (ended && lasted && !started) {
      start_at[slot] = end_at[slot] - duration_ms[slot];
      this.#mark(presenceBit("start_at"));
    } else if (started && lasted && !ended) {
      end_at[slot] = start_at[slot] + duration_ms[slot];
      this.#mark(presenceBit("end_at"));
    }
  }

  #sampling(slot: number, unscaled: boolean): void {
    const { sampling_rate, sampling_source, bytes, packets } = this.#context.rows.columns;
    const known = this.#isSet("sampling_rate");
    if (known && unscaled) {
      bytes[slot] *= sampling_rate[slot];
      packets[slot] *= sampling_rate[slot];
    }
    if (!this.#isSet("sampling_source")) {
      sampling_source[slot] = SAMPLING_SOURCES.indexOf(known ? "in_record" : "assumed");
      this.#mark(presenceBit("sampling_source"));
    }
  }

  #isSet(name: StoredFieldName): boolean {
    return this.#has(presenceBit(name));
  }

  #has(bit: number): boolean {
    return (this.#presence[bit >> 5] & (1 << (bit & 31))) !== 0;
  }

  #mark(bit: number): void {
    this.#presence[bit >> 5] |= 1 << (bit & 31);
  }
}
