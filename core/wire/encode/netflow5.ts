import { parseAddress } from "../../flow/address.ts";
import {
  V5_FIELDS,
  V5_HEADER as H,
  V5_RECORD_LENGTH,
  type V5FieldName,
  v5Place,
} from "../netflow/v5_fields.ts";
import type { SampleFlow } from "./scenario.ts";

/** Most records of a version 5 datagram. */
export const V5_FLOWS_PER_DATAGRAM = 30;

const PLACE = new Map(V5_FIELDS.map(({ name }) => [name, v5Place(name)]));

/** Writes NetFlow version 5 as one exporter would: uptime and sequence run on. */
export class NetFlow5Encoder {
  readonly #bootMs: number;
  readonly #engineId: number;
  readonly #samplingInterval: number;
  #sequence = 0;

  /**
   * @param options `bootMs`: when the exporter started, Unix milliseconds; `engineId` 0 to 255;
   *   `samplingInterval` 0 to 16383, written with mode 1 when it is not 0
   */
  constructor(
    { bootMs, engineId = 0, samplingInterval = 0 }: {
      bootMs: number;
      engineId?: number;
      samplingInterval?: number;
    },
  ) {
    this.#bootMs = bootMs;
    this.#engineId = engineId;
    this.#samplingInterval = samplingInterval;
  }

  /**
   * Encodes one datagram.
   *
   * @param flows at most V5_FLOWS_PER_DATAGRAM; IPv4 only
   * @param nowMs export time, Unix milliseconds
   */
  encode(flows: readonly SampleFlow[], nowMs: number): Uint8Array {
    const datagram = new Uint8Array(H.length + flows.length * V5_RECORD_LENGTH);
    const view = new DataView(datagram.buffer);
    view.setUint16(0, 5);
    view.setUint16(H.count, flows.length);
    view.setUint32(H.sysUptime, nowMs - this.#bootMs);
    view.setUint32(H.unixSecs, Math.floor(nowMs / 1000));
    view.setUint32(H.unixNsecs, Math.floor(nowMs % 1000) * 1e6);
    view.setUint32(H.flowSequence, this.#sequence);
    view.setUint8(H.engineId, this.#engineId);
    view.setUint16(
      H.samplingInterval,
      this.#samplingInterval === 0 ? 0 : 0x4000 | this.#samplingInterval,
    );
    this.#sequence = (this.#sequence + flows.length) >>> 0;
    flows.forEach((flow, i) => this.#record(view, H.length + i * V5_RECORD_LENGTH, flow));
    return datagram;
  }

  #record(view: DataView, at: number, flow: SampleFlow): void {
    const set = (name: V5FieldName, value: number): void => {
      const { offset, width } = PLACE.get(name)!;
      if (width === 1) view.setUint8(at + offset, value);
      else if (width === 2) view.setUint16(at + offset, value);
      else view.setUint32(at + offset, value);
    };
    set("srcaddr", ipv4(flow.src_addr));
    set("dstaddr", ipv4(flow.dst_addr));
    set("srcport", flow.src_port);
    set("dstport", flow.dst_port);
    set("prot", flow.protocol);
    set("tcp_flags", flow.tcp_flags ?? 0);
    set("dOctets", flow.bytes);
    set("dPkts", flow.packets);
    set("First", flow.start_ms - this.#bootMs);
    set("Last", flow.end_ms - this.#bootMs);
    set("input", 1);
    set("output", 2);
  }
}

function ipv4(text: string): number {
  const words = new Uint32Array(4);
  parseAddress(text, words);
  return words[3];
}
