import type { RingIdentity } from "../flow/ring_identity.ts";

/** How far one ring was summed. */
interface Ring {
  readonly place: RingIdentity;
  /** The first row that was not added yet. */
  end: number;
  /** First row of each minute that is not closed. */
  readonly minutes: Map<number, number>;
}

/**
 * Which rows of which rings are in sums that are closed: all before some row, since arrivals never
 * decrease within a ring. It is written with the sums, so that rows that were sealed and not summed
 * when the process ended can be told.
 */
export class SummedRows {
  readonly #rings = new Map<string, Ring>();

  /**
   * Notes rows that are added to sums.
   *
   * @param place their ring
   * @param end number of the row behind them
   * @returns takes each minute among them and the number of its first row
   */
  adding(place: RingIdentity, end: number): (minute: number, row: number) => void {
    const { capability, port, epoch } = place;
    const key = `${capability} ${port} ${epoch}`;
    let ring = this.#rings.get(key);
    if (ring === undefined) {
      ring = { place: { capability, port, epoch }, end, minutes: new Map() };
      this.#rings.set(key, ring);
    }
    ring.end = Math.max(ring.end, end);
    const { minutes } = ring;
    return (minute, row) => minutes.set(minute, Math.min(minutes.get(minute) ?? Infinity, row));
  }

  /** Notes that a minute is closed. */
  close(minute: number): void {
    for (const { minutes } of this.#rings.values()) minutes.delete(minute);
  }

  /** Of each ring the row before which all are in sums that are closed. */
  *ends(): Generator<RingIdentity & { readonly end: number }> {
    for (const { place, end, minutes } of this.#rings.values()) {
      yield { ...place, end: Math.min(end, ...minutes.values()) };
    }
  }
}
