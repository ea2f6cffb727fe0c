/** What a datagram's sequence number said. */
export type SequenceVerdict = "first" | "in_order" | "gap" | "late" | "duplicate" | "restart";

/** A jump forward by more than this is a new numbering, not loss. */
const MAX_GAP = 1 << 24;
/** A step back by more than this is a restart; less is reordering or a duplicate. */
const REORDER_WINDOW = 4096;
/** Gaps remembered so that a late datagram can take its loss back. */
const MAX_OPEN_GAPS = 16;

/**
 * Sequence accounting of one stream of 32-bit sequence numbers, whatever their unit: loss, late
 * arrival, duplicates and restarts are told apart. Pure, bounded, no allocation while in order.
 */
export class SequenceTracker {
  /** Next number expected, or -1 before the first datagram. */
  expected: number;
  /** What the last `observe` found. */
  verdict: SequenceVerdict = "first";
  readonly #gaps: { from: number; length: number }[] = [];

  /** @param expected to go on from, as a tracker before this one left it; -1 for none */
  constructor(expected = -1) {
    this.expected = expected;
  }

  /**
   * Takes one datagram into account.
   *
   * @param sequence number it carries, 0 to 2^32 - 1
   * @param units how far it moves the number on: flows, records, or 1 datagram
   * @param restarted whether something else says that the exporter began anew
   * @returns units newly known to be lost; negative when a late datagram takes loss back
   */
  observe(sequence: number, units: number, restarted = false): number {
    if (this.expected < 0) return this.#restart(sequence, units, "first");
    const step = (sequence - this.expected) | 0;
    if (restarted || step > MAX_GAP || step < -REORDER_WINDOW) {
      return this.#restart(sequence, units, "restart");
    }
    if (step < 0) return this.#late(sequence, units);
    if (step === 0) {
      this.verdict = "in_order";
    } else {
      this.verdict = "gap";
      if (this.#gaps.length === MAX_OPEN_GAPS) this.#gaps.shift();
      this.#gaps.push({ from: this.expected, length: step });
    }
    this.expected = (sequence + units) >>> 0;
    return step;
  }

  #restart(sequence: number, units: number, verdict: SequenceVerdict): number {
    this.#gaps.length = 0;
    this.expected = (sequence + units) >>> 0;
    this.verdict = verdict;
    return 0;
  }

  #late(sequence: number, units: number): number {
    for (let i = 0; i < this.#gaps.length; i++) {
      const gap = this.#gaps[i];
      const before = (sequence - gap.from) | 0;
      if (before < 0 || before >= gap.length) continue;
      const filled = Math.min(units, gap.length - before);
      const after = gap.length - before - filled;
      const rest = { from: (sequence + filled) >>> 0, length: after };
      this.#gaps.splice(
        i,
        1,
        ...[{ from: gap.from, length: before }, rest].filter((g) => g.length > 0),
      );
      if (this.#gaps.length > MAX_OPEN_GAPS) this.#gaps.shift();
      this.verdict = "late";
      return -filled;
    }
    this.verdict = "duplicate";
    return 0;
  }
}
