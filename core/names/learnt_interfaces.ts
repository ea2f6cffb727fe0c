import type { Dictionary } from "../flow/dictionary.ts";
import { formatAddress } from "../flow/address.ts";
import type { InterfaceNames, InterfaceNameTeller } from "../flow/interface_names.ts";

/** Where a collector keeps what it learnt. */
export interface LearntSource {
  readonly interfaceNames?: InterfaceNames;
  readonly dictionary: Pick<Dictionary, "text">;
}

/** What an exporter calls an interface, and how it told. */
export interface LearntName {
  readonly name: string;
  readonly teller: InterfaceNameTeller;
}

/** An interface that was found by its name. */
export interface LearntInterface extends LearntName {
  /** Address, canonical. */
  readonly exporter: string;
  readonly ifIndex: number;
}

/**
 * The names of interfaces that the exporters of all collectors told. Of two for one interface that
 * of options data counts, and sFlow's name of the port where there is no other. Nothing is kept
 * here: tables that change all the time cost no more to ask than such that stand still.
 */
export class LearntInterfaces {
  readonly #sources: (LearntSource & { readonly interfaceNames: InterfaceNames })[] = [];

  /** Reads what a collector learns from now on, and what it has learnt. */
  follow({ interfaceNames, dictionary }: LearntSource): void {
    if (interfaceNames !== undefined) this.#sources.push({ interfaceNames, dictionary });
  }

  /**
   * What an exporter calls an interface; undefined where it did not say.
   *
   * @param exporter four words of its address
   * @param ifIndex SNMP ifIndex
   */
  find(exporter: Uint32Array, ifIndex: number): LearntName | undefined {
    let found: LearntName | undefined;
    for (const { interfaceNames, dictionary } of this.#sources) {
      const told = interfaceNames.told(exporter, ifIndex);
      if (told === null || (found?.teller === "options" && told.teller !== "options")) continue;
      const name = dictionary.text(told.nameId);
      if (name !== null) found = { name, teller: told.teller };
    }
    return found;
  }

  /** The interfaces whose exporters call them so. */
  named(name: string): LearntInterface[] {
    const found = new Map<string, LearntInterface>();
    for (const { interfaceNames, dictionary } of this.#sources) {
      const isCalledSo = (nameId: number) => dictionary.text(nameId) === name;
      for (const { exporter: words, ifIndex } of interfaceNames.all(isCalledSo)) {
        const known = this.find(words, ifIndex);
        if (known?.name !== name) continue;
        const exporter = formatAddress(words);
        found.set(`${exporter} ${ifIndex}`, { ...known, exporter, ifIndex });
      }
    }
    return [...found.values()];
  }
}
