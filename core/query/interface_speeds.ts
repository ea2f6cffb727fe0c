import { formatAddress } from "../flow/address.ts";
import { INTERFACE_TABLE, type InterfaceRow } from "../flow/interface_schema.ts";
import { TableRing } from "../flow/table_ring.ts";

/** Interfaces remembered; sources can be forged without end. */
const MAX_INTERFACES = 65_536;
const NEEDED = ["exporter", "if_index", "speed_bps"] as const;

/** What interfaces can carry, as devices say it in their interface samples (sFlow's ifSpeed). */
export class InterfaceSpeeds {
  readonly #rings = new Map<SharedArrayBuffer, { ring: TableRing<InterfaceRow>; next: number }>();
  readonly #speeds = new Map<string, number>();

  /** Reads the samples of a collector from now on, those that it has included. */
  follow(memory: SharedArrayBuffer): void {
    if (this.#rings.has(memory)) return;
    this.#rings.set(memory, { ring: new TableRing(INTERFACE_TABLE, memory), next: 0 });
  }

  /**
   * Bits a second in one direction; null where the device did not say.
   *
   * @param exporter address
   * @param ifIndex of the interface
   */
  speed(exporter: string, ifIndex: number): number | null {
    for (const one of this.#rings.values()) {
      one.next = Math.max(one.next, one.ring.oldest);
      for (; one.next < one.ring.committed; one.next++) this.#take(one.ring, one.next);
    }
    return this.#speeds.get(`${exporter}|${ifIndex}`) ?? null;
  }

  #take(ring: TableRing<InterfaceRow>, row: number): void {
    const slot = row & ring.mask;
    const { presence, exporter, if_index, speed_bps } = ring.columns;
    const known = NEEDED.every((name) => {
      const bit = ring.table.presenceBit(name);
      return (presence[slot * ring.table.presenceWords + (bit >> 5)] & (1 << (bit & 31))) !== 0;
    });
    if (!known) return;
    const key = `${formatAddress(exporter, slot * 4)}|${if_index[slot]}`;
    const speed = speed_bps[slot];
    // Overwritten while it was read: it may be of two rows.
    if (row < ring.oldest) return;
    if (!this.#speeds.has(key) && this.#speeds.size >= MAX_INTERFACES) return;
    this.#speeds.set(key, speed);
  }
}
