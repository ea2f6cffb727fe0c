import { LIMITS } from "../limits.ts";

/**
 * What options data has taught about one exporter and observation domain. Keyed without the source
 * port: exporters send options from ports of their own. All of it is bounded.
 */
export class ExporterFacts {
  readonly #samplers = new Map<number, number>();
  readonly #interfaceNames = new Map<number, number>();
  readonly #applications = new Map<number, number>();
  #lastRate = 0;
  /** When it started, Unix milliseconds; 0 for not known. */
  bootMs = 0;

  /**
   * Notes the rate of a sampler. A rate of 0 is no rate: some devices announce samplers that they
   * do not use.
   *
   * @param id of the sampler, or -1 where the exporter has but one
   * @param rate one in this many
   */
  learnSampler(id: number, rate: number): void {
    if (rate <= 0) return;
    this.#lastRate = rate;
    if (id >= 0) put(this.#samplers, id, rate);
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
    put(this.#interfaceNames, ifIndex, nameId);
  }

  /** Id of an interface's name, or -1. */
  interfaceName(ifIndex: number): number {
    return this.#interfaceNames.get(ifIndex) ?? -1;
  }

  /** Notes the name of an application, as an id of the dictionary. */
  learnApplication(applicationId: number, nameId: number): void {
    put(this.#applications, applicationId, nameId);
  }

  /** Id of an application's name, or -1. */
  applicationName(applicationId: number): number {
    return this.#applications.get(applicationId) ?? -1;
  }
}

function put(map: Map<number, number>, key: number, value: number): void {
  if (map.size < LIMITS.learntNames || map.has(key)) map.set(key, value);
}
