/** Entries kept; of more the oldest two become one. */
const ENTRIES = 32;
/** Loss within this time is one entry. */
const MERGE_MS = 1000;

/** Loss with its times, of which the sum is always right: bounded, for one exporter. */
export class LossLedger {
  readonly #atMs = new Float64Array(ENTRIES);
  readonly #units = new Float64Array(ENTRIES);
  #length = 0;

  /** Adds loss, or takes it back (negative), at a time in Unix milliseconds that never decreases. */
  add(units: number, atMs: number): void {
    if (units === 0) return;
    const last = this.#length - 1;
    if (last >= 0 && atMs - this.#atMs[last] < MERGE_MS) {
      this.#units[last] += units;
      return;
    }
    if (this.#length === ENTRIES) {
      this.#units[1] += this.#units[0];
      this.#units.copyWithin(0, 1);
      this.#atMs.copyWithin(0, 1);
      this.#length--;
    }
    this.#atMs[this.#length] = atMs;
    this.#units[this.#length++] = units;
  }

  /** What this one has and another has not: the difference, by time. */
  minus(other: LossLedger): LossLedger {
    const difference = new LossLedger();
    const all = [
      ...this.entries(),
      ...[...other.entries()].map(({ atMs, units }) => ({ atMs, units: -units })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, units } of all) difference.add(units, atMs);
    return difference;
  }

  /** All entries, the oldest first. */
  *entries(): Generator<{ atMs: number; units: number }> {
    for (let i = 0; i < this.#length; i++) {
      yield { atMs: this.#atMs[i], units: this.#units[i] };
    }
  }
}
