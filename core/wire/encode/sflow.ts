import { IPV4_PREFIX_WORD, parseAddress } from "../../flow/address.ts";
import { OctetWriter } from "./octet_writer.ts";
import type { SampleFlow } from "./scenario.ts";

/** Most samples, whatever their addresses, that surely fit a datagram of an Ethernet frame. */
export const SFLOW_SAMPLES_PER_DATAGRAM = 7;

const SAMPLE_OCTETS = 200;
const HEADER_OCTETS = 28;
const FLOW_SAMPLE = 1;
const SAMPLED_HEADER = 1;
const EXTENDED_TCP_INFO = 2209;
const ETHERNET_ISO88023 = 1;
const ETHERNET_OCTETS = 14;
const FCS_OCTETS = 4;
/** Longest packet of an Ethernet. */
const MTU = 1500;
const TCP = 6;
const UDP = 17;
/** Octets of the transport header: of others than TCP and UDP none is written. */
const TRANSPORT_OCTETS: Readonly<Record<number, number>> = { [TCP]: 20, [UDP]: 8 };
const ACK = 0x10;
const INTERFACES = { in: 1, out: 2 } as const;

/**
 * Writes sFlow version 5 as one agent would: every flow gives one sampled packet of its mean size,
 * with headers as they lie on an Ethernet; of TCP with the round trip that the sender measured.
 */
export class SflowEncoder {
  readonly #bootMs: number;
  readonly #agent: Uint32Array;
  readonly #subAgent: number;
  readonly #samplingRate: number;
  #sequence = 0;
  #samples = 0;

  /**
   * @param options `bootMs`: when the agent started, Unix milliseconds; `agent`: its IPv4 address;
   *   `subAgent` 32 bits; `samplingRate`: one packet in this many, at least 1
   */
  constructor(
    { bootMs, agent = "127.0.0.1", subAgent = 0, samplingRate = 100 }: {
      bootMs: number;
      agent?: string;
      subAgent?: number;
      samplingRate?: number;
    },
  ) {
    this.#bootMs = bootMs;
    this.#agent = addressOf(agent);
    this.#subAgent = subAgent;
    this.#samplingRate = samplingRate;
  }

  /**
   * Encodes one datagram.
   *
   * @param flows at most SFLOW_SAMPLES_PER_DATAGRAM
   * @param nowMs time of export, Unix milliseconds
   * @throws {RangeError} when a value does not fit its field
   */
  encode(flows: readonly SampleFlow[], nowMs: number): Uint8Array<ArrayBuffer> {
    const out = new OctetWriter(HEADER_OCTETS + flows.length * SAMPLE_OCTETS);
    this.#sequence = (this.#sequence + 1) >>> 0;
    const uptimeMs = (nowMs - this.#bootMs) % 2 ** 32;
    out.words([5, 1, this.#agent[3], this.#subAgent, this.#sequence, uptimeMs, flows.length]);
    for (const flow of flows) this.#sample(out, flow);
    return out.octets;
  }

  #sample(out: OctetWriter, flow: SampleFlow): void {
    this.#samples = (this.#samples + 1) >>> 0;
    const packet = packetOf(flow);
    const round = flow.protocol === TCP && flow.latency_ms > 0;
    const padded = packet.headers.length + (-packet.headers.length & 3);
    const octets = 32 + 24 + padded + (round ? 56 : 0);
    const pool = (this.#samples * this.#samplingRate) % 2 ** 32;
    out.words([FLOW_SAMPLE, octets]);
    out.words([this.#samples, INTERFACES.in, this.#samplingRate, pool, 0]);
    out.words([INTERFACES.in, INTERFACES.out, round ? 2 : 1]);
    out.words([SAMPLED_HEADER, 16 + padded, ETHERNET_ISO88023]);
    out.words([packet.length + FCS_OCTETS, FCS_OCTETS, packet.headers.length]);
    for (const octet of packet.headers) out.unsigned(octet, 1);
    out.pad(4);
    if (!round) return;
    const rtt = Math.round(flow.latency_ms * 1000);
    out.words([EXTENDED_TCP_INFO, 48, 2, 1448, 1448, 0, 0, 0, MTU, rtt, rtt >>> 2, 10, 3, rtt]);
  }
}

/** The headers of a flow's mean packet, and the octets of its frame without FCS. */
function packetOf(flow: SampleFlow): { headers: Uint8Array; length: number } {
  const source = addressOf(flow.src_addr);
  const destination = addressOf(flow.dst_addr);
  const isIpv4 = source[2] === IPV4_PREFIX_WORD && source[0] === 0 && source[1] === 0;
  const transport = TRANSPORT_OCTETS[flow.protocol] ?? 0;
  const ipHeader = isIpv4 ? 20 : 40;
  const mean = Math.round(flow.bytes / Math.max(1, flow.packets));
  const length = Math.min(MTU, Math.max(ipHeader + transport, mean));
  const out = new OctetWriter(ETHERNET_OCTETS + ipHeader + transport);
  // Locally administered addresses of the routers on both sides.
  out.unsigned(0x02_00_00_00_00_02, 6).unsigned(0x02_00_00_00_00_01, 6);
  if (isIpv4) {
    out.unsigned(0x0800, 2).unsigned(0x4500, 2).unsigned(length, 2);
    out.words([0x0000_4000]).unsigned(64, 1).unsigned(flow.protocol, 1).unsigned(0, 2);
    out.words([source[3], destination[3]]);
  } else {
    out.unsigned(0x86dd, 2).words([0x6000_0000]).unsigned(length - ipHeader, 2);
    out.unsigned(flow.protocol, 1).unsigned(64, 1).words(source).words(destination);
  }
  if (transport > 0) out.unsigned(flow.src_port, 2).unsigned(flow.dst_port, 2);
  if (flow.protocol === TCP) {
    out.words([1, 1]).unsigned(0x50, 1).unsigned(flow.tcp_flags ?? ACK, 1).words([0xffff_0000])
      .unsigned(0, 2);
  } else if (flow.protocol === UDP) out.unsigned(length - ipHeader, 2).unsigned(0, 2);
  return { headers: out.octets, length: ETHERNET_OCTETS + length };
}

function addressOf(text: string): Uint32Array {
  const words = new Uint32Array(4);
  if (!parseAddress(text, words)) throw new RangeError(`"${text}" is no IP address`);
  return words;
}
