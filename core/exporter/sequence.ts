/** What a datagram's sequence number said; "stray" is one of another numbering, not yet believed. */
export type SequenceVerdict =
  | "first"
  | "in_order"
  | "gap"
  | "late"
  | "duplicate"
  | "restart"
  | "stray";

/** A jump forward by more than this is a new numbering, not loss. */
const MAX_GAP = 1 << 24;
/** Datagrams' worth of numbers within which a step is loss or reordering at once. */
const WINDOW_DATAGRAMS = 1024;
/** Datagrams' worth of numbers that a restart starts within, and falls back by at least. */
const NEAR_DATAGRAMS = 16;
/** Datagrams in order, none of the old numbering between them, that make a new numbering believed. */
const BELIEVED_AFTER = 3;
/** How often two numberings take turns before it is said that there are two. */
const MAX_TURNS = 8;
/** Datagrams that overlap what arrived before them, after which the numbering makes no sense. */
const MAX_OVERLAPS = 32;
/** Datagrams in order, one after another, that make good for what was odd before. */
const CALM_AFTER = 256;
/** Gaps remembered so that a late datagram can take its loss back. */
const MAX_OPEN_GAPS = 16;

/**
 * Sequence accounting of one stream of 32-bit sequence numbers, whatever their unit: loss, late
 * arrival, duplicates and restarts are told apart, in the scale of the stream's own datagrams. A
 * number far off is believed when those after it go on from there: a stray or forged datagram moves
 * nothing. Pure, bounded, no allocation while in order.
 */
export class SequenceTracker {
  /** Next number expected, or -1 before the first datagram. */
  expected: number;
  /** What the last `observe` found. */
  verdict: SequenceVerdict = "first";
  /** Whether two numberings take turns, or numbers contradict one another: loss is not known. */
  confused = false;
  #gaps: { from: number; length: number }[] = [];
  /** Units of the largest datagram: the scale of windows. */
  #largest = 1;
  /** The numbering that strays belong to. */
  #other: SequenceTracker | null = null;
  /** Of the other numbering: datagrams in order since the last of this one, and loss among them. */
  #otherRun = 0;
  #otherLost = 0;
  /** Loss taken back by numbers that may be those of a restart. */
  #returned = 0;
  /** Loss booked for the jump from the other numbering to this one, and where it began. */
  #jump = 0;
  #jumpFrom = 0;
  /** Whether the other numbering is the one before the last restart or jump. */
  #left = false;
  #turns = 0;
  #overlaps = 0;
  /** Whether something was odd lately; then `#calm` counts datagrams in order since. */
  #odd = false;
  #calm = 0;

  /** @param expected to go on from, as a tracker before this one left it; -1 for none */
  constructor(expected = -1) {
    this.expected = expected;
  }

  /** Units of the gaps that are remembered. */
  get openLoss(): number {
    let sum = 0;
    for (const { length } of this.#gaps) sum += length;
    return sum;
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
    if (this.expected < 0) return this.#begin(sequence, units, "first");
    if (units > this.#largest) this.#largest = units;
    if (sequence === this.expected && !restarted) {
      this.verdict = "in_order";
      this.expected = (sequence + units) >>> 0;
      if (this.#odd) this.#settle();
      return 0;
    }
    if (restarted) return this.#begin(sequence, units, "restart");
    return this.#outOfOrder(sequence, units);
  }

  #outOfOrder(sequence: number, units: number): number {
    const step = (sequence - this.expected) | 0;
    this.#calm = 0;
    if (Math.abs(step) > WINDOW_DATAGRAMS * this.#largest || this.#isOfTheLast(sequence)) {
      return this.#stray(sequence, units, step);
    }
    if (step > 0) return this.#gap(sequence, units, step);
    if (step + units > 0) this.#overlap();
    const lost = this.#late(sequence, units);
    return lost + this.#fallen(sequence, units, { step, lost });
  }

  #begin(sequence: number, units: number, verdict: SequenceVerdict): number {
    if (units > this.#largest) this.#largest = units;
    const last = this.expected;
    this.#gaps.length = 0;
    this.expected = (sequence + units) >>> 0;
    this.verdict = verdict;
    this.#forget();
    if (verdict === "restart") {
      this.#odd = this.#left = true;
      this.#other = new SequenceTracker(last);
    }
    return 0;
  }

  /** Whether a number is a straggler of the numbering before a restart. */
  #isOfTheLast(sequence: number): boolean {
    if (!this.#left) return false;
    const near = NEAR_DATAGRAMS * this.#largest;
    const last = this.#other!.expected;
    return Math.abs((sequence - last) | 0) <= near &&
      Math.abs((last - this.expected) | 0) > 2 * near;
  }

  #gap(sequence: number, units: number, step: number): number {
    if (this.#gaps.length === MAX_OPEN_GAPS) this.#gaps.shift();
    this.#gaps.push({ from: this.expected, length: step });
    this.expected = (sequence + units) >>> 0;
    this.verdict = "gap";
    if (this.#odd) this.#settle();
    return step;
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

  /** Numbers of one numbering lie side by side: those that overlap make no sense. */
  #overlap(): void {
    this.#odd = true;
    if (++this.#overlaps >= MAX_OVERLAPS) this.confused = true;
  }

  /**
   * Whether a step back within the window is that of a restart: near 0, and the next ones go on
   * from there while none of the old numbering comes any more.
   */
  #fallen(
    sequence: number,
    units: number,
    { step, lost }: { step: number; lost: number },
  ): number {
    const near = NEAR_DATAGRAMS * this.#largest;
    const follows = this.#otherRun > 0 && Math.abs((sequence - this.#other!.expected) | 0) <= near;
    if (!follows && (sequence > near || step > -near)) return 0;
    const { verdict } = this;
    if (!follows) this.#returned = 0;
    this.#returned -= lost;
    const booked = follows ? this.#follow(sequence, units) : this.#begins(sequence, units, 0);
    if (this.verdict !== "restart") this.verdict = verdict;
    return booked;
  }

  #stray(sequence: number, units: number, step: number): number {
    const other = this.#other;
    this.verdict = "stray";
    if (
      other === null ||
      Math.abs((sequence - other.expected) | 0) > WINDOW_DATAGRAMS * this.#largest
    ) {
      this.#returned = 0;
      // Across the wrap to 0 is nearer to a restart than to a loss of millions.
      const wraps = sequence < this.expected && sequence <= NEAR_DATAGRAMS * this.#largest;
      return this.#begins(sequence, units, step > 0 && step <= MAX_GAP && !wraps ? step : 0);
    }
    // A turn: this numbering came since the other one did, and now that one goes on.
    if (this.#otherRun === 0 && ((sequence - other.expected) | 0) >= 0) {
      if (++this.#turns >= MAX_TURNS) this.confused = true;
    }
    return this.#follow(sequence, units);
  }

  /** Another numbering begins, so far ahead (0: not ahead). */
  #begins(sequence: number, units: number, jump: number): number {
    this.#odd = true;
    this.#left = false;
    if (this.#other === null) this.#other = new SequenceTracker();
    const other = this.#other;
    other.expected = -1;
    other.#begin(sequence, units, "first");
    if (jump > 0) other.#gaps.push({ from: this.expected, length: jump });
    other.#jump = jump;
    other.#jumpFrom = this.expected;
    this.#otherLost = jump;
    this.#otherRun = 1;
    // What was left before cannot come back any more.
    this.#jump = 0;
    return 0;
  }

  /** The other numbering goes on; after some datagrams it is believed. */
  #follow(sequence: number, units: number): number {
    const other = this.#other!;
    const came = (sequence - other.expected) | 0;
    if (came < 0) {
      this.#otherLost += other.#late(sequence, units);
      return 0;
    }
    if (came > 0) this.#otherLost += other.#gap(sequence, units, came);
    else other.expected = (sequence + units) >>> 0;
    return ++this.#otherRun < BELIEVED_AFTER ? 0 : this.#change(other);
  }

  /** Goes over to the other numbering; this one is the other now, since it may come back. */
  #change(other: SequenceTracker): number {
    // Coming back from a jump: it was none.
    let lost = this.#otherLost + this.#returned - this.#openJump();
    const [first] = other.#gaps;
    if (other.#jump > 0 && first?.from === other.#jumpFrom) {
      // This numbering went on within the jump meanwhile.
      const went = Math.min(first.length, (this.expected - first.from) >>> 0);
      first.from = (first.from + went) >>> 0;
      first.length -= went;
      lost -= went;
    }
    [this.expected, other.expected] = [other.expected, this.expected];
    [this.#gaps, other.#gaps] = [other.#gaps, this.#gaps];
    [this.#jump, other.#jump] = [other.#jump, 0];
    this.#jumpFrom = other.#jumpFrom;
    this.#otherRun = this.#otherLost = this.#returned = 0;
    this.#left = true;
    this.verdict = this.#jump > 0 ? "gap" : "restart";
    return lost;
  }

  /** What is still open of the jump to this numbering. */
  #openJump(): number {
    let open = 0;
    for (const { from, length } of this.#gaps) {
      if ((from - this.#jumpFrom) >>> 0 < this.#jump) open += length;
    }
    return open;
  }

  /** A datagram of this numbering after something odd. */
  #settle(): void {
    this.#otherRun = 0;
    if (this.verdict === "in_order" && ++this.#calm >= CALM_AFTER) this.#forget();
  }

  #forget(): void {
    this.#odd = this.#left = this.confused = false;
    this.#other = null;
    this.#otherRun = this.#otherLost = this.#returned = 0;
    this.#jump =
      this.#turns =
      this.#overlaps =
      this.#calm =
        0;
  }
}
