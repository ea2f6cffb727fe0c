import { SERVICE_NAMES } from "../flow/generated/service_names.ts";

/** Bits of the generated table by IP protocol; UDP-Lite has UDP's names. */
const BITS: Readonly<Record<number, number>> = { 6: 1, 17: 2, 33: 8, 132: 4, 136: 2 };
const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, dccp: 33, sctp: 132 };

/** What people call services that IANA calls otherwise. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["dns", "domain"],
  ["dhcp", "bootps"],
  ["whois", "nicname"],
  ["smb", "microsoft-ds"],
  ["rdp", "ms-wbt-server"],
  ["mssql", "ms-sql-s"],
  ["postgres", "postgresql"],
]);

/** A port of a protocol. */
export interface Endpoint {
  /** IP protocol number. */
  readonly protocol: number;
  readonly port: number;
}

/** Names of services by protocol and port: those of IANA, and what a configuration adds. */
export class ServiceNames {
  /** 1 where a port has a name in any protocol, by port. */
  readonly namedPorts = new Uint8Array(65_536);
  readonly #names = new Map<number, { name: string; bits: number }[]>();
  readonly #ports = new Map<string, number[]>();

  /** @param configured names by `tcp/8443`, above those of IANA */
  constructor(configured: Readonly<Record<string, string>> = {}) {
    for (const [endpoint, name] of Object.entries(configured)) {
      const [protocol, port] = endpoint.split("/");
      this.#add(Number(port), name, BITS[NUMBERS[protocol]]);
    }
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
    return this.#ports.get(this.#known(name)) ?? [];
  }

  /** Where a service of that name is: the endpoints whose `serviceName` it is. */
  endpoints(name: string): Endpoint[] {
    return this.ports(name).flatMap((port) =>
      Object.keys(BITS).map(Number)
        .filter((protocol) => this.serviceName(protocol, port)?.toLowerCase() === this.#known(name))
        .map((protocol) => ({ protocol, port }))
    );
  }

  /** Every name there is, in lower case, and what else people call some of them. */
  get names(): Iterable<string> {
    return [...this.#ports.keys(), ...ALIASES.keys()];
  }

  #known(name: string): string {
    const key = name.toLowerCase();
    return this.#ports.has(key) ? key : ALIASES.get(key) ?? key;
  }

  #add(port: number, name: string, bits: number): void {
    const names = this.#names.get(port) ?? [];
    // What is added first stands above what comes later.
    const left = names.reduce((rest, taken) => rest & ~taken.bits, bits);
    if (left === 0) return;
    this.namedPorts[port] = 1;
    names.push({ name, bits: left });
    this.#names.set(port, names);
    const key = name.toLowerCase();
    const ports = this.#ports.get(key);
    if (ports === undefined) this.#ports.set(key, [port]);
    else if (!ports.includes(port)) ports.push(port);
  }
}
