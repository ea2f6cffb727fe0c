import type { ObservationPoint } from "./point_table.ts";
import type { Sighting } from "./overlap_sample.ts";

/** Fewer conversations in common say nothing. */
const MIN_JOINT = 5;
/** Share of those that must agree. */
const MOST = 2 / 3;
/** Of two interfaces of one device that packets come in by, or both go out by. */
const NEARLY_ALL = 0.9;
/** Packets get lost between two points; half of them is another path. */
const TOLERANCE = 0.02;
/** The same of octets, which devices count with and without layer 2. */
const OCTET_TOLERANCE = 0.06;
/** The same of rates, where two points cut a long conversation at different times. */
const RATE_TOLERANCE = 0.15;
/** Clocks of devices, and the ends of what both saw, agree to this. */
const SLACK_MS = 2000;
/** Sampled packets of a conversation from which on its size is known to about a sixth. */
const ENOUGH_SAMPLED = 32;
/** Standard deviations by which two estimates of one thing may differ. */
const DEVIATIONS = 3;
/** The sums of what two sampling points say of the same conversations differ by less. */
const SAMPLED_SUMS = 1.25;
/** Points with so much of what the most complete one sees are as good as it. */
const AS_COMPLETE = 0.8;

/** Observation points that see the same conversations. */
export interface PointCluster {
  /** Numbers of points; what is seen at several counts at the first of them. */
  readonly points: readonly number[];
  /** Whether one of them sees only samples. */
  readonly sampled: boolean;
}

/** How two points compare. */
interface Pair {
  readonly a: number;
  readonly b: number;
  joint: number;
  agree: number;
  sampled: boolean;
  sumA: number;
  sumB: number;
}

/**
 * Tells which points see the same packets. Two do, when of the conversations that both saw at the
 * same time most had about as many packets here as there. Half of the packets here and half there
 * is a path that is split, and conversations that are here or there are shared out: both no
 * duplicates.
 *
 * @param conversations a sample of them, each as all points saw it
 * @param pointOf what the number of a point stands for
 */
export function judgeOverlap(
  conversations: Iterable<readonly Sighting[]>,
  pointOf: (id: number) => ObservationPoint,
): PointCluster[] {
  const pairs = new Map<number, Pair>();
  const seen = new Map<number, number>();
  const sampling = new Set<number>();
  for (const sightings of conversations) {
    for (const { point, packets, looked } of sightings) {
      seen.set(point, (seen.get(point) ?? 0) + 1);
      if (looked < packets) sampling.add(point);
    }
    for (let i = 1; i < sightings.length; i++) {
      for (let j = 0; j < i; j++) compare(sightings[i], sightings[j], pairs);
    }
  }
  const same = [...pairs.values()].filter((pair) => overlap(pair, pointOf));
  return components(same).map((points) => ({
    points: preferred(points, { seen, pointOf }),
    sampled: points.some((point) => sampling.has(point)),
  }));
}

function compare(x: Sighting, y: Sighting, pairs: Map<number, Pair>): void {
  const [a, b] = x.point < y.point ? [x, y] : [y, x];
  const outcome = agreement(a, b);
  if (outcome === null) return;
  const key = a.point * 65_536 + b.point;
  let pair = pairs.get(key);
  if (pair === undefined) {
    pair = { a: a.point, b: b.point, joint: 0, agree: 0, sampled: false, sumA: 0, sumB: 0 };
    pairs.set(key, pair);
  }
  pair.joint++;
  if (outcome) pair.agree++;
  pair.sumA += a.packets;
  pair.sumB += b.packets;
  pair.sampled ||= a.looked < a.packets || b.looked < b.packets;
}

/** Whether two sightings are of the same packets; null where that cannot be told. */
function agreement(a: Sighting, b: Sighting): boolean | null {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  if (to < from - SLACK_MS) return null;
  if (a.looked < a.packets || b.looked < b.packets) return sampledAgreement(a, b);
  const byPackets = a.packets > 0 && b.packets > 0;
  const [x, y] = byPackets ? [a.packets, b.packets] : [a.bytes, b.bytes];
  if (x === 0 || y === 0) return null;
  if (Math.abs(a.from - b.from) <= SLACK_MS && Math.abs(a.to - b.to) <= SLACK_MS) {
    return near(x, y, byPackets ? TOLERANCE : OCTET_TOLERANCE);
  }
  // Cut at different times: only how fast it went can be compared, over a time that both saw.
  const spanA = a.to - a.from;
  const spanB = b.to - b.from;
  if (to - from < Math.max(spanA, spanB) / 2 || to - from < SLACK_MS) return null;
  return near(x / spanA, y / spanB, RATE_TOLERANCE);
}

function near(x: number, y: number, tolerance: number): boolean {
  return Math.abs(x - y) <= tolerance * Math.max(x, y);
}

/** Estimates of n sampled packets have a deviation of 1/√n of themselves. */
function sampledAgreement(a: Sighting, b: Sighting): boolean | null {
  if (Math.min(a.looked, b.looked) < ENOUGH_SAMPLED) return null;
  const variance = a.packets ** 2 / a.looked + b.packets ** 2 / b.looked;
  return Math.abs(a.packets - b.packets) <= DEVIATIONS * Math.sqrt(variance);
}

function overlap(
  { a, b, joint, agree, sampled, sumA, sumB }: Pair,
  pointOf: (id: number) => ObservationPoint,
): boolean {
  if (joint < MIN_JOINT || agree < MOST * joint) return false;
  const ratio = Math.max(sumA, sumB) / Math.min(sumA, sumB);
  if (sampled && ratio > SAMPLED_SUMS) return false;
  if (!alike(pointOf(a), pointOf(b))) return true;
  // A device takes a packet in once, but for what comes back from a firewall: two of its interfaces
  // that share a conversation are rather a path that is split.
  return !sampled && agree >= NEARLY_ALL * joint;
}

/** Whether both are ways in, or both ways out, of one device. */
function alike(a: ObservationPoint, b: ObservationPoint): boolean {
  return a.exporter === b.exporter && (a.direction === "egress") === (b.direction === "egress");
}

/** Points that hang together by pairs. */
function components(pairs: readonly Pair[]): number[][] {
  const group = new Map<number, Set<number>>();
  for (const { a, b } of pairs) {
    const joined = new Set([a, b, ...group.get(a) ?? [], ...group.get(b) ?? []]);
    for (const point of joined) group.set(point, joined);
  }
  return [...new Set(group.values())].map((points) => [...points]);
}

/**
 * In which order points are preferred: those that see most, as far as they differ by more than
 * chance, then by exporter, ways in first. The same traffic gives the same order.
 */
function preferred(
  points: readonly number[],
  { seen, pointOf }: { seen: Map<number, number>; pointOf: (id: number) => ObservationPoint },
): number[] {
  const rest = points.toSorted((a, b) => seen.get(b)! - seen.get(a)!);
  const order: number[] = [];
  while (rest.length > 0) {
    const least = AS_COMPLETE * seen.get(rest[0])!;
    const count = rest.findIndex((point) => seen.get(point)! < least);
    const equals = rest.splice(0, count < 0 ? rest.length : count);
    order.push(...equals.sort((a, b) => byName(pointOf(a), pointOf(b))));
  }
  return order;
}

function byName(a: ObservationPoint, b: ObservationPoint): number {
  const exporter = (a.exporter ?? "").localeCompare(b.exporter ?? "", "en", { numeric: true });
  return exporter || (b.direction ?? "").localeCompare(a.direction ?? "") ||
    (a.if_index ?? 0) - (b.if_index ?? 0);
}
