import { STORED_FIELDS } from "../../core/flow/schema.ts";
import type { FixtureRow } from "../support/flow_fixture.ts";
import {
  ADDRESSES,
  LARGE_NUMBERS,
  MEASURES,
  NUMBERS,
  pick,
  TEXTS,
} from "../support/filter/sample_values.ts";

/** First arrival, and how far apart arrivals are at most. */
export const CONTRACT_FROM_MS = 1_760_000_000_000;
const GAP_MS = 900;
const LONGEST_MS = 900_000;
/** Rows of a stretch. */
const STRETCH = 125;

/** Rows of traffic all of which know every field; in every fourth stretch some lack what others have. */
export function wholeContractRows(random: () => number, count: number): FixtureRow[] {
  return contractRows(random, {
    count,
    shares: (row) => {
      const lacking = Math.floor(row / STRETCH) % 4 === 3 ? 0.02 : 0;
      return { event: lacking, of: 1 - lacking };
    },
  });
}

/**
 * Rows that know about two thirds of the fields, in the order of their arrival; one in eight is an
 * event. Their own times lie up to a quarter of an hour before their arrival, some a little behind
 * it, some end before they begin.
 */
export function randomContractRows(random: () => number, count: number): FixtureRow[] {
  return contractRows(random, { count, shares: () => ({ event: 0.12, of: 0.66 }) });
}

/** @param shares of rows, by their number, that are an `event` and that know any other field */
function contractRows(
  random: () => number,
  { count, shares }: { count: number; shares: (row: number) => { event: number; of: number } },
): FixtureRow[] {
  let arrival = CONTRACT_FROM_MS;
  return Array.from({ length: count }, (_, i) => {
    const { event, of } = shares(i);
    arrival += Math.floor(random() * GAP_MS);
    const end = arrival + Math.floor(random() * 40_000) - 30_000;
    const row: FixtureRow = {
      received_at: arrival,
      sampling_source: pick(random, ["announced", "assumed"]),
    };
    for (const { name, storage, values } of STORED_FIELDS) {
      if (name in row || random() >= (name === "event" ? event : of)) continue;
      if (name === "end_at") row[name] = end;
      else if (name === "start_at") row[name] = startBefore(random, end);
      else if (storage === "address") row[name] = pick(random, ADDRESSES);
      else if (storage === "enum") row[name] = pick(random, values!);
      else if (storage === "string") row[name] = pick(random, TEXTS);
      else if (storage === "u8") row[name] = pick(random, NUMBERS);
      else if (name === "protocol") row[name] = pick(random, [1, 6, 17, 253]);
      else {
        const more = storage === "f64" ? MEASURES : [];
        row[name] = pick(random, [...NUMBERS, ...LARGE_NUMBERS, ...more]);
      }
    }
    if (row.protocol !== undefined && random() < 0.5) row.protocol = pick(random, [6, 17, 132]);
    return row;
  });
}

function startBefore(random: () => number, end: number): number {
  const kind = random();
  if (kind < 0.2) return end;
  if (kind < 0.25) return end + Math.floor(random() * 5000);
  return end - Math.floor(random() ** 3 * LONGEST_MS);
}
