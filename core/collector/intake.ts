import { ExporterPolicy, type ExporterRules } from "../exporter/exporter_policy.ts";
import { ExporterTable } from "../exporter/exporter_table.ts";
import { Dictionary } from "../flow/dictionary.ts";
import {
  DEVICE_COUNTER_TABLE,
  INTERFACE_TABLE,
  type InterfaceRow,
} from "../flow/interface_schema.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";
import { sanitizeWireText } from "../flow/sanitize.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { RowWriter } from "../flow/row_writer.ts";
import { TableRing } from "../flow/table_ring.ts";
import type { Codec, DatagramSource } from "../wire/codec.ts";
import { InterfaceNameKeeper } from "../wire/interface_name_keeper.ts";
import type { LearntEntry } from "../wire/learnt.ts";
import type { DropReason, WireError } from "../wire/wire_error.ts";
import type { Capability } from "./capability.ts";
import { ControlBlock } from "./control_block.ts";
import { LearntBatch } from "./learnt_batch.ts";
import type { CollectorMemory } from "./messages.ts";
import { ReceiveGaps } from "./receive_gaps.ts";
import { recognises } from "./recognises.ts";
import { StrangerTable } from "./stranger_table.ts";
import type { TapSwitch } from "./tap_switch.ts";

/** What a codec says of a datagram that is not of its protocol. */
const UNREAD: ReadonlySet<DropReason> = new Set([
  "unknown_version",
  "truncated_header",
  "bad_json",
  "not_an_object",
]);

/** What an intake stands on. */
export interface IntakeOptions {
  /** Where rows, counts and exporters go. */
  readonly memory: CollectorMemory;
  readonly exporters: ExporterRules;
  /** What was learnt before, the longest unused first. */
  readonly known: readonly LearntEntry[];
  /** Copies datagrams while somebody wants them. */
  readonly taps: Pick<TapSwitch, "tap">;
  /** The time, Unix milliseconds. */
  readonly now: () => number;
  /** Hears of each problem, beside its count. */
  readonly tell: (error: WireError) => void;
}

/** All that a collector does with a datagram: decodes it, keeps its rows, and accounts for it. */
export class Intake {
  /** What the codec learnt. */
  readonly learnt: LearntBatch;
  readonly control: ControlBlock;
  readonly #capability: Capability;
  readonly #options: IntakeOptions;
  readonly #rows: RingWriter;
  readonly #interfaces: RowWriter<InterfaceRow>;
  readonly #strangers: StrangerTable;
  readonly #policy: ExporterPolicy;
  readonly #gaps: ReceiveGaps;
  readonly #codec: Codec;
  /** Whether the datagram at hand is not of the protocol. */
  #unread = false;

  /**
   * @param capability the protocol
   * @param options what it stands on
   */
  constructor(capability: Capability, options: IntakeOptions) {
    const { memory, exporters, known } = options;
    this.#capability = capability;
    this.#options = options;
    this.control = new ControlBlock(memory.control);
    this.learnt = new LearntBatch(known);
    this.#rows = new RingWriter(new FlowRing(memory.ring));
    this.#strangers = new StrangerTable(memory.strangers);
    this.#policy = new ExporterPolicy(exporters);
    this.#gaps = new ReceiveGaps(this.control.gapCells);
    const dictionary = new Dictionary(memory.dictionary);
    this.#interfaces = new RowWriter(INTERFACE_TABLE, {
      rows: new RingWriter(new TableRing(INTERFACE_TABLE, memory.interfaces)),
      dictionary,
    });
    this.#codec = capability.buildCodec({
      rows: this.#rows,
      interfaces: this.#interfaces,
      deviceCounters: new RowWriter(DEVICE_COUNTER_TABLE, {
        rows: new RingWriter(new TableRing(DEVICE_COUNTER_TABLE, memory.deviceCounters)),
        dictionary,
      }),
      dictionary,
      interfaceNames: new InterfaceNameKeeper(new InterfaceNames(memory.interfaceNames)),
      exporters: new ExporterTable(memory.exporters),
      templates: (count) => this.control.templates(count),
      setsWithoutTemplate: (change) => this.control.setsWithoutTemplate(change),
      configuredRate: (address) => this.#policy.samplingRate(address),
      memory: this.learnt,
      report: (error) => this.#report(error),
    });
  }

  /**
   * Takes a datagram in. Never throws for what the wire holds, nor for a defect of the decoder.
   *
   * @param datagram the payload; not valid after the call
   * @param from who sent it, as the socket gives it
   * @param nowMs when it was received, Unix milliseconds
   */
  take(datagram: Uint8Array, from: DatagramSource, nowMs: number): void {
    this.#gaps.received(nowMs);
    const allowed = this.#policy.allows(from.address);
    this.#unread = false;
    if (allowed) {
      try {
        this.#options.taps.tap?.take(datagram, from, this.#codec, nowMs);
        this.#codec.decode(datagram, from, nowMs);
      } catch (error) {
        this.#report(decoderFault(this.#capability, error));
      }
    } else this.#refuse(from);
    if (!allowed || (this.#unread && !recognises(this.#capability, datagram))) {
      const kind = allowed ? "unread" : "refused";
      this.#strangers.note(datagram, from, { kind, nowMs });
    }
    // Records first: whoever sees a datagram counted sees what it held.
    const { control } = this;
    control.flowRecords(this.#rows.next);
    control.interfaceSamples(this.#interfaces.written);
    control.datagram(datagram.length);
  }

  #report(error: WireError): void {
    this.#unread ||= UNREAD.has(error.code);
    this.control.drop(error.code, error.count, this.#options.now());
    this.#options.tell(error);
  }

  #refuse({ address }: DatagramSource): void {
    this.control.refuse();
    this.#options.tell({
      protocol: this.#capability.name,
      code: "exporter_not_allowed",
      offset: 0,
      found: `a datagram from ${sanitizeWireText(address)}`,
      expected: "an address that exporter.allow names",
      count: 1,
    });
  }
}

/** A defect in a decoder costs its datagram, never the collector. */
function decoderFault({ name }: Capability, error: unknown): WireError {
  return {
    protocol: name,
    code: "decoder_fault",
    offset: 0,
    found: sanitizeWireText(
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    ),
    expected: "a decoder that does not throw",
    count: 1,
  };
}
