import type { Capability } from "../../core/collector/capability.ts";
import type { FlowRecord } from "../../core/flow/schema.ts";
import { LIMITS } from "../../core/wire/limits.ts";
import { DROP_REASONS } from "../../core/wire/wire_error.ts";
import { CodecHarness } from "../support/codec_harness.ts";
import { heapUsed } from "../support/heap.ts";
import type { Arrival } from "./datagram_maker.ts";
import type { Seed } from "./seeds.ts";

export const FAILURE_KINDS = ["throw", "slow", "hang", "growth", "wrong"] as const;
/** What a hostile datagram came to. */
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** A datagram that a codec did not survive as it should. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** A datagram may take this long, and longer by its size: a machine under load is no hang. */
const PATIENCE_MS = 500;
const PATIENCE_MS_PER_OCTET = 0.02;
/** What a codec may hold in the end beyond what it began with; what arrived is a tenth of it. */
const GROWTH_OCTETS = 128 * 1024 * 1024;
const SINGLE_ROWS = 1 << 16;
/** The same address cannot be known from hostile datagrams. */
const FRESH = { address: "203.0.113.77", port: 1 };

/** One codec from its start: takes datagrams, and checks what each one does to it. */
export class Life {
  readonly #capability: Capability;
  readonly #harness: CodecHarness;
  /** The same codec as `decode --elements` uses it: it must write the same rows. */
  readonly #twin: CodecHarness | null;
  readonly #heapBefore: number;
  #rows = 0;
  readonly #codes = new Set<string>();

  /**
   * @param capability whose codec
   * @param options `twin`: whether to compare with the codec that names elements
   */
  constructor(capability: Capability, { twin = false }: { twin?: boolean } = {}) {
    this.#capability = capability;
    this.#harness = new CodecHarness(capability, { rows: SINGLE_ROWS, counters: true });
    this.#twin = twin ? new CodecHarness(capability, { rows: SINGLE_ROWS, elements: true }) : null;
    this.#heapBefore = memory();
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Problems that were reported so far, by code. */
  get codes(): ReadonlySet<string> {
    return this.#codes;
  }

  /**
   * Decodes one datagram.
   *
   * @throws {Failure} for a throw, for far too long a time, for rows that cannot be
   */
  take({ datagram, source, at }: Arrival): void {
    const began = performance.now();
    const { records, errors } = this.#decode(this.#harness, { datagram, source, at });
    const took = performance.now() - began;
    if (took > PATIENCE_MS + datagram.length * PATIENCE_MS_PER_OCTET) {
      throw new Failure("slow", `${Math.round(took)} ms for ${datagram.length} octets`);
    }
    for (const { code, offset, count } of errors) {
      const known = DROP_REASONS.includes(code) && code !== "decoder_fault";
      if (!known || offset < 0 || offset > datagram.length || !(count > 0)) {
        throw new Failure("wrong", `reported ${code} at ${offset}, ${count} times`);
      }
      this.#codes.add(code);
    }
    // What waited may come with it; a record has an octet at least, and two rows at most.
    const most = 2 * (datagram.length + LIMITS.waitingOctets);
    if (records.length > most) throw new Failure("wrong", `${records.length} rows`);
    for (const record of records) checkRecord(record);
    const { interfaces, devices } = this.#harness.counters();
    for (const counter of [...interfaces, ...devices]) checkCounter(counter);
    this.#rows += records.length;
    if (this.#twin !== null) this.#compare(records, { datagram, source, at });
  }

  /**
   * Checks what is left at the end.
   *
   * @param seeds good datagrams, one exporter each: a stranger's are still decoded as ever
   * @throws {Failure} for memory that grew beyond every cap, or a codec that is deaf now
   */
  end(seeds: readonly Seed[]): void {
    const grown = memory() - this.#heapBefore;
    if (grown > GROWTH_OCTETS) {
      throw new Failure("growth", `${(grown / 2 ** 20).toFixed(0)} MiB more than at the start`);
    }
    const fresh = new CodecHarness(this.#capability, { rows: SINGLE_ROWS });
    const [seed] = seeds;
    for (const datagram of seed.datagrams) {
      const [now, wanted] = [this.#harness, fresh].map((harness) =>
        // Arrival never goes back within a ring.
        JSON.stringify(harness.decode(datagram, { source: FRESH }).records.map(withoutArrival))
      );
      if (now !== wanted) {
        throw new Failure("wrong", `${seed.name} is decoded to ${now} now, not ${wanted}`);
      }
    }
  }

  #decode(harness: CodecHarness, { datagram, source, at }: Arrival) {
    try {
      return harness.decode(datagram, { source, at });
    } catch (error) {
      const { name, message } = error as Error;
      throw new Failure("throw", `${name}: ${message}`, { cause: error });
    }
  }

  #compare(records: readonly FlowRecord[], arrival: Arrival): void {
    const twins = this.#decode(this.#twin!, arrival).records;
    const [plain, named] = [records, twins].map((list) => JSON.stringify(list));
    if (plain !== named) {
      throw new Failure("wrong", `with --elements ${named}, without ${plain}`);
    }
  }
}

function memory(): number {
  return heapUsed() + Deno.memoryUsage().external;
}

function withoutArrival({ received_at: _, ...record }: FlowRecord): Partial<FlowRecord> {
  return record;
}

const MAX_TIME = 8.64e15;
const COUNTERS = ["bytes", "packets", "l2_bytes", "dropped_packets", "latency_ms", "duration_ms"];

/** A row beside the flows must be somebody's, and of numbers. */
function checkCounter(counter: Readonly<Record<string, string | number | null>>): void {
  for (const [name, value] of Object.entries(counter)) {
    const wrong = value === undefined || (typeof value === "number" && !Number.isFinite(value));
    if (wrong || (name === "exporter" && value === null)) {
      throw new Failure("wrong", `${name} of a counter is ${value}`);
    }
  }
}

/** A row must read as a record whatever it was decoded from. */
function checkRecord(record: FlowRecord): void {
  const wrong = (name: string): never => {
    throw new Failure("wrong", `${name} is ${record[name as keyof FlowRecord]}`);
  };
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) wrong(name);
  }
  for (const name of ["capability", "export_format", "received_at", "sampling_source"]) {
    if (record[name as keyof FlowRecord] === null) wrong(name);
  }
  for (const name of COUNTERS) {
    const value = record[name as keyof FlowRecord] as number | null;
    if (value !== null && value < 0) wrong(name);
  }
  for (const name of ["start_at", "end_at"] as const) {
    const value = record[name];
    if (value !== null && !(Math.abs(Date.parse(value)) <= MAX_TIME)) wrong(name);
  }
  if (record.sampling_rate !== null && !(record.sampling_rate >= 1)) wrong("sampling_rate");
}
