import type { Dictionary } from "../../flow/dictionary.ts";
import type { RecordLookups } from "../plan/plan_context.ts";
import { applicationName } from "./application_name.ts";
import { ExporterFacts } from "./exporter_facts.ts";
import { TextCache } from "./text_cache.ts";

/** Firewall events (IANA firewallEvent, and Cisco ASA's 40005); 0 is no event. */
const FIREWALL_EVENTS = ["", "flow_created", "flow_deleted", "flow_denied", "flow_alert", ""];
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
  readonly #numbers = new Map<number, number>();
  readonly #events: Readonly<Record<"firewall_event" | "nat_event", number[]>>;

  /** @param dictionary of the collector */
  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.texts = new TextCache(dictionary);
    this.#events = { firewall_event: [], nat_event: [] };
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

  event(kind: "firewall_event" | "nat_event", value: number): number {
    const known = this.#events[kind];
    if (known[value] === undefined) {
      if (value > 65_535) return -1;
      const name = (kind === "nat_event" ? NAT_EVENTS : FIREWALL_EVENTS)[value] ??
        `${kind}_${value}`;
      known[value] = name === "" ? -1 : this.#dictionary.intern(name);
    }
    return known[value];
  }
}

/** One number for an engine and its selector. */
export function applicationKey(engine: number, selector: number): number {
  return engine * 2 ** 45 + selector;
}
