import { isIpv4 } from "../../flow/address.ts";
import { CELL, type Conversations, FLAGS_KNOWN } from "../picture/conversations.ts";
import { FLAG } from "../picture/serving_side.ts";
import type { TrafficPicture } from "../picture/traffic_picture.ts";

/**
 * How an attempt to connect ended. PROBED is an echo that was answered, asked once: a success, but of
 * a question that only those ask who want to know whether the host is there.
 */
export const OUTCOME = { FAILED: -1, UNKNOWN: 0, SUCCEEDED: 1, PROBED: 2 } as const;

/** Established TCP conversations that are wanted to tell whether both directions are seen. */
const ENOUGH_ESTABLISHED = 10;
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
  /** Whether answers are not seen: flows of one direction only are exported. */
  readonly oneWay: boolean;
  readonly #conversations: Conversations;

  /** @param picture with its conversations */
  constructor(picture: TrafficPicture) {
    const conversations = this.#conversations = picture.conversations!;
    const { hosts } = picture;
    this.oneWay = isOneWay(conversations);
    this.outcome = new Int8Array(conversations.count);
    this.failures = new Int32Array(hosts.count);
    this.#suspicion = new Int32Array(hosts.count);
    const group = Uint8Array.from({ length: hosts.count }, (_, id) => {
      return isGroupAddress(hosts.words(id)) ? 1 : 0;
    });
    for (let id = 0; id < conversations.count; id++) {
      const { asker, asked, protocol } = conversations.key(id);
      // Nobody answers what is sent to a group.
      if (group[asked] === 1) continue;
      const outcome = this.outcome[id] = this.#judge(conversations.at(id), protocol);
      if (outcome === OUTCOME.FAILED) this.failures[asker]++;
      if (outcome === OUTCOME.FAILED || outcome === OUTCOME.PROBED) this.#suspicion[asker]++;
    }
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
      const { asker } = this.#conversations.key(id);
      if (this.#suspicion[asker] < least) continue;
      const list = lists.get(asker);
      if (list === undefined) lists.set(asker, [id]);
      else list.push(id);
    }
    const firstOf = (id: number) => cells[this.#conversations.at(id) + CELL.FIRST];
    for (const list of lists.values()) list.sort((a, b) => firstOf(a) - firstOf(b));
    return lists;
  }

  #judge(at: number, protocol: number): number {
    const { cells } = this.#conversations;
    const flows = cells[at + CELL.FORWARD_FLOWS];
    if (flows === 0) return OUTCOME.UNKNOWN;
    if (protocol === 6) return this.#judgeTcp(at);
    const probe = cells[at + CELL.FORWARD_PACKETS] <= PROBE_PACKETS * flows;
    if (cells[at + CELL.BACK_FLOWS] > 0) {
      const echo = protocol === 1 || protocol === 58;
      return echo && probe && flows === 1 ? OUTCOME.PROBED : OUTCOME.SUCCEEDED;
    }
    if (this.oneWay) return OUTCOME.UNKNOWN;
    // More than a few packets that nobody answers: something that is sent one way (syslog, video).
    return probe ? OUTCOME.FAILED : OUTCOME.UNKNOWN;
  }

  #judgeTcp(at: number): number {
    const { cells } = this.#conversations;
    const answered = cells[at + CELL.BACK_FLOWS] > 0;
    const backPackets = cells[at + CELL.BACK_PACKETS];
    const packets = cells[at + CELL.FORWARD_PACKETS];
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
    if (this.oneWay) return OUTCOME.UNKNOWN;
    const probe = packets <= PROBE_PACKETS * cells[at + CELL.FORWARD_FLOWS] &&
      cells[at + CELL.FORWARD_BYTES] <= PROBE_OCTETS * packets;
    return probe ? OUTCOME.FAILED : OUTCOME.UNKNOWN;
  }
}

/** Whether of connections that certainly stood the answers are mostly not seen. */
function isOneWay(conversations: Conversations): boolean {
  const { cells } = conversations;
  let established = 0;
  let answered = 0;
  for (let id = 0; id < conversations.count; id++) {
    const at = conversations.at(id);
    const forward = cells[at + CELL.FORWARD_FLOWS] > 0 &&
      (cells[at + CELL.FORWARD_FLAGS] & FLAG.ACK) !== 0 &&
      cells[at + CELL.FORWARD_PACKETS] >= PROBE_PACKETS;
    const back = cells[at + CELL.BACK_FLOWS] > 0;
    if (!forward && !back) continue;
    if (forward) established++;
    if (forward && back) answered++;
  }
  return established >= ENOUGH_ESTABLISHED && answered < established * ONE_WAY_SHARE;
}

/** Whether an address is of a group: multicast or broadcast, as far as that shows. */
export function isGroupAddress(words: Uint32Array): boolean {
  if (!isIpv4(words)) return words[0] >>> 24 === 0xff;
  return words[3] >>> 28 === 0xe || (words[3] & 0xff) === 0xff;
}
