import type { Random } from "../support/random.ts";
import { joined, type Mutation } from "./mutate_octets.ts";
import { mutateTemplates } from "./mutate_templates.ts";

/** One set of a v9 or IPFIX message. */
interface MessageSet {
  id: number;
  body: Uint8Array;
  /** What its header says it has, where that is not the truth. */
  lie?: number;
}

/** A message taken apart. */
interface Message {
  readonly header: Uint8Array;
  readonly version: number;
  readonly sets: MessageSet[];
  /** What the header says of length (IPFIX) or count (v9), where that is not the truth. */
  lie?: number;
}

const HEADER: Readonly<Record<number, number>> = { 9: 20, 10: 16 };
const IDS = [0, 1, 2, 3, 4, 255, 256, 257, 258, 259, 260, 300, 0x8000, 0xffff];
const LENGTHS = [0, 1, 3, 4, 5, 0x7fff, 0xffff];

/**
 * What is done to messages of sets (RFC 3954 §5, RFC 7011 §3): everything around the change is
 * written anew, so that the decoder comes to it.
 */
export const SET_MUTATIONS: readonly Mutation[] = [
  onSets(({ sets }, at) => sets.push({ ...sets[at] })),
  onSets(({ sets }, at) => sets.splice(at, 1)),
  onSets(({ sets }, at, random) => {
    const other = random.below(sets.length);
    [sets[at], sets[other]] = [sets[other], sets[at]];
  }),
  onSets(({ sets }) => sets.reverse()),
  onSets(({ sets }, at, random) => sets[at].id = random.pick(IDS)),
  onSets(({ sets }, at, random) => sets[at].id = random.pick(sets).id),
  onSets(({ sets }, at, random) => sets[at].lie = random.pick(LENGTHS)),
  onSets(({ sets }, at, random) => {
    sets[at].lie = Math.max(0, sets[at].body.length + 4 + random.below(17) - 8);
  }),
  // Cut, filled up with padding, or doubled.
  onSets(({ sets }, at, random) => {
    sets[at].body = sets[at].body.slice(0, random.below(sets[at].body.length + 1));
  }),
  onSets(({ sets }, at, random) => {
    const length = 1 + random.below(12);
    const padding = random.below(3) === 0 ? random.bytes(length) : new Uint8Array(length);
    sets[at].body = joined(sets[at].body, padding);
  }),
  onSets(({ sets }, at) => sets[at].body = joined(sets[at].body, sets[at].body)),
  // Two sets in one, one set in two.
  onSets(({ sets }, at, random) => {
    sets[at].body = joined(sets[at].body, random.pick(sets).body);
  }),
  onSets(({ sets }, at, random) => {
    const { id, body } = sets[at];
    const cut = random.below(body.length + 1);
    sets.splice(at, 1, { id, body: body.slice(0, cut) }, { id, body: body.slice(cut) });
  }),
  // A prefix of a variable length, in its short and its long form (RFC 7011 §7).
  onSets(({ sets }, at, random) => {
    const { body } = sets[at];
    const prefix = random.pick([[0], [1], [254], [255], [255, 0, 0], [255, 0, 255], [
      255,
      255,
      255,
    ]]);
    const place = random.below(body.length + 1);
    sets[at].body = joined(
      body.subarray(0, place),
      Uint8Array.from(prefix),
      body.subarray(place + (random.below(2) === 0 ? prefix.length : 0)),
    );
  }),
  onSets((message, _, random) => {
    message.lie = random.pick([0, 1, 15, 16, 17, 20, 0xffff, random.below(0x10000)]);
  }),
  // Another observation domain.
  onSets(({ header }, _, random) => {
    new DataView(header.buffer).setUint32(header.length - 4, random.pick([0, 1, 0xffffffff]));
  }),
  // Other clocks and sequence.
  onSets(({ header }, _, random) => {
    const place = 4 * (1 + random.below(header.length / 4 - 1));
    new DataView(header.buffer).setUint32(place, random.pick([0, 1, 0xffffffff, random.uint32()]));
  }),
  // Sets of another message, whose templates may describe other fields under the same ids.
  (datagram, random, others) => {
    const message = takeApart(datagram);
    const other = takeApart(random.pick(others));
    if (message === null || other === null || other.version !== message.version) return datagram;
    message.sets.splice(random.below(message.sets.length + 1), 0, ...other.sets);
    return putTogether(message);
  },
  ...[1, 2, 3].map(() => onSets(templateChange)),
];

function templateChange({ version, sets }: Message, _: number, random: Random): void {
  const first = version === 9 ? 0 : 2;
  const templates = sets.filter(({ id }) => id === first || id === first + 1);
  if (templates.length === 0) return;
  const set = random.pick(templates);
  set.body = mutateTemplates(set.body, { version, options: set.id === first + 1 }, random);
}

function onSets(change: (message: Message, at: number, random: Random) => unknown): Mutation {
  return (datagram, random) => {
    const message = takeApart(datagram);
    if (message === null) return datagram;
    change(message, random.below(message.sets.length), random);
    return putTogether(message);
  };
}

/** The sets of a datagram; null where it is of another format, or has none. */
function takeApart(datagram: Uint8Array): Message | null {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const version = datagram.length < 2 ? 0 : view.getUint16(0);
  const length = HEADER[version];
  if (length === undefined || datagram.length < length) return null;
  const sets: MessageSet[] = [];
  for (let at = length; at + 4 <= datagram.length;) {
    const size = Math.max(4, view.getUint16(at + 2));
    sets.push({ id: view.getUint16(at), body: datagram.slice(at + 4, at + size) });
    at += size;
  }
  return sets.length === 0 ? null : { header: datagram.slice(0, length), version, sets };
}

function putTogether({ header, version, sets, lie }: Message): Uint8Array {
  const whole = joined(
    header,
    ...sets.flatMap(({ id, body, lie }) => {
      const length = lie ?? 4 + body.length;
      return [Uint8Array.of(id >> 8, id, length >> 8, length), body];
    }),
  );
  const second = lie ?? (version === 9 ? sets.length : whole.length);
  new DataView(whole.buffer).setUint16(2, second & 0xffff);
  return whole;
}
