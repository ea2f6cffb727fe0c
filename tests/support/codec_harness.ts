import { FreshRows } from "../../core/cli/fresh_rows.ts";
import type { Capability } from "../../core/collector/capability.ts";
import { ExporterTable } from "../../core/exporter/exporter_table.ts";
import { Dictionary } from "../../core/flow/dictionary.ts";
import {
  DEVICE_COUNTER_TABLE,
  type DeviceCounterRow,
  INTERFACE_TABLE,
  type InterfaceRow,
  type InterfaceSample,
} from "../../core/flow/interface_schema.ts";
import { InterfaceNames } from "../../core/flow/interface_names.ts";
import { readRecord } from "../../core/flow/record_reader.ts";
import { FlowRing } from "../../core/flow/ring.ts";
import { RingWriter } from "../../core/flow/ring_writer.ts";
import type { FlowRecord } from "../../core/flow/schema.ts";
import type { RecordOf } from "../../core/flow/table.ts";
import type { Codec, CodecContext, DatagramSource } from "../../core/wire/codec.ts";
import { InterfaceNameKeeper } from "../../core/wire/interface_name_keeper.ts";
import { type Recalled, RecallLedger } from "../../core/wire/recall.ts";
import type { WireError } from "../../core/wire/wire_error.ts";

/** Exporter of the harness where a test names none (RFC 5737). */
export const SOURCE: DatagramSource = { address: "192.0.2.1", port: 50_000 };
/** Arrival where a test names none: 2024-01-01T00:00:00Z. */
export const ARRIVAL_MS = 1_704_067_200_000;

/** What one datagram gave. */
export interface Decoded {
  records: FlowRecord[];
  errors: WireError[];
}

/** A codec with everything it writes to, as a collector would set it up. */
export class CodecHarness {
  readonly ring: FlowRing;
  readonly rows: RingWriter;
  readonly dictionary = new Dictionary(Dictionary.allocate());
  /** Templates learnt. */
  templates = 0;
  /** Sets that wait for their template. */
  setsWithoutTemplate = 0;
  readonly exporters = new ExporterTable(ExporterTable.allocate());
  readonly interfaceNames = new InterfaceNames();
  readonly #name: string;
  readonly #codec: Codec;
  /** Null where a test asks for none. */
  readonly #interfaces: FreshRows<InterfaceRow> | null;
  readonly #devices: FreshRows<DeviceCounterRow> | null;
  #errors: WireError[] = [];

  /**
   * @param capability whose codec to run
   * @param options `rows` of the ring; `elements`: decode as `decode --elements` does;
   *   `counters`: keep those of interfaces and devices; and what of the context a test gives
   */
  constructor(
    capability: Pick<Capability, "name" | "buildCodec">,
    { rows = 4096, elements = false, counters = false, ...given }:
      & { rows?: number; elements?: boolean; counters?: boolean }
      & Partial<Pick<CodecContext, "memory" | "configuredRate">> = {},
  ) {
    this.ring = new FlowRing(FlowRing.allocate(rows));
    this.rows = new RingWriter(this.ring);
    this.#name = capability.name;
    this.#interfaces = counters ? new FreshRows(INTERFACE_TABLE, this.dictionary) : null;
    this.#devices = counters ? new FreshRows(DEVICE_COUNTER_TABLE, this.dictionary) : null;
    this.#codec = capability.buildCodec({
      rows: this.rows,
      dictionary: this.dictionary,
      interfaceNames: new InterfaceNameKeeper(this.interfaceNames),
      interfaces: this.#interfaces?.writer,
      deviceCounters: this.#devices?.writer,
      exporters: this.exporters,
      templates: (count) => this.templates += count,
      setsWithoutTemplate: (change) => this.setsWithoutTemplate += change,
      report: (error) => this.#errors.push(error),
      ...given,
      elements: elements ? () => {} : undefined,
    });
  }

  /**
   * Decodes one datagram; the octets are overwritten afterwards, as a receive buffer's are.
   *
   * @param datagram octets, or text to be sent as UTF-8
   * @param options `source` it came from and time of arrival
   */
  decode(
    datagram: Uint8Array | string,
    { source = SOURCE, at = ARRIVAL_MS }: { source?: DatagramSource; at?: number } = {},
  ): Decoded {
    const { first, rows } = this.feed(datagram, { source, at });
    const records: FlowRecord[] = [];
    for (let row = first; row < first + rows; row++) records.push(this.record(row));
    return { records, errors: this.#errors };
  }

  /**
   * Decodes one datagram and reads none of its rows.
   *
   * @param datagram as in {@linkcode decode}, as are the options
   * @returns number of its first row, and how many it gave
   */
  feed(
    datagram: Uint8Array | string,
    { source = SOURCE, at = ARRIVAL_MS }: { source?: DatagramSource; at?: number } = {},
  ): { first: number; rows: number } {
    const first = this.ring.committed;
    const octets = typeof datagram === "string"
      ? new TextEncoder().encode(datagram)
      : Uint8Array.from(datagram);
    this.#errors = [];
    this.#codec.decode(octets, source, at);
    octets.fill(0xee);
    return { first, rows: this.ring.committed - first };
  }

  /** The counters of interfaces and devices that came since the last call. */
  counters(): { interfaces: InterfaceSample[]; devices: RecordOf<DeviceCounterRow>[] } {
    return {
      interfaces: [...this.#interfaces?.take() ?? []],
      devices: [...this.#devices?.take() ?? []],
    };
  }

  /**
   * What has to stand in front of a datagram.
   *
   * @param datagram as in {@linkcode decode}
   * @param options `source`, and the capture's `ledger`
   */
  recall(
    datagram: Uint8Array,
    { source = SOURCE, ledger = new RecallLedger() }: {
      source?: DatagramSource;
      ledger?: RecallLedger;
    } = {},
  ): Recalled | null {
    return this.#codec.recall?.(datagram, source, { receivedAtMs: ARRIVAL_MS, ledger }) ?? null;
  }

  /**
   * Reads one row.
   *
   * @param row number of a committed row that is still held
   */
  record(row: number): FlowRecord {
    const { columns, mask } = this.ring;
    return readRecord(columns, row & mask, {
      capability: this.#name,
      dictionary: this.dictionary,
    });
  }
}

/**
 * What was reported, as `code: count`.
 *
 * @param errors of one or more datagrams
 */
export function countByCode(errors: readonly WireError[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code, count } of errors) counts[code] = (counts[code] ?? 0) + count;
  return counts;
}
