import type { Capability } from "../collector/capability.ts";
import { ExporterTable } from "../exporter/exporter_table.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { readRecord } from "../flow/record_reader.ts";
import { FlowRing } from "../flow/ring.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import type { FlowRecord } from "../flow/schema.ts";
import type { Codec, DatagramSource } from "../wire/codec.ts";
import type { WireError } from "../wire/wire_error.ts";

/** More rows than any datagram can give: the smallest record of all has 4 octets. */
const CAPACITY = 1 << 16;

/** A capability with a ring of its own. */
interface Lane {
  readonly capability: Capability;
  readonly codec: Codec;
  readonly rows: RingWriter;
}

/**
 * Decodes datagrams one by one into FlowRecords, with the same codecs as the collectors. State of
 * exporters and templates lives as long as the decoder.
 */
export class DatagramDecoder {
  readonly #capabilities: readonly Capability[];
  readonly #report: (error: WireError) => void;
  readonly #dictionary = new Dictionary(Dictionary.allocate());
  readonly #exporters = new ExporterTable(ExporterTable.allocate());
  readonly #lanes = new Map<string, Lane>();

  /**
   * @param capabilities to choose from
   * @param report hears of what cannot be decoded
   */
  constructor(capabilities: readonly Capability[], report: (error: WireError) => void) {
    this.#capabilities = capabilities;
    this.#report = report;
  }

  /**
   * The capability that a datagram is for: by its content, then by its port.
   *
   * @param datagram its payload, and the `port` it was sent to
   */
  choose(datagram: Uint8Array, port: number): Capability | undefined {
    return this.#capabilities.find((capability) => capability.recognises(datagram)) ??
      this.#capabilities.find(({ defaultPort }) => defaultPort === port);
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
  ): Generator<FlowRecord> {
    const { codec, rows } = this.#lane(capability);
    const first = rows.next;
    codec.decode(datagram, source, receivedAtMs);
    const context = { capability: capability.name, dictionary: this.#dictionary };
    for (let row = first; row < rows.next; row++) {
      yield readRecord(rows.columns, row & rows.mask, context);
    }
  }

  #lane(capability: Capability): Lane {
    let lane = this.#lanes.get(capability.name);
    if (lane === undefined) {
      const rows = new RingWriter(new FlowRing(FlowRing.allocate(CAPACITY)), { clamped: false });
      const codec = capability.buildCodec({
        rows,
        dictionary: this.#dictionary,
        exporters: this.#exporters,
        // A capture shows what it shows: its summary names what was not decoded.
        templates: () => {},
        setsWithoutTemplate: () => {},
        report: this.#report,
      });
      this.#lanes.set(capability.name, lane = { capability, codec, rows });
    }
    return lane;
  }
}
