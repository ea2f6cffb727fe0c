/**
 * Threshold random walk (Jung, Paxson, Berger, Balakrishnan: "Fast Portscan Detection Using Sequential
 * Hypothesis Testing", IEEE S&P 2004). A host's first contacts are a sequence of successes and
 * failures; the likelihood of that sequence for a scanner over that for an ordinary host is followed
 * until it leaves no doubt.
 */

/** Probability that a first contact of an ordinary host succeeds: the paper's. */
export const ORDINARY_SUCCESS = 0.8;
/** A scanner's contacts succeed so much more seldom: the paper's 0.2. */
const SCANNER_PART = 0.25;
/** The paper's 1 % is per host; thousands of hosts are judged in every window. */
const FALSE_ALARM = 1e-5;
const MISSED = 0.01;

const SUCCESS = Math.log(SCANNER_PART);
/**
 * An answered echo is no success as of a connection: whoever pings a host wants to know whether it is
 * there, and the more hosts somebody asks, the less ordinary that is.
 */
const PROBE = Math.log(2);
const UPPER = Math.log((1 - MISSED) / FALSE_ALARM);
const LOWER = Math.log(MISSED / (1 - FALSE_ALARM));

/** Fewest failures that can lead over the threshold. */
export const LEAST_FAILURES = Math.ceil(UPPER / failureStep(ORDINARY_SUCCESS));

/** What a failure adds where an ordinary host's contacts succeed with a probability. */
function failureStep(ordinary: number): number {
  return Math.log((1 - ordinary * SCANNER_PART) / (1 - ordinary));
}

/** The walk of one sequence. */
export class RandomWalk {
  #log = 0;
  failures = 0;
  successes = 0;
  /** Of the successes those that merely answered a probe. */
  probed = 0;
  /** Number of the contact that led over the threshold, and its time; -1 while none has. */
  crossedMs = -1;

  /**
   * Takes a first contact.
   *
   * @param contact how it ended
   * @param options when it was (`atMs`); with which probability that of an `ordinary` host would have
   *   been seen to succeed, 0 to 1; and how much a failure tells (`weight`, 1; less where sampling may
   *   have hidden the answer)
   */
  step(
    contact: "failed" | "succeeded" | "probed",
    { atMs, ordinary, weight }: { atMs: number; ordinary: number; weight: number },
  ): void {
    if (contact === "failed") this.failures++;
    else this.successes++;
    if (contact === "probed") this.probed++;
    if (this.crossedMs >= 0) return;
    const step = contact === "failed"
      ? failureStep(ordinary) * weight
      : contact === "probed"
      ? PROBE * weight
      : SUCCESS;
    // A good past does not excuse for ever: the walk goes no lower than where a host is ordinary.
    this.#log = Math.max(LOWER, this.#log + step);
    if (this.#log >= UPPER) this.crossedMs = atMs;
  }

  /** Whether the sequence is a scanner's. */
  get crossed(): boolean {
    return this.crossedMs >= 0;
  }
}
