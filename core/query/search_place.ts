import { type RingIdentity, ringKey } from "../flow/ring_identity.ts";

/**
 * A place in the order in which records are found: the newest first, those of one moment by their
 * ring, those of one ring by their row. It holds wherever rows lie.
 */
export interface SearchPlace {
  /** Arrival, Unix milliseconds. */
  readonly atMs: number;
  /** As `ringKey` gives it; "" stands before all of that moment. */
  readonly ring: string;
  readonly row: number;
}

/** Which rows of one ring stand behind a place: those before `row`, of arrivals before `endMs`. */
export interface SearchBound {
  readonly row: number;
  readonly endMs: number;
}

/** Whether a place stands before another: less than 0, or more than 0 where behind it. */
export function comparePlaces(a: SearchPlace, b: SearchPlace): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.ring !== b.ring) return a.ring < b.ring ? -1 : 1;
  return b.row - a.row;
}

/**
 * Which rows of a ring stand behind a place.
 *
 * @param ring whose rows
 * @param place null for the beginning
 */
export function boundOf(ring: RingIdentity, place: SearchPlace | null): SearchBound {
  if (place === null) return { row: Infinity, endMs: Infinity };
  const key = ringKey(ring);
  if (key === place.ring) return { row: place.row, endMs: Infinity };
  return { row: Infinity, endMs: key < place.ring ? place.atMs : nextNumber(place.atMs) };
}

/** The least number above one that is not negative. */
function nextNumber(value: number): number {
  const number = new Float64Array([value]);
  const bits = new BigInt64Array(number.buffer);
  bits[0]++;
  return number[0];
}
