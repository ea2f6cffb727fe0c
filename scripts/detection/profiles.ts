import { type Attack, ATTACKS, EDGE_ATTACKS } from "./attacks.ts";
import { CampusEdge } from "./campus_edge.ts";
import { DataCentre } from "./data_centre.ts";
import {
  besideSampled,
  everything,
  halfTheAnswers,
  type Observation,
  onlyOutbound,
  sampled,
} from "./observation.ts";
import { Office } from "./office.ts";
import type { Site } from "./site.ts";

/** A kind of place to measure at, and how it is seen. */
export interface Profile {
  readonly name: string;
  readonly what: string;
  /** Whether thresholds were chosen while looking at it. */
  readonly fitted: boolean;
  readonly seeds: readonly number[];
  readonly site: (seed: number) => Site;
  readonly observed: Observation;
  readonly attacks: readonly Attack[];
  /** Hours from midnight of the day, negative for the day before; the first is only compared with. */
  readonly hours: readonly [from: number, to: number];
}

const office = (clients: number) => (seed: number) => new Office({ seed, clients });
const edge = (perSecond: number) => (seed: number) => new CampusEdge({ seed, perSecond });

/**
 * Seeds that nobody looked at while a method was chosen or mended: that was done at seed 20, and at 1
 * to 6 and 11 to 13 of the same kinds of site. Whoever mends a method by what these show takes others.
 */
const HELD_OUT = [101, 102, 103, 104, 105, 106];
const FEW = [111, 112, 113];

// deno-fmt-ignore: one row a profile reads as the table it is.
/** Where detection is measured. */
export const PROFILES: readonly Profile[] = [
  { name: "office 40", what: "40 clients, 15 servers, a day and the day before", fitted: true, seeds: [20], site: office(40), observed: everything, attacks: ATTACKS, hours: [-24, 24] },
  { name: "office 40", what: "the same, other seeds, no day before", fitted: false, seeds: HELD_OUT, site: office(40), observed: everything, attacks: ATTACKS, hours: [-1, 24] },
  { name: "office 40, second day", what: "other seeds, with the day before", fitted: false, seeds: [121, 122], site: office(40), observed: everything, attacks: ATTACKS, hours: [-24, 24] },
  { name: "office 20", what: "20 clients", fitted: false, seeds: FEW, site: office(20), observed: everything, attacks: ATTACKS, hours: [9, 20] },
  { name: "office 200", what: "200 clients", fitted: false, seeds: FEW, site: office(200), observed: everything, attacks: ATTACKS, hours: [11, 17] },
  { name: "office 2,000", what: "2,000 clients", fitted: false, seeds: [111, 112], site: office(2000), observed: everything, attacks: ATTACKS, hours: [11, 14.5] },
  { name: "data centre", what: "40 nodes behind load balancers, health checks every 5 s, nothing configured", fitted: false, seeds: FEW, site: (seed) => new DataCentre({ seed }), observed: everything, attacks: ATTACKS, hours: [9, 13] },
  { name: "campus edge", what: "3,000 clients, file sharing, lame name servers, the world's probes", fitted: false, seeds: FEW, site: edge(8), observed: everything, attacks: EDGE_ATTACKS, hours: [11, 14] },
  { name: "edge, half the answers", what: "the same; what half of the world sends is not seen", fitted: false, seeds: FEW, site: edge(8), observed: halfTheAnswers, attacks: EDGE_ATTACKS, hours: [11, 14] },
  { name: "edge, one way", what: "the same; only what leaves is seen", fitted: false, seeds: FEW, site: edge(8), observed: onlyOutbound, attacks: EDGE_ATTACKS, hours: [11, 14] },
  { name: "edge, 1:1000", what: "the same with 100 connections a second, one packet in 1,000 seen", fitted: false, seeds: FEW, site: edge(100), observed: sampled(1000), attacks: EDGE_ATTACKS, hours: [11, 13] },
  { name: "edge, 1:100 besides", what: "all is seen, and one packet in 100 once more by a switch that samples", fitted: false, seeds: FEW, site: edge(8), observed: besideSampled(100), attacks: EDGE_ATTACKS, hours: [11, 14] },
];
