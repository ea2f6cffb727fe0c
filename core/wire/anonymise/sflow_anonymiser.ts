import type { DatagramSource } from "../codec.ts";
import { COUNTER_STRUCTURES } from "../sflow/counter_structures.ts";
import { FLOW_STRUCTURES } from "../sflow/flow_structures.ts";
import { firstHeaderOf } from "../sflow/header_protocol.ts";
import type { Structure, XdrField, XdrKind } from "../sflow/structure.ts";
import { ENVELOPE, XdrCursor } from "../sflow/xdr_cursor.ts";
import type { AddressCipher } from "./address_cipher.ts";
import { PacketAnonymiser } from "./packet_anonymiser.ts";
import type { PayloadAnonymiser } from "./payload_anonymiser.ts";
import { Redaction } from "./redaction.ts";

const VERSION = 5;
const IPV4 = 1;
const IPV6 = 2;

/** What a sample holds, by its number: octets of its head, and the structures that follow. */
interface SampleForm {
  readonly head: number;
  readonly structures: ReadonlyMap<number, Structure>;
}
const SAMPLES: ReadonlyMap<number, SampleForm> = new Map([
  [1, { head: 28, structures: FLOW_STRUCTURES }],
  [2, { head: 8, structures: COUNTER_STRUCTURES }],
  [3, { head: 40, structures: FLOW_STRUCTURES }],
  [4, { head: 12, structures: COUNTER_STRUCTURES }],
  [5, { head: 28, structures: FLOW_STRUCTURES }],
]);

/** Octets of the kinds that have as many always, padding included. */
const WIDTH: Partial<Record<XdrKind, number>> = {
  u32: 4,
  i32: 4,
  float: 4,
  u64: 8,
  ipv4: 4,
  ipv6: 16,
  mac: 8,
};
const MAC_OCTETS = 6;
const MAC_PADDING = 2;
/** An OpenFlow switch is numbered by its MAC address, behind two octets of its own choice. */
const DATAPATH_ID = "datapath_id";

/**
 * Anonymises sFlow version 5. Numbers stay, and every length, count and type that leads on; the
 * agent, addresses, text and sampled packets are replaced by what the tables of structures say they
 * are; structures that nobody knows become zeros.
 */
export class SflowAnonymiser implements PayloadAnonymiser {
  readonly #cipher: AddressCipher;
  readonly #packets: PacketAnonymiser;
  readonly #xdr = new XdrCursor();

  /** @param cipher replaces what there is to replace */
  constructor(cipher: AddressCipher) {
    this.#cipher = cipher;
    this.#packets = new PacketAnonymiser(cipher);
  }

  /** Every datagram says all that it needs. */
  learn(_datagram: Uint8Array, _source: DatagramSource): void {}

  anonymise(datagram: Uint8Array): Uint8Array {
    const out = new Redaction(datagram, this.#cipher);
    const xdr = this.#xdr;
    xdr.reset(
      new DataView(datagram.buffer, datagram.byteOffset, datagram.length),
      0,
      datagram.length,
    );
    out.keep(0, 4);
    if (xdr.u32() !== VERSION) return out.octets;
    this.#address(out);
    // Sub-agent, sequence, uptime, and the count of samples.
    out.keep(xdr.at, 16);
    xdr.take(12);
    const samples = xdr.u32();
    if (!xdr.overrun) this.#samples(out, samples);
    return out.octets;
  }

  #samples(out: Redaction, announced: number): void {
    const xdr = this.#xdr;
    const end = xdr.end;
    for (let i = 0; i < announced; i++) {
      while (end - xdr.at >= 4 && xdr.view.getUint32(xdr.at) === 0) xdr.at += 4;
      if (end - xdr.at < ENVELOPE) return;
      out.keep(xdr.at, ENVELOPE);
      const form = SAMPLES.get(xdr.u32());
      const length = xdr.u32();
      if (length > end - xdr.at) return;
      const to = xdr.at + length;
      xdr.end = to;
      if (form !== undefined) this.#sample(out, form);
      xdr.overrun = false;
      xdr.end = end;
      xdr.at = Math.min(to + (-length & 3), end);
    }
    // That there is something behind the samples may be what is to be shown.
    for (let at = xdr.at; at < end; at++) if (out.was[at] !== 0) out.octets[at] = 0xff;
  }

  #sample(out: Redaction, { head, structures }: SampleForm): void {
    const xdr = this.#xdr;
    const end = xdr.end;
    out.keep(xdr.at, Math.min(head + 4, xdr.left));
    xdr.take(head);
    const announced = xdr.u32();
    for (let i = 0; i < announced; i++) {
      out.keep(xdr.at, Math.min(ENVELOPE, xdr.left));
      const structure = structures.get(xdr.u32());
      const length = xdr.u32();
      if (xdr.overrun || length > end - xdr.at) return;
      const to = xdr.at + length;
      xdr.end = to;
      if (structure !== undefined) {
        this.#fields(out, structure.fields, isUnpadded(structure, length) ? 0 : MAC_PADDING);
      }
      xdr.overrun = false;
      xdr.end = end;
      xdr.at = Math.min(to + (-length & 3), end);
    }
  }

  #fields(out: Redaction, fields: readonly XdrField[], macPadding: number): void {
    const xdr = this.#xdr;
    let protocol = 0;
    for (const [name, kind] of fields) {
      if (xdr.overrun) return;
      const at = xdr.at;
      if (typeof kind !== "string") {
        this.#number(out, 4);
        xdr.at = at;
        const count = xdr.count(4);
        for (let i = 0; i < count && !xdr.overrun; i++) this.#fields(out, kind, macPadding);
      } else if (name === DATAPATH_ID) {
        this.#number(out, 8);
        if (!xdr.overrun) out.address(at + 2, MAC_OCTETS);
      } else if (kind === "mac") {
        if (xdr.take(MAC_OCTETS + macPadding) >= 0) out.address(at, MAC_OCTETS);
      } else if (kind === "header") this.#header(out, protocol);
      else this.#field(out, kind);
      if (name === "protocol" && !xdr.overrun) protocol = xdr.view.getUint32(at);
    }
  }

  #field(out: Redaction, kind: Exclude<XdrKind, "mac" | "header">): void {
    const xdr = this.#xdr;
    const at = xdr.at;
    switch (kind) {
      case "u32":
      case "i32":
      case "float":
        return this.#number(out, 4);
      case "u64":
        return this.#number(out, 8);
      case "ipv4":
        if (xdr.take(4) >= 0) out.address(at, 4);
        return;
      case "ipv6":
        if (xdr.take(16) >= 0) out.address(at, 16);
        return;
      case "address":
        return this.#address(out);
      case "words": {
        this.#number(out, 4);
        xdr.at = at;
        return this.#number(out, xdr.count(4) * 4);
      }
      case "string": {
        const length = this.#opaque(out);
        if (length > 0) out.text(at + 4, length);
        return;
      }
      case "opaque":
        this.#opaque(out);
        return;
      case "uuid":
        xdr.take(16);
    }
  }

  /** Puts back octets that are a number, where all are there. */
  #number(out: Redaction, octets: number): void {
    const at = this.#xdr.take(octets);
    if (at >= 0) out.keep(at, octets);
  }

  /** An address behind its type. */
  #address(out: Redaction): void {
    const xdr = this.#xdr;
    out.keep(xdr.at, Math.min(4, xdr.left));
    const type = xdr.u32();
    const octets = type === IPV4 ? 4 : type === IPV6 ? 16 : 0;
    // Of another type nobody knows how long it is.
    if (type > IPV6) xdr.take(Infinity);
    else if (octets > 0 && xdr.take(octets) >= 0) out.address(xdr.at - octets, octets);
  }

  /** Puts back the length of octets; as in `XdrCursor.opaque`. */
  #opaque(out: Redaction): number {
    const xdr = this.#xdr;
    out.keep(xdr.at, Math.min(4, xdr.left));
    return xdr.opaque();
  }

  /** The sampled octets of a packet. */
  #header(out: Redaction, protocol: number): void {
    const from = this.#xdr.at + 4;
    const length = this.#opaque(out);
    const first = firstHeaderOf(protocol);
    if (length < 0 || first === null) return;
    out.set(from, this.#packets.anonymise(out.was.subarray(from, from + length), first));
  }
}

/** Whether a structure has its MAC addresses without the padding of XDR, as some agents write them. */
function isUnpadded({ fields }: Structure, length: number): boolean {
  let [octets, macs] = [0, 0];
  for (const [, kind] of fields) {
    const width = typeof kind === "string" ? WIDTH[kind] : undefined;
    if (width === undefined) return false;
    octets += width;
    if (kind === "mac") macs++;
  }
  return macs > 0 && length < octets && length >= octets - macs * MAC_PADDING;
}
