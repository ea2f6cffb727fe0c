import type { Dictionary } from "../flow/dictionary.ts";
import type { DeviceCounterRow, InterfaceRow } from "../flow/interface_schema.ts";
import type { RingWriter } from "../flow/ring_writer.ts";
import type { RowWriter } from "../flow/row_writer.ts";
import type { SamplingSource } from "../flow/schema.ts";
import type { ElementValue } from "./netflow/elements/decode_value.ts";
import type { InterfaceNameKeeper } from "./interface_name_keeper.ts";
import type { CodecMemory } from "./learnt.ts";
import type { PacketDescription } from "./packet/describe_packet.ts";
import type { Recalled, RecallMoment } from "./recall.ts";
import type { WireError } from "./wire_error.ts";

/** Where a datagram came from. */
export interface DatagramSource {
  /** IP address as text; "" where it is not known. */
  readonly address: string;
  readonly port: number;
  /**
   * Who sent the datagram, where it names another address as its exporter's: what one sender says
   * for an exporter is accounted apart from what another says for it.
   */
  readonly sender?: string;
}

/** What a sequence number counts. */
export type SequenceUnit = "flows" | "datagrams" | "records" | "samples" | "sets";

/** What one message held: from it shows what its exporter's sequence number really counts. */
export interface MessageCounts {
  /** Flow records; of NetFlow 5 and 7 those announced. */
  readonly data: number;
  /** Records of options data. */
  readonly options: number;
  /** Template records, options templates among them. */
  readonly templates: number;
  /** Sets of all kinds. */
  readonly sets: number;
  /** Whether all sets could be read; if not, nobody knows how many records there were. */
  readonly complete: boolean;
}

/** Where a codec accounts for one exporter and observation domain. */
export interface ExporterAccount {
  /** Notes a datagram that gave `records` flow records at `nowMs`. */
  seen(records: number, nowMs: number): void;
  /** Notes the sampling rate in force: one in `rate`, 0 for not known. */
  sampled(rate: number, source: SamplingSource): void;
  /**
   * Notes a 32-bit sequence number that moves on by `units`, as the format has it; the exporter's
   * own clock, where the format has one, tells a restart from reordering. What the `message` held,
   * where it is given, shows whether the exporter numbers otherwise (not valid after the call).
   */
  sequence(
    sequence: number,
    step: { units: number; unit: SequenceUnit; nowMs: number; message?: MessageCounts },
    clock?: { uptimeMs: number; unixMs: number },
  ): void;
  /** Forgets where the sequence stands: the next number is taken as it comes. */
  resync(): void;
  /**
   * Notes samples of its data sources that are missing (less than 0 where late ones came after
   * all), and those that it says it had to drop. Not loss: what a lost datagram held is among them.
   */
  samples(lost: number, dropped: number): void;
  /** Notes how many templates are known of it, and how many of its sets `wait` for one. */
  templates(count: number, waiting: number): void;
  /** Notes that it announced a template. */
  announced(templateId: number, nowMs: number): void;
  /** Notes that data of a template was read; not for every datagram. */
  used(templateId: number, nowMs: number): void;
  /** Notes that its records name a sampler of which no rate is known. */
  unrated(nowMs: number): void;
  /** Notes what its own clock showed as it sent a datagram, Unix milliseconds. */
  clock(exportMs: number): void;
}

/** Where a codec finds its exporters. */
export interface ExporterDirectory {
  /** Words of a source address; null when the source is not known. */
  addressWords(address: string): Uint32Array | null;
  /** The account of an exporter (domain -1 where the format has none), null when there is no room. */
  find(source: DatagramSource, domain: number, nowMs: number): ExporterAccount | null;
}

/**
 * What a field was on the wire: a value, a list of records (RFC 6313), or the headers of a packet of
 * which it holds the first octets.
 */
export type FieldValue = ElementValue | readonly FieldValue[] | PacketDescription | {
  readonly [name: string]: FieldValue;
};

/** A record's fields by name, as they were on the wire; a list where a name occurs again. */
export type RecordElements = Readonly<Record<string, FieldValue>>;

/** What a codec writes to. */
export interface CodecContext {
  readonly rows: RingWriter;
  readonly dictionary: Dictionary;
  /** Where names go that exporters give their interfaces; left out where nobody wants them. */
  readonly interfaceNames?: InterfaceNameKeeper;
  /** Where samples of interfaces go; left out where nobody wants them. */
  readonly interfaces?: RowWriter<InterfaceRow>;
  /** Where other counters of devices go; left out where nobody wants them. */
  readonly deviceCounters?: RowWriter<DeviceCounterRow>;
  readonly exporters: ExporterDirectory;
  /** Counts templates that are new. */
  templates(count: number): void;
  /** Counts sets that wait for their template, or take back the count when it comes. */
  setsWithoutTemplate(change: number): void;
  /**
   * The sampling rate that the operator gave an exporter's address (text as in `DatagramSource`):
   * one in this many, 0 for none. It stands above what the exporter says, with the source
   * `configured`. Left out where nothing is configured.
   */
  readonly configuredRate?: (address: string) => number;
  /** What outlives the collector; left out where nothing does. */
  readonly memory?: CodecMemory;
  /** Takes note of what could not be decoded. */
  report(error: WireError): void;
  /**
   * Hears of the fields behind `rows` rows from `first` on. Left out by collectors: it costs an
   * object a record.
   */
  readonly elements?: (elements: RecordElements, at: { first: number; rows: number }) => void;
}

/** Turns datagrams of one protocol into rows. */
export interface Codec {
  /**
   * Decodes one datagram: writes and commits its rows, accounts for its exporter, reports what is
   * wrong with it. Never throws for what the wire holds.
   *
   * @param datagram the payload; not valid after the call
   * @param source where it came from
   * @param receivedAtMs Unix milliseconds
   */
  decode(datagram: Uint8Array, source: DatagramSource, receivedAtMs: number): void;
  /**
   * What a decoder that starts with this datagram has to be told first: templates, rates and names
   * of its session, as datagrams of the exporter. Left out by codecs whose datagrams stand alone.
   *
   * @param datagram the payload, before it is decoded; not valid after the call
   * @param source where it came from
   * @param at when it came, Unix milliseconds, and the capture's `ledger`
   * @returns null where there is nothing to tell, or it has been told
   */
  recall?(datagram: Uint8Array, source: DatagramSource, at: RecallMoment): Recalled | null;
}
