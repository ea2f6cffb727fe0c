import type { PictureBlock } from "./picture_block.ts";
import { hasPorts, servicePort } from "./serving_side.ts";

/** Which services were used before the window: whether a TCP or UDP port was, and how often. */
export class PortUse {
  /** Flows by port; UDP behind TCP. */
  readonly flows = new Uint32Array(2 * 65_536);
  readonly #named: Uint8Array;

  /** @param named whether a port has a service name, by port */
  constructor(named: Uint8Array) {
    this.#named = named;
  }

  /** Takes in the rows of a block. */
  fold({ columns, count, slot: slots }: PictureBlock): void {
    const { src_port, dst_port, protocol } = columns;
    const named = this.#named;
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      const proto = protocol[slot];
      if (!hasPorts(proto)) continue;
      const port = servicePort(src_port[slot], dst_port[slot], named);
      this.flows[(proto === 17 ? 65_536 : 0) + port]++;
    }
  }
}
