import { type DedupColumns, knows } from "./dedup_columns.ts";

const ICMP = 1;
const ICMP6 = 58;
const WORDS = 11;

/**
 * Hashes conversations (addresses, ports, protocol; each direction is one of its own) to 64 bits, so
 * that they can be told apart without keeping them. The multipliers are secret: keys come from the
 * wire.
 */
export class ConversationHash {
  /** The hash of the row that was looked at last: two words. */
  high = 0;
  low = 0;
  readonly #a: Int32Array;
  readonly #b: Int32Array;

  constructor() {
    this.#a = crypto.getRandomValues(new Int32Array(WORDS)).map((seed) => seed | 1);
    this.#b = crypto.getRandomValues(new Int32Array(WORDS)).map((seed) => seed | 1);
  }

  /**
   * Hashes the conversation of a row into `high` and `low`.
   *
   * @param columns the block
   * @param slot of a row with both addresses
   */
  take(columns: DedupColumns, slot: number): void {
    const { src_addr, dst_addr } = columns;
    const [a, b] = [this.#a, this.#b];
    const at = slot * 4;
    let x = a[10];
    let y = b[10];
    for (let w = 0; w < 4; w++) {
      x = (x + Math.imul(src_addr[at + w], a[w]) + Math.imul(dst_addr[at + w], a[4 + w])) | 0;
      y = (y + Math.imul(src_addr[at + w], b[w]) + Math.imul(dst_addr[at + w], b[4 + w])) | 0;
    }
    const protocol = knows(columns, slot, "protocol") ? columns.protocol[slot] : -1;
    // Exporters put type and code of ICMP into either port, or leave them out.
    const ports = protocol === ICMP || protocol === ICMP6
      ? 0
      : ((knows(columns, slot, "src_port") ? columns.src_port[slot] : 0) << 16) |
        (knows(columns, slot, "dst_port") ? columns.dst_port[slot] : 0);
    x = (x + Math.imul(ports, a[8]) + Math.imul(protocol, a[9])) | 0;
    y = (y + Math.imul(ports, b[8]) + Math.imul(protocol, b[9])) | 0;
    this.high = mixed(x);
    this.low = mixed(y);
  }
}

/** Multiplying carries bits upwards only: this brings them down again. */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}
