/**
 * Threshold random walk (Jung, Paxson, Berger, Balakrishnan: "Fast Portscan Detection Using Sequential
 * Hypothesis Testing", IEEE S&P 2004). A host's first contacts are a sequence of successes and
 * failures; the likelihood of that sequence for a scanner over that for an ordinary host is followed
 * until it leaves no doubt.
 */

/** Probabilities that a first contact succeeds, of an ordinary host and of a scanner: the paper's. */
const ORDINARY_SUCCESS = 0.8;
const SCANNER_SUCCESS = 0.2;
/** The paper's 1 % is per host; thousands of hosts are judged in every window. */
const FALSE_ALARM = 1e-5;
const MISSED = 0.01;

const FAILURE = Math.log((1 - SCANNER_SUCCESS) / (1 - ORDINARY_SUCCESS));
const SUCCESS = Math.log(SCANNER_SUCCESS / ORDINARY_SUCCESS);
/**
 * An answered echo is no success as of a connection: whoever pings a host wants to know whether it is
 * there, and the more hosts somebody asks, the less ordinary that is.
 */
const PROBE = Math.log(2);
const UPPER = Math.log((1 - MISSED) / FALSE_ALARM);
const LOWER = Math.log(MISSED / (1 - FALSE_ALARM));

/** Fewest failures that can lead over the threshold. */
export const LEAST_FAILURES = Math.ceil(UPPER / FAILURE);

/** The walk of one sequence. */
export class RandomWalk {
  #log = 0;
  failures = 0;
  successes = 0;
  /** Number of the contact that led over the threshold, and its time; -1 while none has. */
  crossedMs = -1;

  /**
   * Takes a first contact.
   *
   * @param contact how it ended
   * @param options when it was (`atMs`), and how much it tells (`weight`, 1; less where sampling may
   *   have hidden the answer)
   */
  step(
    contact: "failed" | "succeeded" | "probed",
    { atMs, weight }: { atMs: number; weight: number },
  ): void {
    if (contact === "failed") this.failures++;
    else this.successes++;
    if (this.crossedMs >= 0) return;
    const step = contact === "failed"
      ? FAILURE * weight
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
