import type { TextTeller } from "../../flow/dictionary.ts";
import type { InterfaceNameKeeper } from "../interface_name_keeper.ts";
import type { FactKind } from "../learnt.ts";
import { LIMITS } from "../limits.ts";

/** Which way a record went through an interface. */
export type InterfaceSide = "in" | "out";

const RATE_OF = { in: "ingress_rate", out: "egress_rate" } as const;

/** Entries that the facts of all exporters may still take up together. */
export interface LearntBudget {
  left: number;
}

/** Facts by what they are about. */
export type FactTables = Readonly<
  Record<
    "sampler" | "template" | "ingress" | "egress" | "interface" | "application" | "vrf",
    ReadonlyMap<number, number>
  >
>;

/** Hears of a fact: a rate, or the dictionary's id of a name. */
export type FactListener = (kind: FactKind, id: number, value: number) => void;

/**
 * What options data has taught about one exporter and observation domain. Keyed without the source
 * port: exporters send options from ports of their own. All of it is bounded.
 */
export class ExporterFacts {
  readonly #samplers = new Map<number, number>();
  readonly #templateRates = new Map<number, number>();
  readonly #interfaceRates = { in: new Map<number, number>(), out: new Map<number, number>() };
  readonly #interfaceNames = new Map<number, number>();
  readonly #applications = new Map<number, number>();
  readonly #vrfs = new Map<number, number>();
  readonly #budget: LearntBudget;
  #lastRate = 0;
  /** The sampler that it is of, -1 for none. */
  #lastSampler = -1;
  /** Samplers that have a rate. */
  #rated = 0;
  #entries = 0;
  #refused = 0;
  #listener: FactListener | null = null;
  /** Address of the exporter whose datagram is at hand, four words; null where it has none. */
  exporter: Uint32Array | null = null;
  readonly #shared: InterfaceNameKeeper | undefined;
  /** As whose its texts count: a stranger's until flows of it have been decoded. */
  teller: TextTeller = "stranger";
  /** When it started, Unix milliseconds; 0 for not known. */
  bootMs = 0;
  /** When its last datagram came, Unix milliseconds. */
  lastUsedMs = 0;
  /** When it was last put at the end of the row of those that are known. */
  queuedMs = -Infinity;

  /**
   * @param budget shared by all exporters of a collector; without one only its own caps hold
   * @param shared where names of interfaces go besides
   */
  constructor(budget: LearntBudget = { left: Infinity }, shared?: InterfaceNameKeeper) {
    this.#budget = budget;
    this.#shared = shared;
  }

  /** Entries kept, as they count towards the budget. */
  get entries(): number {
    return this.#entries;
  }

  /** Names and rates that found no room. */
  get refused(): number {
    return this.#refused;
  }

  /** All there is by what it is about: rates, and ids of names. */
  get tables(): FactTables {
    return {
      sampler: this.#samplers,
      template: this.#templateRates,
      ingress: this.#interfaceRates.in,
      egress: this.#interfaceRates.out,
      interface: this.#interfaceNames,
      application: this.#applications,
      vrf: this.#vrfs,
    };
  }

  /** Whether somebody hears of what changes. */
  get heard(): boolean {
    return this.#listener !== null;
  }

  /** Tells a listener of every change from now on. */
  listen(listener: FactListener): void {
    this.#listener = listener;
  }

  /** Tells all there is. */
  tellAll(listener: FactListener): void {
    if (this.#rated === 0 && this.#lastRate > 0) listener("sampler", -1, this.#lastRate);
    for (const [id, rate] of this.#samplers) if (rate > 0) listener("sampler", id, rate);
    for (const [id, rate] of this.#templateRates) listener("template_rate", id, rate);
    for (const side of ["in", "out"] as const) {
      for (const [id, rate] of this.#interfaceRates[side]) listener(RATE_OF[side], id, rate);
    }
    for (const [id, name] of this.#interfaceNames) listener("interface", id, name);
    for (const [id, name] of this.#applications) listener("application", id, name);
    for (const [id, name] of this.#vrfs) listener("vrf", id, name);
  }

  /**
   * Notes the rate of a sampler. A rate of 0 is not known: some devices announce samplers that they
   * do not use. Its listener hears 0 where there was a rate before.
   *
   * @param id of the sampler, or -1 where the exporter has but one
   * @param rate one in this many; without an id, 0 says nothing new
   */
  learnSampler(id: number, rate: number): void {
    if (rate > 0) {
      const changed = id >= 0 ? this.#putSampler(id, rate) : rate !== this.#lastRate;
      this.#lastRate = rate;
      this.#lastSampler = Math.max(-1, id);
      if (changed) this.#listener?.("sampler", this.#lastSampler, rate);
      return;
    }
    if (id < 0) return;
    const known = this.#samplers.get(id) ?? 0;
    this.#putSampler(id, 0);
    if (id === this.#lastSampler) {
      this.#lastSampler = -1;
      this.#lastRate = 0;
      for (const [other, rate] of this.#samplers) {
        if (rate > 0) [this.#lastSampler, this.#lastRate] = [other, rate];
      }
    }
    if (known > 0) this.#listener?.("sampler", id, 0);
  }

  #putSampler(id: number, rate: number): boolean {
    const known = this.#samplers.get(id) ?? 0;
    const changed = this.#put(this.#samplers, id, rate);
    if (changed) this.#rated += Number(rate > 0) - Number(known > 0);
    return changed;
  }

  /**
   * Rate of a sampler; 0 for not known. Where a record says sampler 0 and there is none of that id
   * with a rate, the last announced one is meant; where it names one that was never announced, the
   * only one that has a rate.
   */
  samplerRate(id: number): number {
    const rate = this.#samplers.get(id);
    if (id === 0) return rate || this.#lastRate;
    return rate ?? (this.#rated <= 1 ? this.#lastRate : 0);
  }

  /** Rate for records that name no sampler: the last one announced for the whole exporter. */
  get defaultRate(): number {
    return this.#lastRate;
  }

  /** Notes a rate that holds for the records of one template; 0 is no rate. */
  learnTemplateRate(templateId: number, rate: number): void {
    if (rate > 0 && this.#put(this.#templateRates, templateId, rate)) {
      this.#listener?.("template_rate", templateId, rate);
    }
  }

  /** Rate for records of a template that name no sampler; 0 for not known. */
  templateRate(templateId: number): number {
    return this.#templateRates.get(templateId) ?? this.#lastRate;
  }

  /** Whether a rate was announced for the records of a template. */
  hasTemplateRate(templateId: number): boolean {
    return this.#templateRates.has(templateId);
  }

  /** Notes a rate that holds for records of one interface; 0 is no rate. */
  learnInterfaceRate(side: InterfaceSide, ifIndex: number, rate: number): void {
    if (rate > 0 && this.#put(this.#interfaceRates[side], ifIndex, rate)) {
      this.#listener?.(RATE_OF[side], ifIndex, rate);
    }
  }

  /** Rate of an interface, 0 where none was announced for it. */
  interfaceRate(side: InterfaceSide, ifIndex: number): number {
    return this.#interfaceRates[side].get(ifIndex) ?? 0;
  }

  /** Whether there are rates of interfaces: records need to be asked only then. */
  get hasInterfaceRates(): boolean {
    return this.#interfaceRates.in.size > 0 || this.#interfaceRates.out.size > 0;
  }

  /** Notes the name of an interface, as an id of the dictionary. */
  learnInterface(ifIndex: number, nameId: number): void {
    const refused = this.#refused;
    if (this.#put(this.#interfaceNames, ifIndex, nameId)) {
      this.#listener?.("interface", ifIndex, nameId);
    }
    const { exporter, lastUsedMs: nowMs } = this;
    if (exporter === null || this.#refused > refused) return;
    this.#shared?.learn(exporter, ifIndex, { nameId, teller: "options", nowMs });
  }

  /** Whether there are names of interfaces: records need to be asked only then. */
  get hasInterfaceNames(): boolean {
    return this.#interfaceNames.size > 0;
  }

  /** Id of an interface's name, or -1. */
  interfaceName(ifIndex: number): number {
    return this.#interfaceNames.get(ifIndex) ?? -1;
  }

  /** Notes the name of an application, as an id of the dictionary. */
  learnApplication(applicationId: number, nameId: number): void {
    if (this.#put(this.#applications, applicationId, nameId)) {
      this.#listener?.("application", applicationId, nameId);
    }
  }

  /** Id of an application's name, or -1. */
  applicationName(applicationId: number): number {
    return this.#applications.get(applicationId) ?? -1;
  }

  /** Notes the name of a VRF, as an id of the dictionary. */
  learnVrf(vrfId: number, nameId: number): void {
    if (this.#put(this.#vrfs, vrfId, nameId)) this.#listener?.("vrf", vrfId, nameId);
  }

  /** Id of a VRF's name, or -1. */
  vrfName(vrfId: number): number {
    return this.#vrfs.get(vrfId) ?? -1;
  }

  /** @returns whether that changed anything */
  #put(map: Map<number, number>, key: number, value: number): boolean {
    const known = map.get(key);
    if (known === value) return false;
    if (known === undefined) {
      if (map.size >= LIMITS.learntNames || this.#budget.left <= 0) {
        this.#refused++;
        return false;
      }
      this.#budget.left--;
      this.#entries++;
    }
    map.set(key, value);
    return true;
  }
}
