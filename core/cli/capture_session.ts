import type { CapturedDatagram } from "../capture/capture_event.ts";
import { encodePcapHeader, encodePcapRecord } from "../capture/write_pcap.ts";
import type { Capability } from "../collector/capability.ts";
import { addressBytes, formatAddressBytes } from "../flow/address.ts";
import type { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import type { PayloadAnonymiser } from "../wire/anonymise/payload_anonymiser.ts";
import type { DatagramSource } from "../wire/codec.ts";
import { TemplateInventory } from "../wire/netflow/template_inventory.ts";
import { chooseCapability } from "./choose_capability.ts";
import { CommandFailure } from "./command.ts";

/** Octets held back until all templates are known, when addresses are to be replaced. */
const MAX_HELD = 256 * 1024 * 1024;

/** What a capture is to hold. */
export interface CaptureOptions {
  /** Address of the one exporter; the first that sends where none is named. */
  readonly exporter: string | undefined;
  /** Datagrams to write, before those that only bring missing templates. */
  readonly count: number;
  /** Replaces addresses; null leaves them. */
  readonly cipher: AddressCipher | null;
  readonly capabilities: readonly Capability[];
  /** Takes the file, piece by piece. */
  readonly write: (piece: Uint8Array) => void;
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
  readonly #held: CapturedDatagram[] = [];
  #heldOctets = 0;
  #exporter: string | null;
  #taken = 0;
  #written = 0;
  #tooLong = 0;
  #unknown = 0;
  /** Datagrams of other exporters. */
  #others = 0;

  /** @throws {CommandFailure} where the exporter is named by what is no address */
  constructor(options: CaptureOptions) {
    this.#options = options;
    const { exporter } = options;
    this.#exporter = exporter === undefined ? null : formatAddressBytes(addressBytes(exporter));
    if (this.#exporter === "") {
      throw new CommandFailure(`--exporter is "${exporter}"; give an IP address`);
    }
    options.write(encodePcapHeader());
  }

  /** Whether it has what it was to have: the datagrams, and templates of all their data. */
  get complete(): boolean {
    return this.#heldOctets >= MAX_HELD || (this.#full && this.#inventory.missing.length === 0);
  }

  /** Templates it still waits for, once all else is there. */
  get waitsFor(): readonly string[] {
    return this.#full ? this.#inventory.missing : [];
  }

  get #full(): boolean {
    return this.#taken >= this.#options.count;
  }

  /**
   * Takes a datagram, or leaves it.
   *
   * @param datagram its payload may be used again afterwards
   */
  take(datagram: CapturedDatagram): void {
    const address = formatAddressBytes(datagram.sourceAddress);
    this.#exporter ??= address;
    if (address !== this.#exporter) {
      this.#others++;
      return;
    }
    // Beyond what was asked for only templates count that data is in want of.
    if (this.#full && !this.#inventory.brings(datagram.payload)) return;
    this.#inventory.note(datagram.payload);
    this.#taken++;
    if (this.#options.cipher === null) this.#write(datagram);
    else {
      this.#held.push({ ...datagram, payload: datagram.payload.slice() });
      this.#heldOctets += datagram.payload.length;
    }
  }

  /** Writes what was held back. */
  finish(): void {
    const sources = this.#held.map((datagram) => ({
      datagram,
      anonymiser: this.#anonymiserOf(datagram),
      source: sourceOf(datagram),
    }));
    for (const { datagram, anonymiser, source } of sources) {
      anonymiser?.learn(datagram.payload, source);
    }
    for (const { datagram, anonymiser, source } of sources) {
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
      `wrote ${this.#written} datagrams of ${this.#exporter ?? "no exporter"} to ${file}` +
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
        `left out ${this.#unknown} datagrams of no known format: they cannot be anonymised`,
      );
    }
    if (this.#tooLong > 0) {
      lines.push(`left out ${this.#tooLong} datagrams that no packet can hold`);
    }
    if (this.#others > 0) lines.push(`left out ${this.#others} datagrams of other exporters`);
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
   * @throws {CommandFailure} where nothing can anonymise its format
   */
  #anonymiserOf({ payload, destinationPort }: CapturedDatagram): PayloadAnonymiser | null {
    const { capabilities, cipher } = this.#options;
    const capability = chooseCapability(capabilities, { datagram: payload, port: destinationPort });
    if (capability === undefined) return null;
    let anonymiser = this.#anonymisers.get(capability);
    if (anonymiser === undefined) {
      if (capability.buildAnonymiser === undefined) {
        throw new CommandFailure(
          `${capability.name} cannot be anonymised yet; capture it without --anonymise`,
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
