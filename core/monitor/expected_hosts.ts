import { countOf } from "../count_of.ts";
import { formatAddress } from "../flow/address.ts";
import type { AnomalyType } from "./finding.ts";

/** What a host does on purpose. */
export type Purpose = "scanner" | "monitoring";

/** Where it is looked up. */
export interface ExpectedHostNames {
  /** What an address is called that does something on purpose; null where it is not known to. */
  expectedHost(purpose: Purpose, words: Uint32Array): string | null;
}

/** Hosts named in one note; the rest is counted. */
const MAX_NAMED = 5;
const NOUN: Readonly<Record<Purpose, string>> = {
  scanner: "configured scanner",
  monitoring: "configured monitoring host",
};

/** Which findings are left out because their hosts scan or poll on purpose. */
export class ExpectedHosts {
  readonly #names: ExpectedHostNames;
  /** By type and purpose: names by address. */
  readonly #left = new Map<string, Map<string, string>>();

  constructor(names: ExpectedHostNames) {
    this.#names = names;
  }

  /**
   * Whether a finding is left out because its host does that on purpose; it is counted.
   *
   * @param words address of the host that acts
   * @param finding its `type`, and the `purposes` that explain it
   */
  leavesOut(
    words: Uint32Array,
    { purposes, type }: { purposes: readonly Purpose[]; type: AnomalyType },
  ): boolean {
    for (const purpose of purposes) {
      const name = this.#names.expectedHost(purpose, words);
      if (name === null) continue;
      const key = `${type} ${purpose}`;
      const left = this.#left.get(key) ?? new Map<string, string>();
      this.#left.set(key, left.set(formatAddress(words), name));
      return true;
    }
    return false;
  }

  /** What was left out, a sentence for each type and purpose. */
  notes(): string[] {
    return [...this.#left].map(([key, hosts]) => {
      const [type, purpose] = key.split(" ");
      const named = [...hosts].slice(0, MAX_NAMED).map(([address, name]) => `${address} (${name})`);
      const more = hosts.size - named.length;
      return `${type}: ${countOf(hosts.size, NOUN[purpose as Purpose])} left out: ${
        named.join(", ")
      }${more > 0 ? ` and ${more} more` : ""}.`;
    });
  }
}
