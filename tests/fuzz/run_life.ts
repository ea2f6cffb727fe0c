import { type Arrival, DatagramMaker } from "./datagram_maker.ts";
import type { Crasher } from "./crasher.ts";
import { Failure, Life } from "./life.ts";
import { minimise } from "./minimise.ts";
import { capabilityNamed, type Seed } from "./seeds.ts";

/** What one codec is to live through. */
export interface LifePlan {
  /** Name of the capability. */
  readonly capability: string;
  readonly seeds: readonly Seed[];
  /** What all datagrams follow from. */
  readonly number: number;
  /** How many datagrams. */
  readonly length: number;
}

/** What it came to. */
export interface LifeOutcome {
  readonly rows: number;
  readonly codes: ReadonlySet<string>;
}

const TRIES = 200;

/** One life in so many is compared with a codec that names elements. */
const TWINS = 4;

/**
 * Has one codec take hostile datagrams.
 *
 * @param plan of it
 * @param at hears of each datagram before it is decoded
 * @throws {Failure} at the first one that goes wrong
 */
export function runLife(plan: LifePlan, at: (n: number) => void = () => {}): LifeOutcome {
  const { seeds, number, length } = plan;
  const maker = new DatagramMaker(seeds, number);
  const life = new Life(capabilityNamed(plan.capability), { twin: number % TWINS === 0 });
  for (let n = 0; n < length; n++) {
    at(n);
    life.take(maker.next());
  }
  life.end(seeds);
  return { rows: life.rows, codes: life.codes };
}

/** The datagrams of a life, as far as the one of a number. */
export function arrivalsOf({ seeds, number, length }: LifePlan, to = length - 1): Arrival[] {
  const maker = new DatagramMaker(seeds, number);
  return Array.from({ length: to + 1 }, () => maker.next());
}

/**
 * How a sequence of datagrams goes wrong.
 *
 * @param arrivals in order
 * @param plan of the life that they are of
 * @param at hears of each datagram before it is decoded
 * @returns null where it does not
 */
export function failureOf(
  arrivals: readonly Arrival[],
  { capability, seeds, number }: Omit<LifePlan, "length">,
  at: () => void = () => {},
): Failure | null {
  try {
    const life = new Life(capabilityNamed(capability), { twin: number % TWINS === 0 });
    for (const arrival of arrivals) {
      at();
      life.take(arrival);
    }
    life.end(seeds);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/**
 * Finds the few datagrams of a life that it fails by.
 *
 * @param plan of a life that failed
 * @param alive hears that it goes on
 * @returns null where it goes well when it is tried again, as on a machine that had stood still
 */
export async function findCrasher(
  plan: LifePlan,
  alive: () => void = () => {},
): Promise<Crasher | null> {
  let n = 0;
  try {
    runLife(plan, (at) => {
      n = at;
      alive();
    });
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, message } = error;
    const arrivals = await minimise(
      arrivalsOf(plan, n),
      (some) => failureOf(some, plan, alive)?.kind === kind,
      { tries: TRIES },
    );
    const failure = `${kind}: ${message} (life ${plan.number}, datagram ${n})`;
    return { capability: plan.capability, failure, arrivals };
  }
}
