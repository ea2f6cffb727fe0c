import { ARRIVAL_MS } from "../support/codec_harness.ts";
import { Random } from "../support/random.ts";
import { type Mutation, OCTET_MUTATIONS } from "./mutate_octets.ts";
import { SAMPLE_MUTATIONS } from "./mutate_samples.ts";
import { SET_MUTATIONS } from "./mutate_sets.ts";
import { TEXT_MUTATIONS } from "./mutate_text.ts";
import type { Seed } from "./seeds.ts";

/** A datagram, where it comes from and when. */
export interface Arrival {
  readonly datagram: Uint8Array;
  readonly source: { readonly address: string; readonly port: number };
  /** Unix milliseconds. */
  readonly at: number;
}

/** Captures that one life is about: templates of these are known, so that data reaches the decoder. */
const FAVOURITES = 5;
const LONGEST = 65_535;
/** Datagrams that may come once more. */
const LATER = 8;
const SOURCES = [
  { address: "192.0.2.1", port: 50_000 },
  { address: "192.0.2.1", port: 50_001 },
  { address: "2001:db8::2", port: 50_000 },
];

/** Makes hostile datagrams without end: the same ones from the same seeds and number. */
export class DatagramMaker {
  readonly #random: Random;
  readonly #all: readonly Uint8Array[];
  readonly #favourites: readonly Uint8Array[];
  /** Good datagrams that begin a life, once from every source. */
  readonly #greeting: Arrival[];
  readonly #later: Arrival[] = [];
  #at = ARRIVAL_MS;

  /**
   * @param seeds of one capability, at least one
   * @param number that all choices follow from
   */
  constructor(seeds: readonly Seed[], number: number) {
    this.#random = new Random(number);
    this.#all = seeds.flatMap(({ datagrams }) => datagrams);
    const favourites = Array.from({ length: FAVOURITES }, () => this.#random.pick(seeds));
    this.#favourites = favourites.flatMap(({ datagrams }) => datagrams);
    this.#greeting = SOURCES.flatMap((source) =>
      this.#favourites.map((datagram) => ({ datagram, source, at: this.#at }))
    ).reverse();
  }

  /** The next datagram. */
  next(): Arrival {
    const greeting = this.#greeting.pop();
    if (greeting !== undefined) return greeting;
    const random = this.#random;
    // Datagrams overtake each other, and arrive twice.
    if (this.#later.length > 0 && random.below(16) === 0) {
      return this.#later[random.below(this.#later.length)];
    }
    const arrival = {
      datagram: this.#mutated(random.pick(random.below(8) === 0 ? this.#all : this.#favourites)),
      source: random.below(64) === 0 ? this.#stranger() : random.pick(SOURCES),
      at: this.#time(),
    };
    if (random.below(16) === 0) {
      if (this.#later.length >= LATER) this.#later.shift();
      this.#later.push(arrival);
    }
    return arrival;
  }

  #mutated(good: Uint8Array): Uint8Array {
    const random = this.#random;
    const own = mutationsOf(good);
    let datagram = good;
    // Now and then it stays good: templates must come back after bad ones.
    for (let n = random.below(5); n > 0 && datagram.length > 0; n--) {
      const mutate = random.pick(random.below(3) === 0 ? OCTET_MUTATIONS : own);
      datagram = mutate(datagram, random, random.below(4) === 0 ? this.#all : this.#favourites);
    }
    return datagram.length > LONGEST ? datagram.slice(0, LONGEST) : datagram;
  }

  #stranger(): Arrival["source"] {
    const number = this.#random.below(65_536);
    return { address: `198.51.${number >> 8}.${number & 255}`, port: 1 + number % 65_535 };
  }

  /** Time goes on by milliseconds, now and then by an hour, and clocks are set back. */
  #time(): number {
    const random = this.#random;
    const step = random.below(500);
    this.#at += step === 0 ? 3_600_000 : step === 1 ? -60_000 : random.below(20);
    return this.#at;
  }
}

/** What is done to datagrams of a format, by how they begin: text, a version of 32 bits, one of 16. */
function mutationsOf(datagram: Uint8Array): readonly Mutation[] {
  if (datagram[0] === 0x7b || datagram[0] === 0x5b) return TEXT_MUTATIONS;
  return datagram[0] === 0 && datagram[1] === 0 ? SAMPLE_MUTATIONS : SET_MUTATIONS;
}
