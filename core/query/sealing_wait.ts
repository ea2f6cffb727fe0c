import type { FlowRing } from "../flow/ring.ts";

/** Rows that are being sealed are looked for again after this long, and in all for this long. */
const LOOK_AGAIN_MS = 5;
const MAX_WAIT_MS = 300;
/** Rows that a segment may be made of just now are at most this part of the ring. */
const SEALING_PART = 2;

/**
 * Waits for rows that are being sealed: so long in all that a writer which has stopped costs a
 * question no more than a moment.
 */
export class SealingWait {
  #waitedMs = 0;

  /** Whether it may be waited any more. */
  readonly may = (): boolean => this.#waitedMs < MAX_WAIT_MS;

  /** Waits a little. */
  async more(): Promise<void> {
    this.#waitedMs += LOOK_AGAIN_MS;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/**
 * Whether rows that a ring has lost may be in no segment yet, but be about to be.
 *
 * @param ring that held them
 * @param missing how many, up to the first that is anywhere
 */
export function mayBeSealing({ capacity }: FlowRing, missing: number): boolean {
  return missing <= capacity / SEALING_PART;
}
