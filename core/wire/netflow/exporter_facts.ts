import type { FactKind } from "../learnt.ts";
import { LIMITS } from "../limits.ts";

/** Hears of a fact: a rate, or the dictionary's id of a name. */
export type FactListener = (kind: FactKind, id: number, value: number) => void;

/**
 * What options data has taught about one exporter and observation domain. Keyed without the source
 * port: exporters send options from ports of their own. All of it is bounded.
 */
export class ExporterFacts {
  readonly #samplers = new Map<number, number>();
  readonly #interfaceNames = new Map<number, number>();
  readonly #applications = new Map<number, number>();
  #lastRate = 0;
  #listener: FactListener | null = null;
  /** When it started, Unix milliseconds; 0 for not known. */
  bootMs = 0;

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
    if (this.#samplers.size === 0 && this.#lastRate > 0) listener("sampler", -1, this.#lastRate);
    for (const [id, rate] of this.#samplers) listener("sampler", id, rate);
    for (const [id, name] of this.#interfaceNames) listener("interface", id, name);
    for (const [id, name] of this.#applications) listener("application", id, name);
  }

  /**
   * Notes the rate of a sampler. A rate of 0 is no rate: some devices announce samplers that they
   * do not use.
   *
   * @param id of the sampler, or -1 where the exporter has but one
   * @param rate one in this many
   */
  learnSampler(id: number, rate: number): void {
    if (rate <= 0) return;
    const changed = id >= 0 ? put(this.#samplers, id, rate) : rate !== this.#lastRate;
    this.#lastRate = rate;
    if (changed) this.#listener?.("sampler", Math.max(-1, id), rate);
  }

  /**
   * Rate of a sampler; 0 for not known. Where a record says sampler 0 and there is none of that id,
   * the last announced one is meant.
   */
  samplerRate(id: number): number {
    return this.#samplers.get(id) ?? (id === 0 || this.#samplers.size <= 1 ? this.#lastRate : 0);
  }

  /** Rate for records that name no sampler: the last one announced. */
  get defaultRate(): number {
    return this.#lastRate;
  }

  /** Notes the name of an interface, as an id of the dictionary. */
  learnInterface(ifIndex: number, nameId: number): void {
    if (put(this.#interfaceNames, ifIndex, nameId)) {
      this.#listener?.("interface", ifIndex, nameId);
    }
  }

  /** Id of an interface's name, or -1. */
  interfaceName(ifIndex: number): number {
    return this.#interfaceNames.get(ifIndex) ?? -1;
  }

  /** Notes the name of an application, as an id of the dictionary. */
  learnApplication(applicationId: number, nameId: number): void {
    if (put(this.#applications, applicationId, nameId)) {
      this.#listener?.("application", applicationId, nameId);
    }
  }

  /** Id of an application's name, or -1. */
  applicationName(applicationId: number): number {
    return this.#applications.get(applicationId) ?? -1;
  }
}

/** @returns whether that changed anything */
function put(map: Map<number, number>, key: number, value: number): boolean {
  const known = map.get(key);
  if (known === value || (known === undefined && map.size >= LIMITS.learntNames)) return false;
  map.set(key, value);
  return true;
}
