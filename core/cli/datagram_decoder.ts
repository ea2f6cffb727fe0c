import type { Capability } from "../collector/capability.ts";
import { chooseCapability } from "../collector/choose_capability.ts";
import { ExporterTable } from "../exporter/exporter_table.ts";
import { Dictionary } from "../flow/dictionary.ts";
import {
  DEVICE_COUNTER_TABLE,
  type DeviceCounterRow,
  INTERFACE_TABLE,
  type InterfaceRow,
  type InterfaceSample,
} from "../flow/interface_schema.ts";
import { readRecord } from "../flow/record_reader.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import type { FlowRecord } from "../flow/schema.ts";
import type { RecordOf } from "../flow/table.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { LatestSamples } from "../query/latest_samples.ts";
import type { Codec, DatagramSource, RecordElements } from "../wire/codec.ts";
import { InterfaceNameKeeper } from "../wire/interface_name_keeper.ts";
import type { WireError } from "../wire/wire_error.ts";
import { FreshRows } from "./fresh_rows.ts";

/** More rows than any datagram can give: the smallest record of all has 4 octets. */
const CAPACITY = 1 << 16;

/** A flow, and what it was decoded from. */
export interface DecodedRecord extends FlowRecord {
  /** Present where elements were asked for; null where the format has none. */
  elements?: RecordElements | null;
}

/** What a decoder does besides decoding. */
export interface DecoderOptions {
  /** Whether records come with the fields that they were decoded from. */
  readonly elements?: boolean;
  /** Whether counters of interfaces and devices are kept for `counters()`. */
  readonly counters?: boolean;
  /** Rows that are kept for `sources` by capability; default and least: those of one datagram. */
  readonly capacity?: number;
  /** Whether arrivals are kept from going back, so that windows can be searched. */
  readonly clamped?: boolean;
}

/** A capability with a ring of its own. */
interface Lane {
  readonly codec: Codec;
  readonly ring: FlowRing;
  readonly rows: RingWriter;
}

/** A row beside the flows, with the table that it is of. */
export type CounterRecord =
  | { table: "interface_samples" } & InterfaceSample & { rates: ReturnType<LatestSamples["take"]> }
  | { table: "device_counters" } & RecordOf<DeviceCounterRow>;

/**
 * Decodes datagrams one by one into FlowRecords, with the same codecs as the collectors. State of
 * exporters and templates lives as long as the decoder.
 */
export class DatagramDecoder {
  readonly #capabilities: readonly Capability[];
  readonly #report: (error: WireError) => void;
  readonly #capacity: number;
  readonly #clamped: boolean;
  readonly #dictionary = new Dictionary(Dictionary.allocate());
  readonly exporters = new ExporterTable(ExporterTable.allocate());
  readonly #interfaceNames = new InterfaceNameKeeper(new InterfaceNames());
  readonly #lanes = new Map<string, Lane>();
  /** Of the datagram, by row; null where they are not asked for. */
  readonly #elements: Map<number, RecordElements> | null;
  readonly #latest = new LatestSamples();
  /** Null where counters are not asked for. */
  readonly #interfaces: FreshRows<InterfaceRow> | null;
  readonly #deviceCounters: FreshRows<DeviceCounterRow> | null;
  /** Sets whose template did not come. */
  setsWithoutTemplate = 0;

  /**
   * @param capabilities to choose from
   * @param report hears of what cannot be decoded
   * @param options what else it does
   */
  constructor(
    capabilities: readonly Capability[],
    report: (error: WireError) => void,
    { elements = false, counters = false, capacity = CAPACITY, clamped = false }: DecoderOptions =
      {},
  ) {
    this.#capacity = Math.max(capacity, CAPACITY);
    this.#clamped = clamped;
    this.#capabilities = capabilities;
    this.#report = report;
    this.#elements = elements ? new Map() : null;
    this.#interfaces = counters ? new FreshRows(INTERFACE_TABLE, this.#dictionary) : null;
    this.#deviceCounters = counters ? new FreshRows(DEVICE_COUNTER_TABLE, this.#dictionary) : null;
  }

  /**
   * The capability that a datagram is for: by its content, then by its port.
   *
   * @param datagram its payload, and the `port` it was sent to
   */
  choose(datagram: Uint8Array, port: number): Capability | undefined {
    return chooseCapability(this.#capabilities, { datagram, port });
  }

  /**
   * Decodes a datagram.
   *
   * @param capability whose codec to use
   * @param datagram its payload
   * @param from its `source`, and arrival in Unix milliseconds (NaN when not known)
   */
  *decode(
    capability: Capability,
    datagram: Uint8Array,
    { source, receivedAtMs }: { source: DatagramSource; receivedAtMs: number },
  ): Generator<DecodedRecord> {
    const { rows } = this.#lane(capability);
    const first = rows.next;
    this.keep(capability, datagram, { source, receivedAtMs });
    const context = { capability: capability.name, dictionary: this.#dictionary };
    for (let row = first; row < rows.next; row++) {
      const record = readRecord(rows.columns, row & rows.mask, context);
      yield this.#elements === null
        ? record
        : { ...record, elements: this.#elements.get(row) ?? null };
    }
  }

  /**
   * Decodes a datagram into the rows of `sources`.
   *
   * @param capability whose codec to use
   * @param datagram its payload
   * @param from its `source`, and arrival in Unix milliseconds
   * @returns how many flows it held
   */
  keep(
    capability: Capability,
    datagram: Uint8Array,
    { source, receivedAtMs }: { source: DatagramSource; receivedAtMs: number },
  ): number {
    const { codec, rows } = this.#lane(capability);
    const first = rows.next;
    this.#elements?.clear();
    codec.decode(datagram, source, receivedAtMs);
    return rows.next - first;
  }

  /** The rows that are kept, by capability. */
  get sources(): FlowSource[] {
    return [...this.#lanes].map(([capability, { ring }]) => ({
      capability,
      // Nothing of it is kept elsewhere, so that nothing needs to find it there.
      port: 0,
      epoch: 0,
      ring,
      dictionary: this.#dictionary,
    }));
  }

  /** The counters that came beside flows since the last call. */
  *counters(): Generator<CounterRecord> {
    for (const sample of this.#interfaces?.take() ?? []) {
      yield { table: "interface_samples", ...sample, rates: this.#latest.take(sample) };
    }
    for (const counter of this.#deviceCounters?.take() ?? []) {
      yield { table: "device_counters", ...counter };
    }
  }

  #lane(capability: Capability): Lane {
    let lane = this.#lanes.get(capability.name);
    if (lane === undefined) {
      const ring = new FlowRing(FlowRing.allocate(this.#capacity));
      const rows = new RingWriter(ring, { clamped: this.#clamped });
      const codec = capability.buildCodec({
        rows,
        dictionary: this.#dictionary,
        interfaces: this.#interfaces?.writer,
        interfaceNames: this.#interfaceNames,
        deviceCounters: this.#deviceCounters?.writer,
        exporters: this.exporters,
        // A capture shows what it shows: its summary names what was not decoded.
        templates: () => {},
        setsWithoutTemplate: (change) => this.setsWithoutTemplate += change,
        report: this.#report,
        elements: this.#elements === null ? undefined : (elements, { first, rows }) => {
          for (let row = first; row < first + rows; row++) this.#elements!.set(row, elements);
        },
      });
      this.#lanes.set(capability.name, lane = { codec, ring, rows });
    }
    return lane;
  }
}
