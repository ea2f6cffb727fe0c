import { SERVICE_NAMES } from "./generated/service_names.ts";

/** Bits of the generated table by IP protocol; UDP-Lite has UDP's names. */
const BITS: Readonly<Record<number, number>> = { 6: 1, 17: 2, 33: 8, 132: 4, 136: 2 };

/** Names of services by protocol and port: those of IANA, and what a configuration adds. */
export class ServiceNames {
  /** 1 where a port has a name in any protocol, by port. */
  readonly namedPorts = new Uint8Array(65_536);
  readonly #names = new Map<number, { name: string; bits: number }[]>();
  readonly #ports = new Map<string, number[]>();

  constructor() {
    for (const [port, name, bits] of SERVICE_NAMES) this.#add(port, name, bits);
  }

  /**
   * Name of a service.
   *
   * @param protocol IP protocol number
   * @param port 0 to 65,535
   * @returns null where there is none
   */
  serviceName(protocol: number, port: number): string | null {
    const bit = BITS[protocol] ?? 0;
    return this.#names.get(port)?.find(({ bits }) => (bits & bit) !== 0)?.name ?? null;
  }

  /** Ports of a service of that name, in any protocol; none where it is not known. */
  ports(name: string): readonly number[] {
    return this.#ports.get(name.toLowerCase()) ?? [];
  }

  /** Every name there is. */
  get names(): Iterable<string> {
    return this.#ports.keys();
  }

  #add(port: number, name: string, bits: number): void {
    this.namedPorts[port] = 1;
    const names = this.#names.get(port);
    if (names === undefined) this.#names.set(port, [{ name, bits }]);
    else names.push({ name, bits });
    const ports = this.#ports.get(name);
    if (ports === undefined) this.#ports.set(name, [port]);
    else if (!ports.includes(port)) ports.push(port);
  }
}
