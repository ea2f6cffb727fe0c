import { secretSeed, settle, stir } from "../../flow/word_hash.ts";
import { type DedupColumns, knows } from "./dedup_columns.ts";

const ICMP = 1;
const ICMP6 = 58;

/**
 * Hashes conversations (addresses, ports, protocol; each direction is one of its own) to 64 bits, so
 * that they can be told apart without keeping them. Where it begins and what it multiplies with are
 * secret: keys come from the wire.
 */
export class ConversationHash {
  /** The hash of the row that was looked at last: two words. */
  high = 0;
  low = 0;
  readonly #starts = [secretSeed(), secretSeed()] as const;
  readonly #seeds = [secretSeed(), secretSeed()] as const;

  /**
   * Hashes the conversation of a row into `high` and `low`.
   *
   * @param columns the block
   * @param slot of a row with both addresses
   */
  take(columns: DedupColumns, slot: number): void {
    const { src_addr, dst_addr } = columns;
    const [a, b] = this.#seeds;
    let [x, y] = this.#starts;
    for (let at = slot * 4; at < slot * 4 + 4; at++) {
      x = stir(stir(x, src_addr[at], a), dst_addr[at], a);
      y = stir(stir(y, src_addr[at], b), dst_addr[at], b);
    }
    const protocol = knows(columns, slot, "protocol") ? columns.protocol[slot] : -1;
    // Exporters put type and code of ICMP into either port, or leave them out.
    const ports = protocol === ICMP || protocol === ICMP6
      ? 0
      : ((knows(columns, slot, "src_port") ? columns.src_port[slot] : 0) << 16) |
        (knows(columns, slot, "dst_port") ? columns.dst_port[slot] : 0);
    this.high = settle(stir(stir(x, ports, a), protocol, a));
    this.low = settle(stir(stir(y, ports, b), protocol, b));
  }
}
