/** Work in one go, milliseconds: a stock socket buffer holds 92 datagrams, which is 2 ms at 45,000 a second. */
const PIECE_MS = 0.5;
/** Any sleep will do: Linux makes some 0.1 ms of it. */
const REST_MS = 0.05;
/** Whoever received within this time is receiving: a collector that waits for its turn receives nothing. */
const RECEIVING_MS = 20;

/**
 * Has work that may wait rest between its pieces while collectors receive. A thread that has just
 * been given the processor keeps it until the kernel's next tick, 4 ms on many systems, whatever its
 * claim; one that sleeps is off it at once, and the collector that waits is on (docs/adr/0018).
 *
 *     const pace = new Pace({ received: () => ring.committed });
 *     for (const piece of pieces) {
 *       work(piece);
 *       pace.rest();
 *     }
 */
export class Pace {
  readonly #received: () => number;
  readonly #wait: (ms: number) => void;
  readonly #now: () => number;
  #workUntil = 0;
  #receivingUntil = 0;
  #before = -1;

  /**
   * @param options `received` changes whenever something is received, and is asked often; `now`
   *   (milliseconds) and `wait` for tests
   */
  constructor(
    { received, now = () => performance.now(), wait = sleeper() }: {
      received: () => number;
      now?: () => number;
      wait?: (ms: number) => void;
    },
  ) {
    this.#received = received;
    this.#now = now;
    this.#wait = wait;
  }

  /** Sleeps a moment where it is time to; to be called between pieces of well under a millisecond. */
  rest(): void {
    const now = this.#now();
    if (now < this.#workUntil) return;
    const received = this.#received();
    if (received !== this.#before) this.#receivingUntil = now + RECEIVING_MS;
    this.#before = received;
    if (now < this.#receivingUntil) this.#wait(REST_MS);
    this.#workUntil = this.#now() + PIECE_MS;
  }
}

/** Of a worker: the main thread may not wait. */
function sleeper(): (ms: number) => void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return (ms) => Atomics.wait(cell, 0, 0, ms);
}
