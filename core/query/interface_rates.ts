import {
  INTERFACE_FIELDS,
  type InterfaceRow,
  type InterfaceSample,
} from "../flow/interface_schema.ts";

/** Names of the counters of an interface. */
export type InterfaceCounter = Extract<InterfaceRow, { counterBits: 32 | 64 }>["name"];

/** How much an interface carried between two samples. */
export interface InterfaceRates {
  readonly kind: "rates";
  /** Time between the samples. */
  readonly seconds: number;
  /** A second, of each counter; null where it cannot be known. */
  readonly per_second: Readonly<Record<InterfaceCounter, number | null>>;
  /** Share of the speed in percent; null where speed or octets are not known. */
  readonly in_utilisation_percent: number | null;
  readonly out_utilisation_percent: number | null;
}

/**
 * Why two samples give no rates:
 *
 * - `other_interface`: they are not of one interface of one device
 * - `duplicate`: the same sample twice
 * - `reordered`: the second was taken before the first
 * - `restarted`: the device, or its counters, began anew between them
 * - `no_time`: it is not known how far they are apart
 */
export type NoRates = "other_interface" | "duplicate" | "reordered" | "restarted" | "no_time";

const WRAP = 2 ** 32;
/** Preamble, the smallest frame and the gap behind it (IEEE 802.3): none takes less of a link. */
const SMALLEST_FRAME_BITS = (8 + 64 + 12) * 8;
/** Octets that the smallest packet adds to a counter of octets, at least: an IPv4 header. */
const SMALLEST_PACKET_OCTETS = 20;
/** Samples may wait in the device and on the way: clocks agree to this. */
const SLACK_MS = 5000;
/** A sequence number that falls by less was overtaken; by more it began anew. */
const MAX_REORDERED = 1000;

const COUNTERS = INTERFACE_FIELDS.filter((field) => "counterBits" in field) as readonly {
  readonly name: InterfaceCounter;
  readonly counterBits: 32 | 64;
}[];

/**
 * Turns two samples of an interface into rates. What fell without the likelihood of a wrap, or may
 * have wrapped more than once, is not known and stays null; nothing is guessed.
 *
 * @param before the older sample
 * @param after the newer one
 */
export function interfaceRates(
  before: InterfaceSample,
  after: InterfaceSample,
): InterfaceRates | { readonly kind: NoRates } {
  const elapsed = elapsedMs(before, after);
  if (typeof elapsed === "string") return { kind: elapsed };
  const seconds = elapsed / 1000;
  const inPackets = mostPackets("in_octets", { before, after, seconds });
  const outPackets = mostPackets("out_octets", { before, after, seconds });
  const rates = {} as Record<InterfaceCounter, number | null>;
  for (const { name, counterBits } of COUNTERS) {
    const first = before[name];
    const second = after[name];
    if (first === null || second === null) {
      rates[name] = null;
      continue;
    }
    // 64 bits do not wrap in a device's life: what falls was set back, and the others with it.
    if (counterBits === 64 && second < first) return { kind: "restarted" };
    const most = name.startsWith("in_")
      ? inPackets
      : name.startsWith("out_")
      ? outPackets
      : Math.max(inPackets, outPackets);
    const difference = counterBits === 64 ? second - first : grown(first, second, most);
    rates[name] = difference === null ? null : difference / seconds;
  }
  const speed = before.speed_bps === after.speed_bps ? after.speed_bps : null;
  const share = (octets: number | null) =>
    octets === null || speed === null ? null : (octets * 8 * 100) / speed;
  return {
    kind: "rates",
    seconds,
    per_second: rates,
    in_utilisation_percent: share(rates.in_octets),
    out_utilisation_percent: share(rates.out_octets),
  };
}

/**
 * How far a counter of 32 bits moved on.
 *
 * @param most that it can have moved; Infinity where that is not known
 */
function grown(first: number, second: number, most: number): number | null {
  // So fast a link may have taken the counter all the way round: a rise says nothing either.
  if (most >= WRAP && most !== Infinity) return null;
  if (second >= first) return second - first;
  const wrapped = second + WRAP - first;
  return wrapped <= most && most !== Infinity ? wrapped : null;
}

/** The most packets that can have passed in one direction; Infinity where nobody knows. */
function mostPackets(
  octets: "in_octets" | "out_octets",
  { before, after, seconds }: { before: InterfaceSample; after: InterfaceSample; seconds: number },
): number {
  const { speed_bps: speed } = after;
  const bySpeed = speed === null
    ? Infinity
    : (speed * (seconds + SLACK_MS / 1000)) / SMALLEST_FRAME_BITS;
  const first = before[octets];
  const second = after[octets];
  if (first === null || second === null) return bySpeed;
  return Math.min(bySpeed, Math.max(0, second - first) / SMALLEST_PACKET_OCTETS);
}

/** Milliseconds between two samples by the device's clock, else by their arrival. */
function elapsedMs(before: InterfaceSample, after: InterfaceSample): number | NoRates {
  if (
    before.exporter !== after.exporter || before.if_index !== after.if_index ||
    before.observation_domain !== after.observation_domain
  ) return "other_interface";
  const arrival = arrivalMs(after) - arrivalMs(before);
  const uptime = before.uptime_ms === null || after.uptime_ms === null
    ? NaN
    : after.uptime_ms - before.uptime_ms;
  if (uptime < 0) {
    if (Math.abs(uptime + WRAP - arrival) <= SLACK_MS) return uptime + WRAP;
    return after.uptime_ms! <= arrival + SLACK_MS ? "restarted" : "reordered";
  }
  // Up for less than the time between the samples: it was not up all that time.
  if (uptime >= 0 && after.uptime_ms! < arrival - SLACK_MS) return "restarted";
  if (before.sequence !== null && after.sequence !== null) {
    const steps = (after.sequence - before.sequence) | 0;
    if (steps === 0) return "duplicate";
    if (steps < 0) return steps >= -MAX_REORDERED ? "reordered" : "restarted";
  }
  const elapsed = Number.isNaN(uptime) ? arrival : uptime;
  return elapsed > 0 ? elapsed : "no_time";
}

/** Unix milliseconds; NaN where it is not known. */
function arrivalMs({ received_at }: InterfaceSample): number {
  return received_at === null ? NaN : Date.parse(received_at);
}
