import type { DatagramSource } from "../codec.ts";
import { FieldMap } from "../netflow/field_map.ts";
import { PlanCache } from "../netflow/plan_cache.ts";
import type { FixedFormat } from "../netflow/fixed_codec.ts";
import { IPFIX } from "../netflow/ipfix.ts";
import { parseTemplates } from "../netflow/parse_templates.ts";
import { FIRST_DATA_SET, readSets, type SetRange } from "../netflow/read_sets.ts";
import { minimumLength, Template } from "../netflow/template.ts";
import { TemplateCache, type TemplateScope } from "../netflow/template_cache.ts";
import type { MessageDialect } from "../netflow/message_dialect.ts";
import { NETFLOW1 } from "../netflow/v1.ts";
import { NETFLOW5 } from "../netflow/v5.ts";
import { NETFLOW7 } from "../netflow/v7.ts";
import { NETFLOW9 } from "../netflow/v9.ts";
import { FIRST_HEADER, FRAME_TYPE } from "../plan/fill_from_packet.ts";
import { type RecordFact, type SectionKind, VARIABLE_LENGTH } from "../plan/wire_field.ts";
import type { AddressCipher } from "./address_cipher.ts";
import { type FieldTreatment, treatmentOf } from "./field_treatment.ts";
import { PacketAnonymiser } from "./packet_anonymiser.ts";
import type { PayloadAnonymiser } from "./payload_anonymiser.ts";

const FIXED: ReadonlyMap<number, FixedFormat> = new Map([
  [1, NETFLOW1],
  [5, NETFLOW5],
  [7, NETFLOW7],
]);
const TEMPLATED: ReadonlyMap<number, MessageDialect> = new Map([[9, NETFLOW9], [10, IPFIX]]);
const SET_HEADER = 4;
/** An address of which flow-agent keeps nothing: the router that version 7 stands in for. */
const UNUSED_ADDRESS = "router_sc";

/** What a record says of the sections of its packet. */
const SECTION_FACTS: readonly string[] = ["section_offset", "section_octets", "frame_type"];

/** A field as this file needs it. */
interface TreatedField {
  readonly length: number;
  readonly treatment: FieldTreatment;
  /** What the first octets of a packet begin with. */
  readonly section?: SectionKind;
  /** What the record says of them. */
  readonly fact?: RecordFact;
}

/**
 * Anonymises NetFlow of every version and IPFIX. Headers, templates and numbers stay; records are
 * gone through by their layout or template, down to sections of packets; a set without a template,
 * padding, lists, and elements that no registry knows become zeros.
 */
export class NetFlowAnonymiser implements PayloadAnonymiser {
  readonly #cipher: AddressCipher;
  readonly #packets: PacketAnonymiser;
  readonly #map = new FieldMap();
  readonly #plans = new PlanCache(this.#map);
  /** One for each version: their templates have nothing to do with each other. */
  readonly #caches = new Map<number, TemplateCache>();
  readonly #treated = new WeakMap<Template, readonly TreatedField[]>();

  /** @param cipher replaces what there is to replace */
  constructor(cipher: AddressCipher) {
    this.#cipher = cipher;
    this.#packets = new PacketAnonymiser(cipher);
  }

  learn(datagram: Uint8Array, source: DatagramSource): void {
    const message = this.#open(datagram);
    // The first one stands: it is what data before it was made by, if any is.
    if (message !== null) this.#learn(message, this.#scope(message, source), { again: false });
  }

  anonymise(datagram: Uint8Array, source: DatagramSource): Uint8Array {
    const copy = datagram.slice();
    const version = versionOf(copy);
    const fixed = FIXED.get(version);
    if (fixed !== undefined) this.#fixed(copy, fixed);
    else if (TEMPLATED.has(version)) this.#templated(copy, source);
    else copy.fill(0, 2);
    return copy;
  }

  #fixed(datagram: Uint8Array, { header, layouts }: FixedFormat): void {
    if (datagram.length < header.length) {
      datagram.fill(0, 2);
      return;
    }
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const announced = view.getUint16(header.count);
    const octets = datagram.length - header.length;
    const plans = layouts.map((layout) =>
      layout.map(({ name, width, uses }): TreatedField => ({
        length: width,
        treatment: name === UNUSED_ADDRESS || uses?.some(({ kind }) => kind === "ipv4")
          ? "address"
          : uses === undefined
          ? "blank"
          : "keep",
      }))
    );
    const widthOf = (plan: readonly TreatedField[]) =>
      plan.reduce((sum, { length }) => sum + length, 0);
    const plan = plans.find((plan) => widthOf(plan) * announced === octets) ?? plans[0];
    const width = widthOf(plan);
    const to = Math.min(datagram.length, header.length + announced * width);
    this.#records(view, { from: header.length, to }, { fields: plan, least: width });
    // Nobody knows what stands behind the records that are announced.
    datagram.fill(0, to);
  }

  #templated(datagram: Uint8Array, source: DatagramSource): void {
    const message = this.#open(datagram);
    if (message === null) {
      datagram.fill(0, 2);
      return;
    }
    const { view, dialect, sets, cache, domain } = message;
    const scope = this.#scope(message, source);
    this.#learn(message, scope, { again: true });
    let understood = dialect.headerLength;
    for (const { id, from, to } of sets) {
      understood = to;
      if (id === dialect.templateSet || id === dialect.optionsTemplateSet) continue;
      const template = scope.templates.get(id) ??
        cache.borrow(source, domain, { id, octets: to - from });
      if (id < FIRST_DATA_SET || template === undefined) datagram.fill(0, from, to);
      else {
        this.#records(view, { from, to }, {
          fields: this.#fieldsOf(template, dialect),
          least: minimumLength(template.record.fields),
        });
      }
    }
    // The header of a set whose length cannot be stays: it is what a complaint would be about.
    datagram.fill(0, understood + SET_HEADER);
  }

  /** A message with its sets; null where it is none of a known version. */
  #open(datagram: Uint8Array): Message | null {
    const version = versionOf(datagram);
    const dialect = TEMPLATED.get(version);
    if (dialect === undefined || datagram.length < dialect.headerLength) return null;
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
    const header = dialect.readHeader(view);
    const to = Math.min(header.length, datagram.length);
    let cache = this.#caches.get(version);
    if (cache === undefined) this.#caches.set(version, cache = new TemplateCache());
    const sets = readSets(view, { from: dialect.headerLength, to });
    return { view, dialect, sets, cache, domain: header.domain };
  }

  #scope({ cache, domain }: Message, source: DatagramSource): TemplateScope {
    const scope = cache.scope(source, domain, 0);
    // A capture is of exporters that somebody chose: none is to be pushed out by another.
    cache.confirm(scope);
    return scope;
  }

  #learn(
    { view, dialect, sets, cache }: Message,
    scope: TemplateScope,
    { again }: { again: boolean },
  ): void {
    for (const set of sets) {
      if (set.id !== dialect.templateSet && set.id !== dialect.optionsTemplateSet) continue;
      const how = { dialect: dialect.templates, options: set.id === dialect.optionsTemplateSet };
      for (const found of parseTemplates(view, set, how)) {
        if ("code" in found || (!again && scope.templates.has(found.id))) continue;
        cache.learn(scope, new Template(found, this.#plans));
      }
    }
  }

  #fieldsOf(template: Template, { format }: MessageDialect): readonly TreatedField[] {
    let fields = this.#treated.get(template);
    if (fields === undefined) {
      fields = template.record.fields.map((field): TreatedField => {
        const treatment = treatmentOf(field, { numbering: format, map: this.#map });
        const uses = this.#map.uses(field.pen, field.id) ?? [];
        const section = uses.find(({ target }) => target === "packet")?.kind as SectionKind;
        const fact = uses.map(({ target }) => target).find((target) =>
          SECTION_FACTS.includes(target)
        ) as RecordFact | undefined;
        return { length: field.length, treatment, section, fact };
      });
      this.#treated.set(template, fields);
    }
    return fields;
  }

  /** Goes through records until what is left is too short for one: padding, which becomes zeros. */
  #records(
    view: DataView,
    { from, to }: { from: number; to: number },
    { fields, least }: { fields: readonly TreatedField[]; least: number },
  ): void {
    let at = from;
    while (at + least <= to) {
      const start = at;
      const sections: { octets: Uint8Array; kind: SectionKind }[] = [];
      const facts = new Map<RecordFact, number>();
      for (const { length: announced, treatment, section, fact } of fields) {
        let length = announced;
        if (announced === VARIABLE_LENGTH) {
          length = at < to ? view.getUint8(at) : 0;
          const long = length === 255;
          if (long && at + 3 <= to) length = view.getUint16(at + 1);
          at += long ? 3 : 1;
        }
        if (at + length > to) {
          // A record that is not whole is not decoded either.
          octetsOf(view, start, to).fill(0);
          return;
        }
        const octets = octetsOf(view, at, at + length);
        if (section !== undefined) sections.push({ octets, kind: section });
        else this.#treat(octets, treatment);
        if (fact !== undefined && !facts.has(fact)) facts.set(fact, numberOf(octets));
        at += length;
      }
      for (const { octets, kind } of sections) this.#section(octets, { kind, facts });
    }
    octetsOf(view, at, to).fill(0);
  }

  /** The first octets of a packet; those of its middle, or of a link that is not known, become zeros. */
  #section(
    octets: Uint8Array,
    { kind, facts }: { kind: SectionKind; facts: ReadonlyMap<RecordFact, number> },
  ): void {
    const isWifi = kind === "frame" && facts.get("frame_type") === FRAME_TYPE.ieee80211;
    const first = isWifi ? "ieee80211" : FIRST_HEADER[kind];
    const known = isWifi || kind !== "frame" ||
      (facts.get("frame_type") ?? FRAME_TYPE.ethernet) === FRAME_TYPE.ethernet;
    const most = Math.min(octets.length, facts.get("section_octets") ?? Infinity);
    const packet = known && (facts.get("section_offset") ?? 0) === 0
      ? this.#packets.anonymise(octets.subarray(0, most), first)
      : new Uint8Array(0);
    octets.fill(0);
    octets.set(packet);
  }

  #treat(octets: Uint8Array, treatment: FieldTreatment): void {
    if (treatment === "address") this.#cipher.replace(octets);
    else if (treatment === "text") this.#cipher.replaceText(octets);
    else if (treatment === "blank") octets.fill(0);
  }
}

interface Message {
  readonly view: DataView;
  readonly dialect: MessageDialect;
  readonly sets: readonly SetRange[];
  readonly cache: TemplateCache;
  readonly domain: number;
}

function numberOf(octets: Uint8Array): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

function versionOf(datagram: Uint8Array): number {
  return datagram.length < 2 ? -1 : datagram[0] * 256 + datagram[1];
}

function octetsOf(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, Math.max(0, to - from));
}
