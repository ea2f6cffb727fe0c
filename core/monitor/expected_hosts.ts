import { countOf } from "../count_of.ts";
import { formatAddress } from "../flow/address.ts";
import type { ExpectedHost } from "../names/name_data.ts";
import { PrefixTable } from "../names/prefix_table.ts";
import type { AnomalyType } from "./finding.ts";

/** What a host does on purpose. */
export type Purpose = ExpectedHost["role"];

/** Hosts named in one note; the rest is counted. */
const MAX_NAMED = 5;
const NOUN: Readonly<Record<Purpose, string>> = {
  scanner: "configured scanner",
  monitoring: "configured monitoring host",
};

/** Hosts that scan or poll on purpose, and which findings were left out because of it. */
export class ExpectedHosts {
  readonly #hosts: readonly ExpectedHost[];
  readonly #tables: Readonly<Record<Purpose, PrefixTable>>;
  /** By type and purpose: names by address. */
  readonly #left = new Map<string, Map<string, string>>();

  /** @param hosts of the configuration; of several prefixes of a purpose the longest counts */
  constructor(hosts: readonly ExpectedHost[]) {
    this.#hosts = hosts;
    const table = (purpose: Purpose) =>
      new PrefixTable(
        hosts.flatMap(({ network, role }, n) => role === purpose ? [[network, n] as const] : []),
      );
    this.#tables = { scanner: table("scanner"), monitoring: table("monitoring") };
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
      const n = this.#tables[purpose].find(words);
      if (n < 0) continue;
      const key = `${type} ${purpose}`;
      const left = this.#left.get(key) ?? new Map<string, string>();
      this.#left.set(key, left.set(formatAddress(words), this.#hosts[n].name));
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
