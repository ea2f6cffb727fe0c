import type { FixtureRow } from "../../tests/support/flow_fixture.ts";
import { MIDDLE, SYN, WHOLE } from "../../tests/support/traffic_log.ts";

/** What exporters make of a flow: its record, another one, several or none. */
export type Observation = (row: FixtureRow, random: () => number) => readonly FixtureRow[];

const isOwn = (address: unknown) => String(address).startsWith("10.");

/** Everything is seen. */
export const everything: Observation = (row) => [row];

/** Only what leaves is seen. */
export const onlyOutbound: Observation = (row) => isOwn(row.src_addr) ? [row] : [];

/** What comes in from half of the world takes a way that nobody exports. */
export const halfTheAnswers: Observation = (row) => {
  if (isOwn(row.src_addr)) return [row];
  let hash = 0;
  for (const char of String(row.src_addr)) hash = (hash * 31 + char.charCodeAt(0)) | 0;
  return ((hash >>> 7) & 1) === 0 ? [row] : [];
};

/**
 * One packet of so many is seen: most short flows not at all, of the others the flags and times of
 * the packets that were taken.
 *
 * @param rate one in so many
 */
export function sampled(rate: number): Observation {
  return (row, random) => {
    const packets = Number(row.packets);
    const taken = poisson(packets / rate, random);
    if (taken === 0) return [];
    const [start, end] = [Number(row.start_at), Number(row.end_at)];
    const times = Array.from({ length: taken }, () => start + random() * (end - start)).sort();
    return [{
      ...row,
      packets: taken * rate,
      bytes: taken * rate * Math.max(40, Number(row.bytes) / packets),
      start_at: times[0],
      end_at: times[taken - 1],
      sampling_rate: rate,
      sampling_source: "announced",
      ...(row.tcp_flags === undefined
        ? {}
        : { tcp_flags: flagsOf(Number(row.tcp_flags), { packets, taken, random }) }),
    }];
  };
}

/**
 * Everything is seen, and besides it one packet of so many by a switch in the middle: two exporters
 * show the same services, one of which samples.
 *
 * @param rate one in so many
 */
export function besideSampled(rate: number): Observation {
  const inTheMiddle = sampled(rate);
  return (row, random) => [row, ...inTheMiddle({ ...row, exporter: "192.0.2.99" }, random)];
}

/** Flags of the packets that were taken of a connection. */
function flagsOf(
  flags: number,
  { packets, taken, random }: { packets: number; taken: number; random: () => number },
): number {
  if (flags !== WHOLE) return flags;
  let seen = 0;
  for (let n = 0; n < taken; n++) {
    const which = Math.floor(random() * Math.max(4, packets));
    seen |= which === 0 ? SYN : which === 1 ? 17 : random() < 0.5 ? 16 : MIDDLE;
  }
  return seen;
}

function poisson(mean: number, random: () => number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * (random() * 3.46 - 1.73)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit && count < 200; product *= random()) count++;
  return count;
}
