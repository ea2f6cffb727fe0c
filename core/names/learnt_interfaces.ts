import { formatAddress } from "../flow/address.ts";
import type { Dictionary } from "../flow/dictionary.ts";
import type { InterfaceNames, InterfaceNameTeller } from "../flow/interface_names.ts";

/** Where a collector keeps what it learnt. */
export interface LearntSource {
  readonly interfaceNames?: InterfaceNames;
  readonly dictionary: Pick<Dictionary, "text">;
}

/** An interface by the name that its exporter gave it. */
export interface LearntInterface {
  /** Address, canonical. */
  readonly exporter: string;
  readonly ifIndex: number;
  readonly name: string;
  readonly teller: InterfaceNameTeller;
}

/**
 * The names of interfaces that the exporters of all collectors told. Of two for one interface that
 * of options data counts, and sFlow's name of the port where there is no other.
 */
export class LearntInterfaces {
  readonly #sources: LearntSource[] = [];
  #known = new Map<string, LearntInterface>();
  #version = 0;

  /** Reads what a collector learns from now on, and what it has learnt. */
  follow(source: LearntSource): void {
    if (source.interfaceNames !== undefined) this.#sources.push(source);
  }

  /** What an exporter calls an interface; undefined where it did not say. */
  find(exporter: string, ifIndex: number): LearntInterface | undefined {
    return this.#current().get(`${exporter} ${ifIndex}`);
  }

  /** All that exporters named. */
  all(): Iterable<LearntInterface> {
    return this.#current().values();
  }

  #current(): ReadonlyMap<string, LearntInterface> {
    const version = this.#sources.reduce(
      (sum, { interfaceNames }) => sum + interfaceNames!.version,
      0,
    );
    if (version === this.#version) return this.#known;
    this.#version = version;
    this.#known = new Map();
    for (const { interfaceNames, dictionary } of this.#sources) {
      for (const { exporter: words, ifIndex, nameId, teller } of interfaceNames!.all()) {
        const exporter = formatAddress(words);
        const key = `${exporter} ${ifIndex}`;
        if (this.#known.get(key)?.teller === "options" && teller !== "options") continue;
        const name = dictionary.text(nameId);
        if (name !== null) this.#known.set(key, { exporter, ifIndex, name, teller });
      }
    }
    return this.#known;
  }
}
