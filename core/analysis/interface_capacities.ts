/** What an interface can carry in one direction. */
export interface InterfaceCapacity {
  readonly bits_per_second: number;
  /** `configured` by whoever runs flow-agent, or `if_speed` as the device says. */
  readonly source: "configured" | "if_speed";
}

/** Knows what interfaces can carry. */
export interface InterfaceCapacities {
  /** null where nobody said. */
  capacity(exporter: string, ifIndex: number, direction: "in" | "out"): InterfaceCapacity | null;
}
