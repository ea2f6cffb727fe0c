import type { KnownInterface } from "../names/name_data.ts";
import type { InterfaceSpeeds } from "../query/interface_speeds.ts";
import type { InterfaceCapacities, InterfaceCapacity } from "./interface_capacities.ts";

/** Capacities as configured, and as devices send them (ifSpeed) where nothing is configured. */
export class KnownCapacities implements InterfaceCapacities {
  readonly #configured: ReadonlyMap<string, number>;
  readonly #speeds: InterfaceSpeeds;

  /**
   * @param interfaces of the configuration
   * @param speeds that devices send
   */
  constructor(interfaces: readonly KnownInterface[], speeds: InterfaceSpeeds) {
    this.#configured = new Map(
      interfaces.flatMap(({ exporter, ifIndex, capacity }) =>
        capacity === null ? [] : [[`${exporter} ${ifIndex}`, capacity]]
      ),
    );
    this.#speeds = speeds;
  }

  capacity(exporter: string, ifIndex: number): InterfaceCapacity | null {
    const configured = this.#configured.get(`${exporter} ${ifIndex}`);
    if (configured !== undefined) return { bits_per_second: configured, source: "configured" };
    const speed = this.#speeds.speed(exporter, ifIndex);
    return speed === null ? null : { bits_per_second: speed, source: "if_speed" };
  }
}
