import { countOf } from "../count_of.ts";
import type { CapturedDatagram } from "../capture/capture_event.ts";
import { encodePcapHeader, encodePcapRecord } from "../capture/write_pcap.ts";
import type { Capability } from "../collector/capability.ts";
import { chooseCapability } from "../collector/choose_capability.ts";
import { addressBytes, formatAddressBytes } from "../flow/address.ts";
import type { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import type { PayloadAnonymiser } from "../wire/anonymise/payload_anonymiser.ts";
import type { DatagramSource } from "../wire/codec.ts";
import { TemplateInventory } from "../wire/netflow/template_inventory.ts";
import { RecordingFailure } from "./recording_failure.ts";

/** Octets held back until all templates are known, when addresses are to be replaced. */
const MAX_HELD = 256 * 1024 * 1024;
/** Most octets that the file has around a datagram: record, IPv6 and UDP headers. */
const AROUND = 64;

/** What a capture is to hold. */
export interface CaptureOptions {
  /** Address of the one exporter; the first that sends where none is named. */
  readonly exporter: string | undefined;
  /** Datagrams to write, before those that only bring missing templates. */
  readonly count: number;
  /** Replaces addresses; null leaves them. */
  readonly cipher: AddressCipher | null;
  readonly capabilities: readonly Capability[];
  /** Octets that the file may have; left out for any number. */
  readonly maxOctets?: number;
  /** Takes the file, piece by piece. */
  readonly write: (piece: Uint8Array) => void;
}

/** What is known of a datagram beside its octets. */
export interface TakenFrom {
  /** What it is for; left out where its content and port say so. */
  readonly capability?: Capability;
  /** Whether it says what was known before, and is none of those to be written. */
  readonly recalled?: boolean;
}

/** A datagram that waits for the end. */
interface Held extends TakenFrom {
  readonly datagram: CapturedDatagram;
}

/**
 * One capture: chooses datagrams, keeps account of their templates, writes them. With a cipher it
 * holds them back to the end, since a template that comes late says where addresses lie in data that
 * came early.
 */
export class CaptureSession {
  readonly #options: CaptureOptions;
  readonly #inventory = new TemplateInventory();
  readonly #anonymisers = new Map<Capability, PayloadAnonymiser>();
  readonly #held: Held[] = [];
  #heldOctets = 0;
  /** Octets of the file, those held back included; more than it will have. */
  #octets: number;
  #cutShort = false;
  #exporter: string | null;
  #taken = 0;
  #written = 0;
  #tooLong = 0;
  #unknown = 0;
  /** Datagrams of other exporters. */
  #others = 0;

  /** @throws {RecordingFailure} where the exporter is named by what is no address */
  constructor(options: CaptureOptions) {
    this.#options = options;
    const { exporter } = options;
    this.#exporter = exporter === undefined ? null : formatAddressBytes(addressBytes(exporter));
    if (this.#exporter === "") {
      throw new RecordingFailure(`the exporter is "${exporter}"; give an IP address`);
    }
    const header = encodePcapHeader();
    this.#octets = header.length;
    options.write(header);
  }

  /** Whether it has what it was to have: the datagrams, and templates of all their data. */
  get complete(): boolean {
    return this.#cutShort || this.#heldOctets >= MAX_HELD ||
      (this.#full && this.#inventory.missing.length === 0);
  }

  /** Templates it still waits for, once all else is there. */
  get waitsFor(): readonly string[] {
    return this.#full ? this.#inventory.missing : [];
  }

  /** Datagrams taken, without those that were recalled. */
  get taken(): number {
    return this.#taken;
  }

  /** Datagrams that were left since another exporter sent them. */
  get others(): number {
    return this.#others;
  }

  /** Templates that data has come of and that nobody has said. */
  get missing(): readonly string[] {
    return this.#inventory.missing;
  }

  /** Whether there was no room for all that was to be taken. */
  get cutShort(): boolean {
    return this.#cutShort || this.#heldOctets >= MAX_HELD;
  }

  /** Datagrams left out at the end: of no known format, or longer than a packet. */
  get leftOut(): number {
    return this.#unknown + this.#tooLong;
  }

  get #full(): boolean {
    return this.#taken >= this.#options.count;
  }

  /**
   * Takes a datagram, or leaves it.
   *
   * @param datagram its payload may be used again afterwards
   * @param from what else is known of it
   */
  take(datagram: CapturedDatagram, from: TakenFrom = {}): void {
    const address = formatAddressBytes(datagram.sourceAddress);
    this.#exporter ??= address;
    if (address !== this.#exporter) {
      this.#others++;
      return;
    }
    // Beyond what was asked for only templates count that data is in want of.
    if (this.#full && !this.#inventory.brings(datagram.payload)) return;
    const octets = datagram.payload.length + AROUND;
    if (this.#octets + octets > (this.#options.maxOctets ?? Infinity)) {
      this.#cutShort = true;
      return;
    }
    this.#octets += octets;
    this.#inventory.note(datagram.payload);
    if (from.recalled !== true) this.#taken++;
    if (this.#options.cipher === null) this.#write(datagram);
    else {
      this.#held.push({ ...from, datagram: { ...datagram, payload: datagram.payload.slice() } });
      this.#heldOctets += datagram.payload.length;
    }
  }

  /** Writes what was held back. */
  finish(): void {
    for (const _ of this.finishing());
  }

  /** The same a datagram at a time: whoever has other things to do may do them between two. */
  *finishing(): Generator<void> {
    const sources = this.#held.map(({ datagram, capability }) => ({
      datagram,
      anonymiser: this.#anonymiserOf(datagram, capability),
      source: sourceOf(datagram),
    }));
    for (const { datagram, anonymiser, source } of sources) {
      anonymiser?.learn(datagram.payload, source);
      yield;
    }
    for (const { datagram, anonymiser, source } of sources) {
      yield;
      if (anonymiser === null) this.#unknown++;
      else {
        this.#write({
          ...datagram,
          sourceAddress: this.#replaced(datagram.sourceAddress),
          destinationAddress: this.#replaced(datagram.destinationAddress),
          payload: anonymiser.anonymise(datagram.payload, source),
        });
      }
    }
  }

  /** What it came to, in sentences. */
  summary(file: string): string[] {
    const { announced, missing } = this.#inventory;
    const anonymised = this.#options.cipher !== null;
    const lines = [
      `wrote ${countOf(this.#written, "datagram")} of ${
        this.#exporter ?? "no exporter"
      } to ${file}` +
      (anonymised ? ", addresses replaced" : ""),
    ];
    if (announced > 0 || missing.length > 0) {
      const list = missing.slice(0, 10).join(", ") + (missing.length > 10 ? ", …" : "");
      lines.push(
        missing.length === 0
          ? `templates of all its data are in it (${announced})`
          : `templates that never came, so that their data cannot be decoded` +
            `${anonymised ? " and was blanked" : ""}: ${list}`,
      );
    }
    if (anonymised) {
      lines.push("names and unknown fields were overwritten; ports, numbers and times are as sent");
    }
    if (this.#unknown > 0) {
      lines.push(
        `left out ${
          countOf(this.#unknown, "datagram")
        } of no known format: it cannot be anonymised`,
      );
    }
    if (this.#tooLong > 0) {
      lines.push(`left out ${countOf(this.#tooLong, "datagram")} that no packet can hold`);
    }
    if (this.#others > 0) {
      lines.push(`left out ${countOf(this.#others, "datagram")} of other exporters`);
    }
    return lines;
  }

  #write(datagram: CapturedDatagram): void {
    let record: Uint8Array;
    try {
      record = encodePcapRecord(datagram);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#tooLong++;
      return;
    }
    this.#options.write(record);
    this.#written++;
  }

  #replaced(address: Uint8Array): Uint8Array {
    const copy = address.slice();
    this.#options.cipher!.replace(copy);
    return copy;
  }

  /**
   * What anonymises a datagram; null where its format is not known.
   *
   * @throws {RecordingFailure} where nothing can anonymise its format
   */
  #anonymiserOf(
    { payload, destinationPort }: CapturedDatagram,
    known: Capability | undefined,
  ): PayloadAnonymiser | null {
    const { capabilities, cipher } = this.#options;
    const capability = known ??
      chooseCapability(capabilities, { datagram: payload, port: destinationPort });
    if (capability === undefined) return null;
    let anonymiser = this.#anonymisers.get(capability);
    if (anonymiser === undefined) {
      if (capability.buildAnonymiser === undefined) {
        throw new RecordingFailure(
          `${capability.name} cannot be anonymised yet; capture it as it is`,
        );
      }
      anonymiser = capability.buildAnonymiser(cipher!);
      this.#anonymisers.set(capability, anonymiser);
    }
    return anonymiser;
  }
}

function sourceOf({ sourceAddress, sourcePort }: CapturedDatagram): DatagramSource {
  return { address: formatAddressBytes(sourceAddress), port: sourcePort };
}
