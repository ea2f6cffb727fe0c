import { isIpv4 } from "../../flow/address.ts";
import {
  type AmountCell,
  CELL,
  type Conversations,
  FLAGS_KNOWN,
} from "../picture/conversations.ts";
import { FLAG } from "../picture/serving_side.ts";
import type { TrafficPicture } from "../picture/traffic_picture.ts";

/**
 * How an attempt to connect ended. PROBED is an echo that was answered, asked once: a success, but of
 * a question that only those ask who want to know whether the host is there.
 */
export const OUTCOME = { FAILED: -1, UNKNOWN: 0, SUCCEEDED: 1, PROBED: 2 } as const;

/** Established TCP conversations that are wanted to tell whether both directions are seen. */
const ENOUGH_ESTABLISHED = 10;
/** Ways of a conversation: asker and asked are one's own, or not; twice, for sampled ones apart. */
const WAYS = 8;
/** Set in the way of a conversation of which only packets are seen that were taken. */
const SAMPLED_WAY = 4;
/** Below this share of answers seen, silence means nothing. */
const ONE_WAY_SHARE = 0.3;
/** A probe is a packet or a few, with little in it. */
const PROBE_PACKETS = 3;
const PROBE_OCTETS = 64;

/**
 * How every conversation's attempt to connect ended, told from what unidirectional flows show: it
 * succeeded when there was an answer with something in it, and failed when there was none, or a
 * reset.
 */
export class Attempts {
  /** OUTCOME by conversation. */
  readonly outcome: Int8Array;
  /** Failed attempts by host that asked. */
  readonly failures: Int32Array;
  /** The same, with those that merely probed. */
  readonly #suspicion: Int32Array;
  /** Share of the answers that are seen, by `way` of a conversation. */
  readonly #answersSeen: Float64Array;
  /** Whether a failure is one by silence, so that it stands on answers being seen. */
  readonly #silent: Uint8Array;
  /** 1 for hosts of one's own. */
  readonly #own: Uint8Array;
  readonly #conversations: Conversations;

  /**
   * @param picture with its conversations
   * @param isInternal whether an address is one's own
   */
  constructor(picture: TrafficPicture, isInternal: (words: Uint32Array) => boolean) {
    const conversations = this.#conversations = picture.conversations!;
    const { hosts } = picture;
    const { count } = conversations;
    const group = new Uint8Array(hosts.count);
    this.#own = new Uint8Array(hosts.count);
    for (let id = 0; id < hosts.count; id++) {
      const words = hosts.words(id);
      group[id] = isGroupAddress(words) ? 1 : 0;
      this.#own[id] = isInternal(words) ? 1 : 0;
    }
    this.#answersSeen = this.#visibility();
    this.outcome = new Int8Array(count);
    this.#silent = new Uint8Array(count);
    this.failures = new Int32Array(hosts.count);
    this.#suspicion = new Int32Array(hosts.count);
    for (let id = 0; id < count; id++) {
      // Nobody answers what is sent to a group.
      if (group[conversations.asked(id)] === 1) continue;
      const outcome = this.outcome[id] = this.#judge(id);
      if (outcome === OUTCOME.FAILED) this.failures[conversations.asker(id)]++;
      if (outcome === OUTCOME.FAILED || outcome === OUTCOME.PROBED) {
        this.#suspicion[conversations.asker(id)]++;
      }
    }
  }

  /**
   * Whether answers are not seen, of traffic in some direction: they are not exported.
   *
   * @param sampled whether of what only sampled exporters see, or of the rest
   */
  isOneWay(sampled: boolean): boolean {
    const from = sampled ? SAMPLED_WAY : 0;
    return this.#answersSeen.subarray(from, from + SAMPLED_WAY)
      .some((share) => share < ONE_WAY_SHARE);
  }

  /**
   * With which probability the outcome of a conversation would have been seen if it had succeeded: less
   * than 1 where that shows in the answer alone, and not all answers are exported.
   */
  visible(id: number): number {
    return this.#silent[id] === 1 || this.#conversations.protocol(id) !== 6
      ? this.#answersSeen[this.#way(id)]
      : 1;
  }

  /**
   * Conversations by asker, for those askers with enough failures to be worth a look; each list in
   * the order that the conversations began.
   *
   * @param least failed attempts and probes of an asker
   */
  suspects(least: number): Map<number, number[]> {
    const lists = new Map<number, number[]>();
    const { cells } = this.#conversations;
    for (let id = 0; id < this.outcome.length; id++) {
      if (this.outcome[id] === OUTCOME.UNKNOWN) continue;
      const asker = this.#conversations.asker(id);
      if (this.#suspicion[asker] < least) continue;
      const list = lists.get(asker);
      if (list === undefined) lists.set(asker, [id]);
      else list.push(id);
    }
    const firstOf = (id: number) => cells[this.#conversations.at(id) + CELL.FIRST];
    for (const list of lists.values()) list.sort((a, b) => firstOf(a) - firstOf(b));
    return lists;
  }

  /** From and to which side: 2 bits; and SAMPLED_WAY. */
  #way(id: number): number {
    const conversations = this.#conversations;
    return this.#own[conversations.asker(id)] * 2 + this.#own[conversations.asked(id)] +
      (conversations.onlySampled(id) ? SAMPLED_WAY : 0);
  }

  /** An amount of who asks: an estimate from a few packets only where nobody counted all. */
  #forward(id: number, cell: AmountCell): number {
    const conversations = this.#conversations;
    return conversations.amount(id, cell, conversations.onlySampled(id));
  }

  #judge(id: number): number {
    const at = this.#conversations.at(id);
    const protocol = this.#conversations.protocol(id);
    const { cells } = this.#conversations;
    if (cells[at + CELL.FORWARD_FLOWS] === 0) return OUTCOME.UNKNOWN;
    if (protocol === 6) return this.#judgeTcp(id);
    const flows = this.#forward(id, CELL.FORWARD_FLOWS);
    const probe = this.#forward(id, CELL.FORWARD_PACKETS) <= PROBE_PACKETS * flows;
    if (cells[at + CELL.BACK_FLOWS] > 0) {
      const echo = protocol === 1 || protocol === 58;
      return echo && probe && flows === 1 ? OUTCOME.PROBED : OUTCOME.SUCCEEDED;
    }
    // More than a few packets that nobody answers: something that is sent one way (syslog, video).
    return probe ? this.#unanswered(id) : OUTCOME.UNKNOWN;
  }

  /** A failure, as far as answers are seen. */
  #unanswered(id: number): number {
    if (this.#answersSeen[this.#way(id)] < ONE_WAY_SHARE) return OUTCOME.UNKNOWN;
    this.#silent[id] = 1;
    return OUTCOME.FAILED;
  }

  #judgeTcp(id: number): number {
    const at = this.#conversations.at(id);
    const { cells } = this.#conversations;
    const answered = cells[at + CELL.BACK_FLOWS] > 0;
    const backPackets = cells[at + CELL.BACK_PACKETS];
    const packets = this.#forward(id, CELL.FORWARD_PACKETS);
    const flags = cells[at + CELL.FORWARD_FLAGS];
    const back = cells[at + CELL.BACK_FLAGS];
    if (answered && (back & FLAGS_KNOWN) !== 0) {
      const refused = (back & FLAG.RST) !== 0 && (back & (FLAG.SYN | FLAG.PSH)) === 0;
      return refused ? OUTCOME.FAILED : OUTCOME.SUCCEEDED;
    }
    if (answered) {
      const refused = backPackets <= cells[at + CELL.BACK_FLOWS] &&
        cells[at + CELL.BACK_BYTES] <= 40 * backPackets;
      return refused ? OUTCOME.FAILED : OUTCOME.SUCCEEDED;
    }
    if ((flags & FLAGS_KNOWN) !== 0) {
      if ((flags & FLAG.ACK) === 0) return OUTCOME.FAILED;
      // It went on although nobody answered: the answers go another way.
      return packets >= PROBE_PACKETS ? OUTCOME.SUCCEEDED : OUTCOME.UNKNOWN;
    }
    const probe = packets <= PROBE_PACKETS * this.#forward(id, CELL.FORWARD_FLOWS) &&
      this.#forward(id, CELL.FORWARD_BYTES) <= PROBE_OCTETS * packets;
    return probe ? this.#unanswered(id) : OUTCOME.UNKNOWN;
  }

  /** Of connections that certainly stood, the share whose answers are seen, by way. */
  #visibility(): Float64Array {
    const conversations = this.#conversations;
    const { cells, count } = conversations;
    const established = new Float64Array(WAYS);
    const answered = new Float64Array(WAYS);
    for (let id = 0; id < count; id++) {
      const at = conversations.at(id);
      if ((cells[at + CELL.FORWARD_FLAGS] & FLAG.ACK) === 0) continue;
      if (this.#forward(id, CELL.FORWARD_PACKETS) < PROBE_PACKETS) continue;
      const way = this.#way(id);
      established[way]++;
      if (cells[at + CELL.BACK_FLOWS] > 0) answered[way]++;
    }
    const share = (part: number, of: number) => of < ENOUGH_ESTABLISHED ? null : part / of;
    const sum = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0);
    return established.map((of, way) => {
      const from = way & SAMPLED_WAY;
      const alike = (counts: Float64Array) => sum(counts.subarray(from, from + SAMPLED_WAY));
      return share(answered[way], of) ?? share(alike(answered), alike(established)) ?? 1;
    });
  }
}

/** Whether an address is of a group: multicast or broadcast, as far as that shows. */
export function isGroupAddress(words: Uint32Array): boolean {
  if (!isIpv4(words)) return words[0] >>> 24 === 0xff;
  return words[3] >>> 28 === 0xe || (words[3] & 0xff) === 0xff;
}
