import type { MessageCounts, SequenceUnit } from "../wire/codec.ts";
import { LossLedger } from "./loss_ledger.ts";
import { SequenceTracker, type SequenceVerdict } from "./sequence.ts";
import { countsRecords, READINGS, STANDARD, unitsOf, UNKNOWN } from "./sequence_reading.ts";

/** A step smaller than the reading in force allows: loss, reordering and repeats make none. */
const STRONG = 6;
/** No step at all: a repeated datagram makes one, or one without records that came out of order. */
const STANDSTILL = 2;
/** A step larger than that: loss could be the cause, by chance. */
const WEAK = 1;
/** Taken from a reading that misses a step which the one in force explains. */
const REFUTED = 12;
/** Points needed where there is no strong evidence. */
const WEAK_PROOF = 24;
/** Points needed, in steps that follow one another, where numbers were found to tell nothing. */
const UNKNOWN_PROOF = 192;
/** Points needed where the reading in force has itself been learnt. */
const LEARNT_PROOF = 8;
/** Steps of one size prove nothing if they are small: every second datagram may be lost. */
const TELLING_STEP = 8;
/** When numbers are found to tell nothing, what was counted as lost before this stays. */
const TAKE_BACK_MS = 600_000;

/** What a datagram added to the accounts. */
export interface SequenceTally {
  lost: number;
  reordered: number;
  duplicates: number;
  restarts: number;
}

const NOTHING: Readonly<SequenceTally> = { lost: 0, reordered: 0, duplicates: 0, restarts: 0 };

/** A reading that explains steps which the one in force does not, with accounts of its own. */
interface Candidate {
  readonly index: number;
  readonly tracker: SequenceTracker;
  /** What the accounts would have to be corrected by if it took over. */
  readonly correction: SequenceTally;
  readonly ledger: LossLedger;
  points: number;
  strong: boolean;
  lastStep: number;
}

/** A reading that took over, and what the accounts have to be corrected by. */
export interface SequenceCorrection {
  readonly tally: SequenceTally;
  /** The loss of the tally, by time. */
  readonly ledger: LossLedger;
}

/**
 * Accounts for one exporter's sequence numbers, and finds out what they count. The format's own
 * reading holds until another one has explained what it cannot (docs/adr/0011); then that takes
 * over, with what it would have counted in the meantime. Bounded; no allocation while the reading
 * in force explains what comes.
 */
export class SequenceLearner {
  /** What the last datagram added, where it was not in order. */
  readonly tally: SequenceTally = { lost: 0, reordered: 0, duplicates: 0, restarts: 0 };
  /** What has to be set right after the last datagram; null for nothing. */
  correction: SequenceCorrection | null = null;
  /** Whether the last datagram came in order. */
  inOrder = false;
  #reading: number;
  #tracker: SequenceTracker;
  #candidates: Candidate[] = [];
  /** Loss counted lately by the reading in force; null for none yet. */
  #booked: LossLedger | null = null;
  /** Whether the format's own number moves on by records. */
  #standardCountsRecords = false;
  #unit: SequenceUnit | null = null;
  /** The last datagram; -1 for none. */
  #sequence = -1;
  #units = 0;
  readonly #last = { data: 0, options: 0, templates: 0, sets: 0, complete: true };

  /**
   * @param reading index into READINGS, as a learner before this one left it
   * @param expected next number, likewise; -1 for none
   */
  constructor(reading = STANDARD, expected = -1) {
    this.#reading = reading;
    this.#tracker = new SequenceTracker(expected);
  }

  /** Index into READINGS of the one in force. */
  get reading(): number {
    return this.#reading;
  }

  /** Next number, in terms of the reading in force; -1 for none. */
  get expected(): number {
    return this.#tracker.expected;
  }

  /** Forgets where the sequence stands. */
  resync(): void {
    this.#tracker.expected = -1;
    this.#sequence = -1;
    this.#candidates.length = 0;
  }

  /**
   * Accounts for a datagram: see `tally`, `correction` and `inOrder`.
   *
   * @param sequence its 32-bit number
   * @param step by how many `units` it moves the number on and what the `unit` is, as the format
   *   has it; what the `message` held, undefined where no other reading is thinkable; `nowMs` its
   *   arrival, Unix milliseconds
   * @param restarted whether its clock says that the exporter began anew
   */
  observe(
    sequence: number,
    { units, unit, nowMs, message }: {
      units: number;
      unit: SequenceUnit;
      nowMs: number;
      message?: MessageCounts;
    },
    restarted: boolean,
  ): void {
    if (this.correction !== null) this.correction = null;
    if (unit !== this.#unit) {
      this.#unit = unit;
      this.#standardCountsRecords = unit === "records" || unit === "flows";
    }
    const tracker = this.#tracker;
    const lost = this.#account(tracker, this.#reading, sequence, units, message, restarted);
    this.inOrder = this.#reading !== UNKNOWN && tracker.verdict === "in_order";
    if (!this.inOrder) this.#note(lost, nowMs);
    if (message === undefined) {
      this.#withoutMessage(sequence, units, nowMs);
      return;
    }
    if (!this.inOrder || this.#candidates.length > 0) {
      this.#learn(sequence, units, message, nowMs, restarted);
    }
    this.#sequence = sequence;
    this.#units = units;
    const last = this.#last;
    last.data = message.data;
    last.options = message.options;
    last.templates = message.templates;
    last.sets = message.sets;
    last.complete = message.complete;
  }

  /** Tallies a datagram that was not in order. */
  #note(lost: number, nowMs: number): void {
    Object.assign(this.tally, NOTHING);
    if (this.#reading === UNKNOWN) return;
    addVerdict(this.tally, this.#tracker.verdict, lost);
    if (lost !== 0) (this.#booked ??= new LossLedger()).add(lost, nowMs);
  }

  /** Where no other reading is thinkable, numbers tell nothing for as long as they are confused. */
  #withoutMessage(sequence: number, units: number, nowMs: number): void {
    const tracker = this.#tracker;
    if (this.#reading !== UNKNOWN) {
      if (tracker.confused) this.#giveUp(nowMs);
      return;
    }
    tracker.observe(sequence, units);
    if (!tracker.confused) this.#reading = STANDARD;
  }

  /** Feeds a tracker in terms of a reading. */
  #account(
    tracker: SequenceTracker,
    index: number,
    sequence: number,
    standard: number,
    message: MessageCounts | undefined,
    restarted: boolean,
  ): number {
    if (index === UNKNOWN) return 0;
    if (message === undefined || index === STANDARD) {
      if (message !== undefined && !message.complete && this.#standardCountsRecords) {
        return unreadable(tracker, sequence, false, restarted);
      }
      return tracker.observe(sequence, standard, restarted);
    }
    const reading = READINGS[index];
    if (!message.complete && countsRecords(reading)) {
      return unreadable(tracker, sequence, reading.inclusive, restarted);
    }
    const units = unitsOf(reading, message);
    const start = reading.inclusive ? (sequence - units) >>> 0 : sequence;
    return tracker.observe(start, units, restarted);
  }

  #learn(
    sequence: number,
    units: number,
    message: MessageCounts,
    nowMs: number,
    restarted: boolean,
  ): void {
    const tally = this.inOrder ? NOTHING : this.tally;
    for (const { tracker, index, correction, ledger } of this.#candidates) {
      const before = correction.lost;
      const lost = this.#account(tracker, index, sequence, units, message, restarted);
      if (index !== UNKNOWN) addVerdict(correction, tracker.verdict, lost);
      subtract(correction, tally);
      ledger.add(correction.lost - before, nowMs);
    }
    if (this.#sequence >= 0 && !restarted) this.#judge(sequence, units, message, nowMs);
    if (
      this.#reading !== UNKNOWN && this.#tracker.confused &&
      !this.#candidates.some(({ points }) => points > STRONG)
    ) this.#giveUp(nowMs);
  }

  /** Weighs what the step from the last datagram to this one says of each reading. */
  #judge(sequence: number, units: number, message: MessageCounts, nowMs: number): void {
    const step = (sequence - this.#sequence) | 0;
    const expected = this.#stepOf(this.#reading, message);
    const explained = step === expected;
    // In order after something that was not: the step itself says nothing.
    if (expected < 0 || (this.inOrder && !explained)) return;
    for (let i = this.#candidates.length - 1; i >= 0; i--) {
      const candidate = this.#candidates[i];
      const own = this.#stepOf(candidate.index, message);
      if (own < 0) continue;
      if (own === step) {
        if (!explained) this.#support(candidate, step, expected);
      } else if (explained) candidate.points -= REFUTED;
      else if (this.#reading === UNKNOWN) candidate.points = 0;
      // Where both have the same wrong expectation it is loss, whichever is right.
      else if (step > 0 && own !== expected) candidate.points = Math.max(1, candidate.points - 1);
      if (candidate.points <= 0) this.#candidates.splice(i, 1);
    }
    if (explained || step < 0) return;
    for (let index = 0; index < READINGS.length; index++) {
      if (index === this.#reading || this.#stepOf(index, message) !== step) continue;
      if (this.#candidates.some((known) => known.index === index)) continue;
      const candidate = this.#candidate(index, sequence, units, message, nowMs);
      this.#candidates.push(candidate);
      this.#support(candidate, step, expected);
    }
    let best = this.#candidates[0];
    for (const candidate of this.#candidates) {
      if (candidate.points > best.points) best = candidate;
    }
    if (best !== undefined && this.#isProven(best)) this.#takeOver(best);
  }

  /** What the step to this datagram would be in a reading; -1 where nobody knows. */
  #stepOf(index: number, message: MessageCounts): number {
    if (index === STANDARD) {
      return this.#standardCountsRecords && !this.#last.complete ? -1 : this.#units;
    }
    const reading = READINGS[index];
    const counts = reading.inclusive ? message : this.#last;
    return countsRecords(reading) && !counts.complete ? -1 : unitsOf(reading, counts);
  }

  #support(candidate: Candidate, step: number, expected: number): void {
    if (this.#reading === UNKNOWN || (step > 0 && step < expected)) {
      candidate.strong = true;
      candidate.points += STRONG;
    } else if (step < expected) candidate.points += STANDSTILL;
    else if (step !== candidate.lastStep || step >= TELLING_STEP) candidate.points += WEAK;
    candidate.lastStep = step;
  }

  #isProven({ index, points, strong }: Candidate): boolean {
    if (this.#reading === UNKNOWN) return points >= UNKNOWN_PROOF;
    // Only the format's own reading has precedence: one that was learnt gives way sooner.
    if (this.#reading !== STANDARD) return points >= LEARNT_PROOF;
    return points >= (strong ? READINGS[index].proof : Math.max(READINGS[index].proof, WEAK_PROOF));
  }

  /** Begins the accounts of a reading with the step that only it explains. */
  #candidate(
    index: number,
    sequence: number,
    units: number,
    message: MessageCounts,
    nowMs: number,
  ): Candidate {
    const tracker = new SequenceTracker();
    this.#account(tracker, index, this.#sequence, this.#units, this.#last, false);
    this.#account(tracker, index, sequence, units, message, false);
    const candidate = { index, tracker, ...fresh() };
    if (!this.inOrder) subtract(candidate.correction, this.tally);
    candidate.ledger.add(candidate.correction.lost, nowMs);
    return candidate;
  }

  #takeOver({ index, tracker, correction, ledger }: Candidate): void {
    this.#reading = index;
    this.#tracker = tracker;
    // Others that explained much may still turn out to be better.
    this.#candidates = this.#candidates.filter((other) =>
      index !== UNKNOWN && other.tracker !== tracker && other.points > STRONG
    ).map((other) => {
      subtract(other.correction, correction);
      return { ...other, ledger: other.ledger.minus(ledger), points: 1, strong: false };
    });
    this.#booked = null;
    this.correction = { tally: correction, ledger };
  }

  /** Numbers tell nothing: neither how much was lost lately. */
  #giveUp(nowMs: number): void {
    const nothing = { index: UNKNOWN, tracker: this.#tracker, ...fresh() };
    for (const { units, atMs } of this.#booked?.entries() ?? []) {
      if (atMs < nowMs - TAKE_BACK_MS) continue;
      nothing.ledger.add(-units, atMs);
      nothing.correction.lost -= units;
    }
    this.#takeOver(nothing);
  }
}

/** What a candidate has to show, and to correct, at first. */
function fresh(): Pick<Candidate, "correction" | "ledger" | "points" | "strong" | "lastStep"> {
  return {
    correction: { ...NOTHING },
    ledger: new LossLedger(),
    points: 0,
    strong: false,
    lastStep: -1,
  };
}

/** A datagram that moves the number on by nobody knows how much. */
function unreadable(
  tracker: SequenceTracker,
  sequence: number,
  inclusive: boolean,
  restarted: boolean,
): number {
  if (inclusive) {
    tracker.expected = sequence;
    tracker.verdict = "first";
    return 0;
  }
  const lost = tracker.observe(sequence, 0, restarted);
  tracker.expected = -1;
  return lost;
}

function addVerdict(tally: SequenceTally, verdict: SequenceVerdict, lost: number): void {
  tally.lost += lost;
  if (verdict === "late") tally.reordered++;
  else if (verdict === "duplicate") tally.duplicates++;
  else if (verdict === "restart") tally.restarts++;
}

function subtract(tally: SequenceTally, other: Readonly<SequenceTally>): void {
  tally.lost -= other.lost;
  tally.reordered -= other.reordered;
  tally.duplicates -= other.duplicates;
  tally.restarts -= other.restarts;
}
