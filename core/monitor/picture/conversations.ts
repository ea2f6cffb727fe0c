import { PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import type { PictureBlock } from "./picture_block.ts";
import { FLAG, hasPorts, servicePort } from "./serving_side.ts";
import { QuadTable } from "./quad_table.ts";
import { StartLog } from "./start_log.ts";

/** Most conversations that are told apart. */
export const MAX_CONVERSATIONS = 1 << 19;
/** 64-bit cells of a conversation: two cache lines. */
const STRIDE = 16;
/** Where each figure of a conversation lies. */
export const CELL = {
  /** From who asks to who is asked, and back. */
  FORWARD_BYTES: 0,
  BACK_BYTES: 1,
  FORWARD_PACKETS: 2,
  BACK_PACKETS: 3,
  FORWARD_FLOWS: 4,
  BACK_FLOWS: 5,
  /** Of flows with a SYN and no ACK: how many, and their packets. */
  SYN_FLOWS: 6,
  SYN_PACKETS: 7,
  /** TCP flags or-ed together; FLAGS_KNOWN where any were exported. */
  FORWARD_FLAGS: 8,
  BACK_FLAGS: 9,
  FIRST: 10,
  LAST: 11,
  /** Of the last flow from who asks. */
  LAST_PORT: 12,
  LAST_START: 13,
  LAST_END: 14,
} as const;
/** Figures that are kept of sampled rows by themselves, too: the first of `CELL`, SYN_PACKETS included. */
const SAMPLED_STRIDE = 8;
/** One of those. */
export type AmountCell = (typeof CELL)[
  | "FORWARD_BYTES"
  | "BACK_BYTES"
  | "FORWARD_PACKETS"
  | "BACK_PACKETS"
  | "FORWARD_FLOWS"
  | "BACK_FLOWS"
  | "SYN_FLOWS"
  | "SYN_PACKETS"
];
export const FLAGS_KNOWN = 1 << 16;
/** A flow that begins so soon after the last one of the same ports is that one, seen again. */
const SAME_START_MS = 1000;

const word = (name: Parameters<typeof presenceBit>[0]) => presenceBit(name) >> 5;
const mask = (name: Parameters<typeof presenceBit>[0]) => 1 << (presenceBit(name) & 31);
const FLAGS_WORD = word("tcp_flags");
const FLAGS_MASK = mask("tcp_flags");
const TYPE_WORD = word("icmp_type");
const TYPE_MASK = mask("icmp_type");
const RATE_WORD = word("sampling_rate");
const RATE_MASK = mask("sampling_rate");
const ICMP_REQUEST = 8;
const ICMP6_REQUEST = 128;
const ICMP6_REPLY = 129;

/** A conversation: who asks whom for what. */
export interface ConversationKey {
  asker: number;
  asked: number;
  protocol: number;
  /** Of who is asked; 0 where the protocol has none. */
  port: number;
}

/**
 * What hosts asked of each other: one record for each asker, asked host, protocol and port, with both
 * directions in it. From it come the outcome of attempts to connect, floods, reflections, beacons and
 * who uses which port.
 */
export class Conversations {
  readonly #table = new QuadTable(MAX_CONVERSATIONS);
  readonly #named: Uint8Array;
  cells = new Float64Array(STRIDE * 1024);
  /** What sampled rows make up of the first cells; as long as there are such rows. */
  #sampled = new Float64Array(0);
  /** When conversations' connections began. */
  readonly starts: StartLog | null;
  /** Rows for which there was no room. */
  refused = 0;
  /** Rows of a sampled exporter. */
  sampledRows = 0;
  rows = 0;

  /** @param options which ports are `named`, and whether to keep when connections began (`starts`) */
  constructor({ named, starts }: { named: Uint8Array; starts: boolean }) {
    this.#named = named;
    this.starts = starts ? new StartLog() : null;
  }

  /** Conversations so far: ids lie below. */
  get count(): number {
    return this.#table.count;
  }

  /** Where the cells of a conversation begin. */
  at(id: number): number {
    return id * STRIDE;
  }

  /** Who asks whom for what. */
  key(id: number): ConversationKey {
    const table = this.#table;
    const service = table.word(id, 2);
    return {
      asker: table.word(id, 0),
      asked: table.word(id, 1),
      protocol: service >>> 16,
      port: service & 0xffff,
    };
  }

  /** One part of the key: where all are looked at, no object is made for each. */
  asker(id: number): number {
    return this.#table.word(id, 0);
  }

  asked(id: number): number {
    return this.#table.word(id, 1);
  }

  protocol(id: number): number {
    return this.#table.word(id, 2) >>> 16;
  }

  /** Of who is asked; 0 where the protocol has none. */
  port(id: number): number {
    return this.#table.word(id, 2) & 0xffff;
  }

  /**
   * A figure of a conversation as exporters of one kind show it: those that sample, whose figures are
   * estimates, or the others. What is told from the one cannot be divided by what the other counts.
   *
   * @param id of the conversation
   * @param cell which figure
   * @param sampled whether of sampled rows
   */
  amount(id: number, cell: AmountCell, sampled: boolean): number {
    const estimate = this.#sampled[id * SAMPLED_STRIDE + cell] ?? 0;
    return sampled ? estimate : this.cells[id * STRIDE + cell] - estimate;
  }

  /** Whether all that is seen of who asks is what sampled exporters show; so of who only answers. */
  onlySampled(id: number): boolean {
    const asked = this.cells[id * STRIDE + CELL.FORWARD_FLOWS] > 0;
    return this.amount(id, asked ? CELL.FORWARD_FLOWS : CELL.BACK_FLOWS, false) === 0;
  }

  /** Takes in the rows of a block. */
  fold(block: PictureBlock): void {
    const { columns, count, source, destination, start, end } = block;
    const { presence, src_port, dst_port, protocol, tcp_flags, icmp_type, sampling_rate } = columns;
    const { bytes, packets } = columns;
    const named = this.#named;
    const table = this.#table;
    this.rows += count;
    for (let i = 0; i < count; i++) {
      const slot = block.slot[i];
      const present = slot * PRESENCE_WORDS;
      const proto = protocol[slot];
      const ported = hasPorts(proto);
      const s = ported ? src_port[slot] : 0;
      const d = ported ? dst_port[slot] : 0;
      // No packet has no flag: 0 is an exporter that does not look.
      const flags = proto === 6 && (presence[present + FLAGS_WORD] & FLAGS_MASK) !== 0 &&
          tcp_flags[slot] !== 0
        ? tcp_flags[slot] & 0x3f
        : -1;
      // A SYN that nobody acknowledged comes from who asks, a bare SYN+ACK or RST+ACK from who was
      // asked; otherwise the rule by which flows are grouped by service: the port that has a name
      // serves, and where both or neither have one, the lower.
      let forward: boolean;
      let known = true;
      if (flags >= 0 && (flags & 18) === 2) forward = true;
      else if (flags >= 0 && ((flags & 31) === 18 || (flags & 31) === 20)) forward = false;
      else if (ported) {
        forward = servicePort(s, d, named) === d;
        known = s !== d;
      } else {
        const type = (presence[present + TYPE_WORD] & TYPE_MASK) !== 0 ? icmp_type[slot] : -1;
        forward = type !== ICMP6_REPLY;
        known = type === ICMP_REQUEST || type === ICMP6_REQUEST || type === ICMP6_REPLY;
      }
      const service = (proto << 16) | (forward ? d : s);
      // Whoever was seen first asked, where the flow itself does not say.
      if (!known && table.peek(destination[i], source[i], service, 0) >= 0) forward = false;
      const id = forward
        ? table.find(source[i], destination[i], service, 0)
        : table.find(destination[i], source[i], service, 0);
      if (id < 0) {
        this.refused++;
        continue;
      }
      const at = id * STRIDE;
      if (at >= this.cells.length) this.#grow();
      const { cells } = this;
      if (cells[at + 4] === 0 && cells[at + 5] === 0) cells[at + 10] = Infinity;
      const octets = bytes[slot];
      const amount = packets[slot];
      const from = start[i];
      if (from < cells[at + 10]) cells[at + 10] = from;
      if (end[i] > cells[at + 11]) cells[at + 11] = end[i];
      const sampled = (presence[present + RATE_WORD] & RATE_MASK) !== 0 && sampling_rate[slot] > 1;
      let part = -1;
      if (sampled) {
        this.sampledRows++;
        part = id * SAMPLED_STRIDE;
        if (part >= this.#sampled.length) this.#growSampled();
      }
      if (!forward) {
        cells[at + 1] += octets;
        cells[at + 3] += amount;
        cells[at + 5]++;
        if (part >= 0) {
          this.#sampled[part + 1] += octets;
          this.#sampled[part + 3] += amount;
          this.#sampled[part + 5]++;
        }
        if (flags >= 0) cells[at + 9] = cells[at + 9] | flags | FLAGS_KNOWN;
        continue;
      }
      cells[at] += octets;
      cells[at + 2] += amount;
      cells[at + 4]++;
      let synPackets = 0;
      if (flags >= 0) {
        cells[at + 8] = cells[at + 8] | flags | FLAGS_KNOWN;
        if ((flags & 18) === 2) {
          cells[at + 6]++;
          cells[at + 7] += amount;
          synPackets = amount;
        }
      }
      if (part >= 0) {
        this.#sampled[part] += octets;
        this.#sampled[part + 2] += amount;
        this.#sampled[part + 4]++;
        if (flags >= 0 && (flags & 18) === 2) {
          this.#sampled[part + 6]++;
          this.#sampled[part + 7] += amount;
        }
      }
      if (this.starts !== null && begins(cells, { at, flags, port: s, from })) {
        this.starts.add(id, from, octets, synPackets, part >= 0);
      }
      cells[at + 12] = s + 1;
      cells[at + 13] = from;
      cells[at + 14] = end[i];
    }
  }

  #grow(): void {
    const cells = new Float64Array(this.cells.length * 2);
    cells.set(this.cells);
    this.cells = cells;
  }

  /** To as many conversations as `cells` has room for. */
  #growSampled(): void {
    const sampled = new Float64Array(this.cells.length / STRIDE * SAMPLED_STRIDE);
    sampled.set(this.#sampled);
    this.#sampled = sampled;
  }
}

/**
 * Whether a flow is a new connection, and not more of the last one: exporters cut long flows, and
 * several of them may see the same one.
 */
function begins(
  cells: Float64Array,
  { at, flags, port, from }: { at: number; flags: number; port: number; from: number },
): boolean {
  if (flags >= 0 && (flags & FLAG.SYN) === 0) return false;
  if (cells[at + 12] !== port + 1) return true;
  if (Math.abs(from - cells[at + 13]) < SAME_START_MS) return false;
  return flags >= 0 || from - cells[at + 14] > SAME_START_MS;
}
