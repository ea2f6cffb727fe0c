/** Conversations told apart at most: 36 MB. Rows of further ones all count. */
const MAX_CONVERSATIONS = 1 << 20;
const FIRST_SLOTS = 4096;
const EMPTY = 255;
/** Points of one cluster that are told apart; the last stands for all behind it. */
const MAX_RANK = 254;

/**
 * For each conversation the best point of its cluster that saw it, and how much that one saw. Open
 * addressing over 64-bit hashes; a collision of two of a million conversations has odds of 1 in 30
 * million.
 */
export class ConversationTable {
  /** Weight of rows of conversations that found no room: they count wherever they were seen. */
  unplaced = 0;
  #hashes = new Uint32Array(FIRST_SLOTS * 2);
  #ranks = new Uint8Array(FIRST_SLOTS).fill(EMPTY);
  #weights = new Float64Array(FIRST_SLOTS);
  #count = 0;

  /**
   * Takes in a row.
   *
   * @param high first and `low` second half of the conversation's hash, cluster included
   * @param seen `rank` of the row's point in its cluster (0 the best) and `weight` of the row
   */
  add(high: number, low: number, { rank, weight }: { rank: number; weight: number }): void {
    rank = Math.min(rank, MAX_RANK);
    let slot = this.#find(high, low);
    if (this.#ranks[slot] === EMPTY) {
      if (this.#count === MAX_CONVERSATIONS) {
        this.unplaced += weight;
        return;
      }
      if (++this.#count * 2 > this.#ranks.length) {
        this.#grow();
        slot = this.#find(high, low);
      }
      this.#hashes[slot * 2] = high;
      this.#hashes[slot * 2 + 1] = low;
    }
    if (rank < this.#ranks[slot]) {
      this.#ranks[slot] = rank;
      this.#weights[slot] = weight;
    } else if (rank === this.#ranks[slot]) this.#weights[slot] += weight;
  }

  /** Whether rows of a conversation count at a point of this rank. */
  counts(high: number, low: number, rank: number): boolean {
    const best = this.#ranks[this.#find(high, low)];
    return best === EMPTY || Math.min(rank, MAX_RANK) === best;
  }

  /** Weight at the best points: of all conversations, and of those that rank 0 did not see. */
  kept(): { all: number; elsewhere: number } {
    let [all, elsewhere] = [this.unplaced, 0];
    for (let slot = 0; slot < this.#ranks.length; slot++) {
      if (this.#ranks[slot] === EMPTY) continue;
      all += this.#weights[slot];
      if (this.#ranks[slot] > 0) elsewhere += this.#weights[slot];
    }
    return { all, elsewhere };
  }

  #find(high: number, low: number): number {
    const mask = this.#ranks.length - 1;
    let slot = (high ^ low) & mask;
    while (
      this.#ranks[slot] !== EMPTY &&
      (this.#hashes[slot * 2] !== high || this.#hashes[slot * 2 + 1] !== low)
    ) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [hashes, ranks, weights] = [this.#hashes, this.#ranks, this.#weights];
    this.#hashes = new Uint32Array(hashes.length * 2);
    this.#ranks = new Uint8Array(ranks.length * 2).fill(EMPTY);
    this.#weights = new Float64Array(weights.length * 2);
    for (let old = 0; old < ranks.length; old++) {
      if (ranks[old] === EMPTY) continue;
      const [high, low] = [hashes[old * 2], hashes[old * 2 + 1]];
      const slot = this.#find(high, low);
      this.#hashes[slot * 2] = high;
      this.#hashes[slot * 2 + 1] = low;
      this.#ranks[slot] = ranks[old];
      this.#weights[slot] = weights[old];
    }
  }
}
