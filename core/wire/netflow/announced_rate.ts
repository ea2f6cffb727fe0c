import { MAX_SAMPLING_RATE } from "../../flow/sampling_rate.ts";

/** What an options record says of sampling, by element id. */
type Numbers = ReadonlyMap<number, number>;

const INTERVAL = 34;
const ALGORITHM = 35;
const SAMPLER_ID = 48;
const SAMPLER_MODE = 49;
const RANDOM_INTERVAL = 50;
const SELECTOR_ID = 302;
const SELECTOR_ALGORITHM = 304;
const PACKET_INTERVAL = 305;
const PACKET_SPACE = 306;
const TIME_INTERVAL = 307;
const TIME_SPACE = 308;
const SIZE = 309;
const POPULATION = 310;
const PROBABILITY = 311;

/** Elements that say how packets are sampled; flowActiveTimeout and its like (36, 37) do not. */
export const SAMPLING_ELEMENTS: readonly number[] = [
  INTERVAL,
  ALGORITHM,
  SAMPLER_ID,
  SAMPLER_MODE,
  RANDOM_INTERVAL,
  SELECTOR_ID,
  SELECTOR_ALGORITHM,
  PACKET_INTERVAL,
  PACKET_SPACE,
  TIME_INTERVAL,
  TIME_SPACE,
  SIZE,
  POPULATION,
  PROBABILITY,
];

/** The last of IANA's "PSAMP Parameters"; NetFlow has 1 (deterministic) and 2 (random) alone. */
const MAX_ALGORITHM = 9;

/** Which sampler a record is about, -1 where it names none. */
export function samplerId(numbers: Numbers): number {
  return numbers.get(SELECTOR_ID) ?? numbers.get(SAMPLER_ID) ?? -1;
}

/**
 * The rate that an options record announces: one packet in this many, 0 where it says that it does
 * not know.
 *
 * @param numbers of the record
 * @returns `none` where it does not speak of a rate, `implausible` where it cannot be one
 */
export function announcedRate(numbers: Numbers): number | "none" | "implausible" {
  const rates = [
    // Systematic selection by count and by time (RFC 5477 §8.2.2 to §8.2.5).
    share(numbers.get(PACKET_INTERVAL), numbers.get(PACKET_SPACE) ?? 0),
    share(numbers.get(TIME_INTERVAL), numbers.get(TIME_SPACE)),
    // n out of N, and a probability (§8.2.6 to §8.2.8).
    quotient(numbers.get(POPULATION), numbers.get(SIZE)),
    quotient(1, numbers.get(PROBABILITY)),
    numbers.get(RANDOM_INTERVAL),
    numbers.get(INTERVAL),
  ].filter((rate) => rate !== undefined);
  if (rates.length === 0) return "none";
  const rate = rates.find((one) => one !== 0) ?? 0;
  // What has no algorithm that exists is no sampler: FortiGate, by a misread template.
  const algorithm = numbers.get(SELECTOR_ALGORITHM) ?? numbers.get(SAMPLER_MODE) ??
    numbers.get(ALGORITHM) ?? 0;
  const plausible = rate === 0 || (rate >= 1 && rate <= MAX_SAMPLING_RATE);
  return plausible && algorithm <= MAX_ALGORITHM ? rate : "implausible";
}

/** What is seen and what is left out, to what is seen. */
function share(interval: number | undefined, space: number | undefined): number | undefined {
  return space === undefined || interval === undefined
    ? undefined
    : quotient(interval + space, interval);
}

/** 0 would divide by nothing: it is not known. */
function quotient(all: number | undefined, seen: number | undefined): number | undefined {
  if (all === undefined || seen === undefined) return undefined;
  return seen === 0 ? 0 : all / seen;
}
