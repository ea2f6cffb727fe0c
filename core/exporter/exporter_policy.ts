import { parseAddress } from "../flow/address.ts";
import { isInNetwork, type Network, type NetworkWords, networkWords } from "../flow/network.ts";

/** What the operator says about exporters, by their addresses. */
export interface ExporterRules {
  /** Who may export; nobody named means everybody. */
  readonly allow: readonly Network[];
  /** Sampling rates that stand above what exporters say: one in `rate`. */
  readonly samplingRates: readonly { readonly network: Network; readonly rate: number }[];
}

/** What holds for one address. */
interface Verdict {
  readonly allowed: boolean;
  /** 0 for none. */
  readonly rate: number;
}

/** Source addresses can be forged without end: the cache starts anew rather than grow. */
const MAX_CACHED = 8192;

/** The operator's rules, worked out once an address. */
export class ExporterPolicy {
  readonly #allow: readonly NetworkWords[];
  /** The longest prefix first. */
  readonly #rates: readonly { readonly network: NetworkWords; readonly rate: number }[];
  readonly #verdicts = new Map<string, Verdict>();

  /** @param rules of all collectors */
  constructor({ allow, samplingRates }: ExporterRules) {
    this.#allow = allow.map(networkWords);
    this.#rates = samplingRates
      .toSorted((a, b) => b.network.prefixLength - a.network.prefixLength)
      .map(({ network, rate }) => ({ network: networkWords(network), rate }));
  }

  /**
   * Whether datagrams of an address are to be looked into.
   *
   * @param address text as the socket gives it; ::ffff:a.b.c.d is a.b.c.d
   */
  allows(address: string): boolean {
    return this.#allow.length === 0 || this.#verdict(address).allowed;
  }

  /** The sampling rate of an address, one in this many; 0 where none is configured. */
  samplingRate(address: string): number {
    return this.#rates.length === 0 ? 0 : this.#verdict(address).rate;
  }

  #verdict(address: string): Verdict {
    let verdict = this.#verdicts.get(address);
    if (verdict === undefined) {
      if (this.#verdicts.size >= MAX_CACHED) this.#verdicts.clear();
      this.#verdicts.set(address, verdict = this.#judge(address));
    }
    return verdict;
  }

  #judge(address: string): Verdict {
    const words = new Uint32Array(4);
    if (!parseAddress(address, words)) return { allowed: false, rate: 0 };
    return {
      allowed: this.#allow.some((network) => isInNetwork(words, network)),
      rate: this.#rates.find(({ network }) => isInNetwork(words, network))?.rate ?? 0,
    };
  }
}
