import type { Dictionary } from "../../flow/dictionary.ts";
import type { FlowColumns } from "../../flow/columns.ts";
import { type FirstHeader, SampledPacket } from "../packet/sampled_packet.ts";
import type { EventKind, RecordLookups } from "../plan/plan_context.ts";
import { applicationName } from "./application_name.ts";
import { ExporterFacts } from "./exporter_facts.ts";
import { TextCache } from "./text_cache.ts";

/** Firewall events (IANA firewallEvent, and Cisco ASA's 40005); 0 and updates are none. */
const FIREWALL_EVENTS = ["", "flow_created", "flow_deleted", "flow_denied", "flow_alert", ""];
/** Why a flow was denied (33002, NF_F_FW_EXT_EVENT, of Cisco's "ASA NetFlow Implementation Guide"). */
const FIREWALL_REASONS: Readonly<Record<number, string>> = {
  1001: "flow_denied_ingress_acl",
  1002: "flow_denied_egress_acl",
  1003: "flow_denied_service",
  1004: "flow_denied_no_syn",
};
/** NAT events (IANA "NAT Event Type"). */
const NAT_EVENTS = [
  "",
  "nat_translation_create",
  "nat_translation_delete",
  "nat_addresses_exhausted",
  "nat44_session_create",
  "nat44_session_delete",
  "nat64_session_create",
  "nat64_session_delete",
  "nat44_bib_create",
  "nat44_bib_delete",
  "nat64_bib_create",
  "nat64_bib_delete",
  "nat_ports_exhausted",
  "quota_exceeded",
  "address_binding_create",
  "address_binding_delete",
  "port_block_allocation",
  "port_block_deallocation",
  "threshold_reached",
];

/** Looks up what records refer to: names that options taught, texts, events. */
export class Lookups implements RecordLookups {
  /** Of the exporter whose records are being written. */
  facts = new ExporterFacts();
  readonly texts: TextCache;
  readonly #dictionary: Dictionary;
  readonly #packet = new SampledPacket();
  readonly #numbers = new Map<number, number>();
  readonly #words = new Map<string, number>();
  readonly #events: Readonly<Record<EventKind, Map<number, number>>>;

  /** @param dictionary of the collector */
  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.texts = new TextCache(dictionary);
    this.#events = {
      firewall_event: new Map(),
      firewall_reason: new Map(),
      nat_event: new Map(),
    };
  }

  samplerRate(id: number): number {
    return this.facts.samplerRate(id);
  }

  interfaceRate(inIf: number, outIf: number): number {
    const rate = inIf < 0 ? 0 : this.facts.interfaceRate("in", inIf);
    return rate > 0 || outIf < 0 ? rate : this.facts.interfaceRate("out", outIf);
  }

  interfaceName(ifIndex: number): number {
    return this.facts.interfaceName(ifIndex);
  }

  text(view: DataView, offset: number, length: number): number {
    return this.texts.id(view, offset, length);
  }

  vrf(value: number): number {
    const named = this.facts.vrfName(value);
    if (named >= 0) return named;
    let id = this.#numbers.get(value);
    if (id === undefined) {
      id = this.#dictionary.intern(String(value));
      if (this.#numbers.size < 65_536) this.#numbers.set(value, id);
    }
    return id;
  }

  /** An application id is the octet of its engine and a selector (RFC 6759 §4). */
  application(view: DataView, offset: number, length: number): number {
    if (length < 2 || length > 8) return -1;
    let selector = 0;
    for (let i = 1; i < length; i++) selector = selector * 256 + view.getUint8(offset + i);
    const engine = view.getUint8(offset);
    if (engine === 0 && selector === 0) return -1;
    const named = this.facts.applicationName(applicationKey(engine, selector));
    if (named >= 0) return named;
    return this.#dictionary.intern(applicationName(engine, selector) ?? `${engine}:${selector}`);
  }

  event(kind: EventKind, value: number): number {
    const known = this.#events[kind];
    let id = known.get(value);
    if (id === undefined) {
      const name = value > 65_535 ? "" : eventName(kind, value);
      id = name === "" ? -1 : this.#dictionary.intern(name);
      if (known.size < 65_536) known.set(value, id);
    }
    return id;
  }

  packet(
    view: DataView,
    from: number,
    to: number,
    first: FirstHeader,
    columns: FlowColumns,
    slot: number,
  ): number {
    if (!this.#packet.read(view, from, to, first)) return -1;
    this.#packet.fill(columns, slot);
    return this.#packet.ipLength;
  }

  word(text: string): number {
    let id = this.#words.get(text);
    if (id === undefined) {
      id = this.#dictionary.intern(text);
      this.#words.set(text, id);
    }
    return id;
  }
}

/** "" where the number stands for ordinary traffic, or adds nothing to what is known. */
function eventName(kind: EventKind, value: number): string {
  if (kind === "firewall_reason") return FIREWALL_REASONS[value] ?? "";
  const name = (kind === "nat_event" ? NAT_EVENTS : FIREWALL_EVENTS)[value];
  return name ?? `${kind}_${value}`;
}

/** One number for an engine and its selector. */
export function applicationKey(engine: number, selector: number): number {
  return engine * 2 ** 45 + selector;
}
