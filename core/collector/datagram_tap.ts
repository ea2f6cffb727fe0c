import { addressBytes, formatAddressBytes } from "../flow/address.ts";
import type { Clock } from "../flow/clock.ts";
import type { Codec, DatagramSource } from "../wire/codec.ts";
import { RecallLedger } from "../wire/recall.ts";
import type { TapBatch, TappedDatagram } from "./messages.ts";
import { TAP_LIMITS } from "./tap_limits.ts";

/**
 * Copies what one exporter sends to a collector, with what the codec knows of it in front of the
 * first datagram of each of its sessions. Bounded in a second, in a batch, and in what main has not
 * dealt with: it counts what is beyond, and never makes the collector wait. Worker only.
 */
export class DatagramTap {
  readonly #exporter: string;
  readonly #post: (batch: TapBatch) => void;
  readonly #stopFlushing: () => void;
  readonly #ledger = new RecallLedger();
  /** Address as the socket gives it, and whether it is the exporter's. */
  #lastHost = "";
  #lastIsExporter = false;
  /** The second that is being counted, and what was copied in it. */
  #second = -1;
  #secondDatagrams = 0;
  #secondOctets = 0;
  #underway = 0;
  #datagrams: TappedDatagram[] = [];
  #octets = 0;
  #templates = 0;
  #facts = 0;
  #leftOut = 0;
  #notCaptured = 0;

  /**
   * @param exporter address as text, IPv4 within IPv6 as IPv4
   * @param outside `post` hands batches over; `clock`
   */
  constructor(
    exporter: string,
    { post, clock }: { post: (batch: TapBatch) => void; clock: Clock },
  ) {
    this.#exporter = exporter;
    this.#post = post;
    this.#stopFlushing = clock.every(TAP_LIMITS.batchMs, () => this.#flush(false));
  }

  /**
   * Copies a datagram, if it is of the exporter.
   *
   * @param datagram payload before it is decoded; not kept
   * @param source where it came from
   * @param codec of the collector
   * @param receivedAtMs when it came, Unix milliseconds
   */
  take(datagram: Uint8Array, source: DatagramSource, codec: Codec, receivedAtMs: number): void {
    if (!this.#isExporter(source.address)) return;
    if (!this.#mayCopy(datagram.length, receivedAtMs)) {
      this.#notCaptured++;
      return;
    }
    const at = { receivedAtMs, ledger: this.#ledger };
    const recalled = codec.recall?.(datagram, source, at) ?? null;
    if (recalled !== null) {
      this.#templates += recalled.templates;
      this.#facts += recalled.facts;
      this.#leftOut += recalled.leftOut;
      for (const payload of recalled.payloads) {
        this.#add({ ...source, receivedAtMs, payload, recalled: true });
      }
    }
    this.#add({
      ...source,
      receivedAtMs,
      payload: datagram.slice() as Uint8Array<ArrayBuffer>,
      recalled: false,
    });
  }

  /** Notes that main has dealt with octets of copies. */
  taken(octets: number): void {
    this.#underway -= octets;
  }

  /** Hands over what is left, and says that nothing follows. */
  end(): void {
    this.#stopFlushing();
    this.#flush(true);
  }

  #isExporter(host: string): boolean {
    if (host !== this.#lastHost) {
      this.#lastHost = host;
      this.#lastIsExporter = formatAddressBytes(addressBytes(host)) === this.#exporter;
    }
    return this.#lastIsExporter;
  }

  #mayCopy(octets: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondDatagrams = this.#secondOctets = 0;
    }
    if (
      this.#secondDatagrams >= TAP_LIMITS.datagramsPerSecond ||
      this.#secondOctets + octets > TAP_LIMITS.octetsPerSecond ||
      this.#underway + octets > TAP_LIMITS.octetsUnderway
    ) return false;
    this.#secondDatagrams++;
    this.#secondOctets += octets;
    return true;
  }

  #add(datagram: TappedDatagram): void {
    this.#datagrams.push(datagram);
    this.#octets += datagram.payload.length;
    this.#underway += datagram.payload.length;
    if (
      this.#datagrams.length >= TAP_LIMITS.batchDatagrams || this.#octets >= TAP_LIMITS.batchOctets
    ) this.#flush(false);
  }

  #flush(ended: boolean): void {
    if (this.#datagrams.length === 0 && this.#notCaptured === 0 && !ended) return;
    this.#post({
      datagrams: this.#datagrams,
      templates: this.#templates,
      facts: this.#facts,
      leftOut: this.#leftOut,
      notCaptured: this.#notCaptured,
      ended,
    });
    this.#datagrams = [];
    this.#octets =
      this.#templates =
      this.#facts =
      this.#leftOut =
      this.#notCaptured =
        0;
  }
}
