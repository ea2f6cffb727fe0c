import type { InterfaceSample } from "../flow/interface_schema.ts";
import { type InterfaceRates, interfaceRates, type NoRates } from "./interface_rates.ts";

/** Interfaces remembered; sources can be forged without end. */
const MAX_INTERFACES = 65_536;

/** Follows interfaces through their samples, each from its latest one. */
export class LatestSamples {
  /** In order of use, the longest unused first. */
  readonly #latest = new Map<string, InterfaceSample>();

  /**
   * Takes the next sample of any interface.
   *
   * @returns its rates since the one before, or why there are none; null for the first
   */
  take(sample: InterfaceSample): InterfaceRates | { readonly kind: NoRates } | null {
    const { exporter, observation_domain, if_index } = sample;
    const key = `${exporter}|${observation_domain}|${if_index}`;
    const before = this.#latest.get(key);
    const outcome = before === undefined ? null : interfaceRates(before, sample);
    const late = outcome?.kind === "duplicate" || outcome?.kind === "reordered";
    this.#latest.delete(key);
    this.#latest.set(key, late ? before! : sample);
    if (this.#latest.size > MAX_INTERFACES) {
      this.#latest.delete(this.#latest.keys().next().value!);
    }
    return outcome;
  }
}
