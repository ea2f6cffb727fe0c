import { secretSeed, settle, stir } from "../../flow/word_hash.ts";
import { type DedupColumns, knows } from "./dedup_columns.ts";

const ICMP = 1;
const ICMP6 = 58;

/**
 * Hashes conversations (addresses, ports, protocol; each direction is one of its own) to 64 bits, so
 * that they can be told apart without keeping them. Where it begins and what it multiplies with are
 * secret: keys come from the wire.
 *
 * The halves are hashes of their own, so that what a first half rules out costs no second one.
 */
export class ConversationHash {
  /** First half of the row that `takeHigh` looked at last. */
  high = 0;
  /** Second half of the row that `takeLow` looked at last. */
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
    this.takeHigh(columns, slot);
    this.takeLow(columns, slot);
  }

  /** The first half of `take`. */
  takeHigh(columns: DedupColumns, slot: number): void {
    this.high = half(columns, slot, this.#starts[0], this.#seeds[0]);
  }

  /** The second half of `take`. */
  takeLow(columns: DedupColumns, slot: number): void {
    this.low = half(columns, slot, this.#starts[1], this.#seeds[1]);
  }
}

/** Positional, since it is asked for every row. */
function half(columns: DedupColumns, slot: number, start: number, seed: number): number {
  const { src_addr, dst_addr } = columns;
  const at = slot * 4;
  let hash = stir(stir(start, src_addr[at], seed), dst_addr[at], seed);
  hash = stir(stir(hash, src_addr[at + 1], seed), dst_addr[at + 1], seed);
  hash = stir(stir(hash, src_addr[at + 2], seed), dst_addr[at + 2], seed);
  hash = stir(stir(hash, src_addr[at + 3], seed), dst_addr[at + 3], seed);
  const protocol = knows(columns, slot, "protocol") ? columns.protocol[slot] : -1;
  // Exporters put type and code of ICMP into either port, or leave them out.
  const ports = protocol === ICMP || protocol === ICMP6
    ? 0
    : ((knows(columns, slot, "src_port") ? columns.src_port[slot] : 0) << 16) |
      (knows(columns, slot, "dst_port") ? columns.dst_port[slot] : 0);
  return settle(stir(stir(hash, ports, seed), protocol, seed));
}
