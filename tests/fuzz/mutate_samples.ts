import type { Random } from "../support/random.ts";
import { joined, type Mutation } from "./mutate_octets.ts";

/** A sample of an sFlow datagram, or a structure of one: what its number and length stand before. */
interface Part {
  number: number;
  /** Octets behind the envelope, without padding. Of a sample that is taken apart, its head alone. */
  body: Uint8Array;
  /** Structures of a sample; null where it is of another kind, or not whole. */
  structures: Part[] | null;
  /** What the envelope says of its length, where that is not the truth. */
  lie?: number;
  /** What the head says of the number of structures, where that is not the truth. */
  countLie?: number;
}

/** A datagram taken apart. */
interface Datagram {
  readonly header: Uint8Array;
  readonly samples: Part[];
  /** What the header says of the number of samples, where that is not the truth. */
  lie?: number;
}

/** Octets of a sample before the count of its structures, by its format. */
const HEAD: Readonly<Record<number, number>> = { 1: 28, 2: 8, 3: 40, 4: 12, 5: 28 };
/** Structures of which rows are written, those with arrays and text, and such as nobody knows. */
// deno-fmt-ignore: kinds in rows
const STRUCTURES = [
  /* packets */ 1, 2, 3, 4,
  /* extended */ 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1012, 1014, 1016, 1020, 1034, 1038, 1039, 1041,
  /* operations */ 2000, 2003, 2100, 2101, 2200, 2202, 2206, 2209,
  /* counters */ 5, 7, 10, 1005, 2001, 2003, 2105, (4413 << 12) + 1,
  /* unknown */ 0, 4095, 0xffffffff,
];
const LENGTHS = [0, 1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 255, 0x7ffffffc, 0xfffffffc, 0xffffffff];
const COUNTS = [0, 1, 2, 3, 255, 65_536, 0x3fffffff, 0x40000000, 0x7fffffff, 0xffffffff];
/** Header protocols, types of addresses, rates, reasons, interfaces of every format. */
// deno-fmt-ignore: kinds in rows
const WORDS = [
  0, 1, 2, 3, 7, 11, 12, 13, 15, 16, 129, 256, 0x3fffffff, 0x40000001, 0x80000002, 0xc0000000, 0xffffffff,
];

/**
 * What is done to the samples of sFlow version 5 and to the structures in them: all that is around
 * the change is written anew, so that the decoder comes to it.
 */
export const SAMPLE_MUTATIONS: readonly Mutation[] = [
  ...onParts((parts, at) => parts.push({ ...parts[at] })),
  ...onParts((parts, at) => parts.splice(at, 1)),
  ...onParts((parts, at, random) => {
    const other = random.below(parts.length);
    [parts[at], parts[other]] = [parts[other], parts[at]];
  }),
  ...onParts((parts, at, random) => parts[at].lie = random.pick(LENGTHS)),
  ...onParts((parts, at, random) => {
    parts[at].lie = Math.max(0, lengthOf(parts[at]) + random.below(17) - 8);
  }),
  ...onParts((parts, at, random) => {
    const { body } = parts[at];
    parts[at].body = body.slice(0, random.below(body.length + 1));
  }),
  ...onParts((parts, at, random) => {
    parts[at].body = joined(parts[at].body, random.bytes(1 + random.below(12)));
  }),
  // A word within: a count, a length, the type of an address, a header protocol.
  ...onParts((parts, at, random) => {
    const body = parts[at].body = parts[at].body.slice();
    if (body.length < 4) return;
    const place = 4 * random.below(body.length >> 2);
    const values = random.pick([LENGTHS, COUNTS, WORDS, [body.length - place - 4]]);
    new DataView(body.buffer).setUint32(place, random.pick(values));
  }),
  onSamples(({ samples }, at, random) => samples[at].number = random.below(7)),
  onSamples(({ samples }, at, random) => samples[at].countLie = random.pick(COUNTS)),
  onSamples((datagram, _, random) => datagram.lie = random.pick(COUNTS)),
  // Another agent, clock or sequence.
  onSamples(({ header }, _, random) => {
    const place = 4 * (1 + random.below(header.length / 4 - 2));
    new DataView(header.buffer).setUint32(place, random.pick([0, 1, 2, random.uint32()]));
  }),
  // The structure stays, and is said to be another.
  onStructures((structures, at, random) => structures[at].number = random.pick(STRUCTURES)),
  onStructures((structures, at, random) =>
    structures.push(...Array(1 + random.below(40)).fill(structures[at]))
  ),
  // A sampled header of any link, cut and changed as packets are.
  onStructures((structures, _, random) => {
    const header = structures.find(({ number }) => number === 1);
    if (header === undefined || header.body.length < 20) return;
    const body = header.body = header.body.slice();
    const place = 16 + random.below(body.length - 16);
    const values = random.pick([
      [0x45],
      [0x60],
      [0x81, 0],
      [0x88, 0x47],
      [0x08, 0],
      [4],
      [41],
      [47],
      [17],
    ]);
    values.forEach((value, i) => place + i < body.length && (body[place + i] = value));
  }),
  // Samples, or structures, of another datagram.
  (octets, random, others) => {
    const datagram = takeApart(octets);
    const other = takeApart(random.pick(others));
    if (datagram === null || other === null) return octets;
    const into = random.pick(datagram.samples).structures;
    const from = random.pick(other.samples).structures;
    if (random.below(2) === 0 || into === null || from === null) {
      datagram.samples.splice(random.below(datagram.samples.length + 1), 0, ...other.samples);
    } else into.push(...from);
    return putTogether(datagram);
  },
];

type Change = (parts: Part[], at: number, random: Random) => unknown;

/** The same done to a sample, and to a structure. */
function onParts(change: Change): Mutation[] {
  return [
    onSamples(({ samples }, at, random) => change(samples, at, random)),
    onStructures(change),
  ];
}

function onSamples(change: (datagram: Datagram, at: number, random: Random) => unknown): Mutation {
  return (octets, random) => {
    const datagram = takeApart(octets);
    if (datagram === null) return octets;
    change(datagram, random.below(datagram.samples.length), random);
    return putTogether(datagram);
  };
}

function onStructures(change: Change): Mutation {
  return onSamples(({ samples }, at, random) => {
    const { structures } = samples[at];
    if (structures === null || structures.length === 0) return;
    change(structures, random.below(structures.length), random);
  });
}

/** The samples of a datagram; null where it is none of version 5, or has none. */
function takeApart(octets: Uint8Array): Datagram | null {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (octets.length < 12 || view.getUint32(0) !== 5) return null;
  const length = view.getUint32(4) === 2 ? 40 : 28;
  if (octets.length < length) return null;
  const samples = partsOf(octets.subarray(length)).map((sample): Part => {
    const head = HEAD[sample.number];
    if (head === undefined || sample.body.length < head + 4) return sample;
    const structures = partsOf(sample.body.subarray(head + 4));
    return { ...sample, body: sample.body.slice(0, head), structures };
  });
  return samples.length === 0 ? null : { header: octets.slice(0, length), samples };
}

function partsOf(octets: Uint8Array): Part[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const parts: Part[] = [];
  for (let at = 0; at + 8 <= octets.length;) {
    const length = view.getUint32(at + 4);
    const body = octets.slice(at + 8, at + 8 + length);
    parts.push({ number: view.getUint32(at), body, structures: null });
    at += 8 + body.length + (-body.length & 3);
  }
  return parts;
}

function lengthOf({ body, structures }: Part): number {
  if (structures === null) return body.length;
  return body.length + 4 +
    structures.reduce((sum, { body }) => sum + 8 + body.length + (-body.length & 3), 0);
}

function putTogether({ header, samples, lie }: Datagram): Uint8Array {
  const whole = joined(header, ...samples.map(written));
  new DataView(whole.buffer).setUint32(header.length - 4, lie ?? samples.length);
  return whole;
}

function written(part: Part): Uint8Array {
  const { number, body, structures, lie, countLie } = part;
  const inside = structures === null
    ? body
    : joined(body, words(countLie ?? structures.length), ...structures.map(written));
  return joined(words(number, lie ?? inside.length), inside, new Uint8Array(-inside.length & 3));
}

function words(...values: number[]): Uint8Array {
  const octets = new Uint8Array(values.length * 4);
  const view = new DataView(octets.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return octets;
}
