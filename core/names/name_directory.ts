import { formatAddress } from "../flow/address.ts";
import { AsDatabase } from "./as_database.ts";
import { CountryDatabase } from "./country_database.ts";
import { LearntInterfaces } from "./learnt_interfaces.ts";
import {
  type ExpectedHost,
  type KnownInterface,
  type NameData,
  NO_NAME_DATA,
} from "./name_data.ts";
import { PrefixTable } from "./prefix_table.ts";
import { ServiceNames } from "./service_names.ts";

/** Every name that is known of what flows hold as numbers and addresses. */
export class NameDirectory {
  readonly services: ServiceNames;
  /** Networks whose hosts are the operator's own. */
  readonly internal: readonly string[];
  /** Labels there are, each once. */
  readonly labels: readonly string[];
  /** null where no database is configured. */
  readonly countries: CountryDatabase | null;
  readonly systems: AsDatabase | null;
  readonly #labelled: PrefixTable;
  readonly #internal: PrefixTable;
  readonly #expected: Readonly<Record<ExpectedHost["role"], PrefixTable>>;
  readonly #expectedNames: readonly string[];
  readonly #interfaces: ReadonlyMap<string, KnownInterface>;
  readonly #learnt: LearntInterfaces;

  /**
   * @param data of the configuration
   * @param learnt names that exporters told
   * @throws {MmdbError} when a file is no MMDB
   */
  constructor(data: NameData = NO_NAME_DATA, learnt = new LearntInterfaces()) {
    this.#learnt = learnt;
    this.services = new ServiceNames(data.services);
    this.internal = data.internal;
    this.#expected = {
      scanner: expectedTable(data.expected, "scanner"),
      monitoring: expectedTable(data.expected, "monitoring"),
    };
    this.#expectedNames = data.expected.map(({ name }) => name);
    this.labels = [...new Set(Object.values(data.labels))];
    const numbers = new Map(this.labels.map((label, number) => [label, number]));
    this.#labelled = new PrefixTable(
      Object.entries(data.labels).map(([network, label]) => [network, numbers.get(label)!]),
    );
    this.#internal = new PrefixTable(data.internal.map((network) => [network, 1]));
    this.#interfaces = new Map(
      data.interfaces.map((known) => [`${known.exporter} ${known.ifIndex}`, known]),
    );
    this.countries = data.countries && new CountryDatabase(new Uint8Array(data.countries));
    this.systems = data.systems && new AsDatabase(new Uint8Array(data.systems));
  }

  /** Number in `labels` of the label of an address, that of its longest prefix; -1 for none. */
  labelNumber(words: Uint32Array, at = 0): number {
    return this.#labelled.find(words, at);
  }

  /** Whether an address is one of the operator's own. */
  isInternal(words: Uint32Array, at = 0): boolean {
    return this.#internal.find(words, at) >= 0;
  }

  /** What an address is that scans or polls on purpose, by its longest prefix; null where it is none. */
  expectedHost(role: ExpectedHost["role"], words: Uint32Array, at = 0): string | null {
    return this.#expectedNames[this.#expected[role].find(words, at)] ?? null;
  }

  /**
   * What is configured of an interface.
   *
   * @param exporter its address, as text or as words
   * @param ifIndex SNMP ifIndex
   */
  interfaceOf(exporter: string | Uint32Array, ifIndex: number): KnownInterface | null {
    const address = typeof exporter === "string" ? exporter : formatAddress(exporter);
    return this.#interfaces.get(`${address} ${ifIndex}`) ?? null;
  }

  /**
   * The name of an interface: the configured one, then that of the exporter's options data, then one
   * that flows `told`, then the name that sFlow gives the port.
   *
   * @param exporter four words of its address
   * @param ifIndex SNMP ifIndex
   * @param told by flows, null for none
   */
  interfaceName(exporter: Uint32Array, ifIndex: number, told: string | null): string | null {
    const address = formatAddress(exporter);
    const configured = this.interfaceOf(address, ifIndex)?.name ?? null;
    if (configured !== null) return configured;
    const learnt = this.#learnt.find(exporter, ifIndex);
    return learnt?.teller === "options" ? learnt.name : told ?? learnt?.name ?? null;
  }

  /** Interfaces that the configuration or their exporters call so: address and ifIndex. */
  interfacesNamed(name: string): { exporter: string; ifIndex: number }[] {
    const configured = [...this.#interfaces.values()].filter((known) => known.name === name);
    return [...configured, ...this.#learnt.named(name)];
  }
}

function expectedTable(hosts: readonly ExpectedHost[], role: ExpectedHost["role"]): PrefixTable {
  return new PrefixTable(
    hosts.flatMap((host, n) => host.role === role ? [[host.network, n] as const] : []),
  );
}
