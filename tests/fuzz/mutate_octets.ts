import type { Random } from "../support/random.ts";

/** Makes a hostile datagram of a good one; `others` are more good ones of the same capability. */
export type Mutation = (
  datagram: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
) => Uint8Array;

const DANGEROUS_16 = [0, 1, 2, 3, 4, 5, 255, 256, 257, 0x7fff, 0x8000, 0xfffe, 0xffff];
const DANGEROUS_32 = [0, 1, 2, 3, 4, 5, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Octets one behind the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What can be done to any datagram, whatever it holds. */
export const OCTET_MUTATIONS: readonly Mutation[] = [
  // A few octets are others.
  (datagram, random) => {
    const octets = Uint8Array.from(datagram);
    for (let i = random.below(8); i >= 0; i--) {
      octets[random.below(octets.length)] = random.uint32();
    }
    return octets;
  },
  // One bit is another.
  (datagram, random) => {
    const octets = Uint8Array.from(datagram);
    octets[random.below(octets.length)] ^= 1 << random.below(8);
    return octets;
  },
  // A field of 16 bits, such as a length, an id or a count, is of a dangerous value.
  (datagram, random) => {
    const octets = Uint8Array.from(datagram);
    const place = random.below(Math.max(1, octets.length - 1));
    const value = random.pick(DANGEROUS_16);
    return put(octets, place, [value >> 8, value]);
  },
  // A word of 32 bits too, on its boundary.
  (datagram, random) => {
    const octets = Uint8Array.from(datagram);
    const place = 4 * random.below(Math.max(1, octets.length >> 2));
    const value = random.below(4) === 0 ? octets.length : random.pick(DANGEROUS_32);
    return put(octets, place, [value >>> 24, value >>> 16, value >>> 8, value]);
  },
  // Cut off.
  (datagram, random) => datagram.slice(0, random.below(datagram.length + 1)),
  // Some octets are gone.
  (datagram, random) => {
    const from = random.below(datagram.length);
    return joined(datagram.subarray(0, from), datagram.subarray(from + random.below(16)));
  },
  // Some words are there again.
  (datagram, random) => {
    const from = 4 * random.below(Math.max(1, datagram.length >> 2));
    const to = Math.min(datagram.length, from + 4 * (1 + random.below(16)));
    return joined(datagram.subarray(0, to), datagram.subarray(from));
  },
  // The end of another datagram.
  (datagram, random, others) => {
    const other = random.pick(others);
    return joined(
      datagram.subarray(0, random.below(datagram.length)),
      other.subarray(random.below(other.length)),
    );
  },
  // Two in one.
  (datagram, random, others) => joined(datagram, random.pick(others)),
  // Filled up, with zeros or with anything.
  (datagram, random) => {
    const length = 1 + random.below(random.pick([4, 64, 4096]));
    return joined(datagram, random.below(2) === 0 ? new Uint8Array(length) : random.bytes(length));
  },
];

function put(octets: Uint8Array, place: number, values: readonly number[]): Uint8Array {
  values.forEach((value, i) => {
    if (place + i < octets.length) octets[place + i] = value;
  });
  return octets;
}
