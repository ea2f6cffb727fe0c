import { IPFIX_EXPORT, IPFIX_FLOWS_PER_DATAGRAM } from "./ipfix.ts";
import { encodeJson, JSON_FLOWS_PER_DATAGRAM } from "./json.ts";
import { NetFlow5Encoder, V5_FLOWS_PER_DATAGRAM } from "./netflow5.ts";
import { NETFLOW9_EXPORT, V9_FLOWS_PER_DATAGRAM } from "./netflow9.ts";
import type { SampleFlow } from "./scenario.ts";
import { SFLOW_SAMPLES_PER_DATAGRAM, SflowEncoder } from "./sflow.ts";
import { TemplatedEncoder } from "./templated_encoder.ts";

/** What writes flows as datagrams of one exporter. */
export interface FlowEncoder {
  encode(flows: readonly SampleFlow[], nowMs: number): Uint8Array;
}

/** A format that sample traffic can be sent in. */
export interface SampleFormatRow {
  /** Default port of a collector that takes it. */
  readonly port: number;
  readonly flowsPerDatagram: number;
  readonly carriesLatency: boolean;
  /** Sets up an exporter that started at `bootMs`, Unix milliseconds. */
  readonly start: (bootMs: number) => FlowEncoder;
}

/** Name of a format. */
export type SampleFormat = "json" | "netflow5" | "netflow9" | "ipfix" | "sflow";

/** The formats that sample traffic can be sent in. */
export const SAMPLE_FORMATS: Readonly<Record<SampleFormat, SampleFormatRow>> = {
  json: {
    port: 6343,
    flowsPerDatagram: JSON_FLOWS_PER_DATAGRAM,
    carriesLatency: true,
    start: () => ({ encode: encodeJson }),
  },
  netflow5: {
    port: 2055,
    flowsPerDatagram: V5_FLOWS_PER_DATAGRAM,
    carriesLatency: false,
    start: (bootMs) => new NetFlow5Encoder({ bootMs }),
  },
  netflow9: {
    port: 2055,
    flowsPerDatagram: V9_FLOWS_PER_DATAGRAM,
    carriesLatency: false,
    start: (bootMs) => new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs }),
  },
  ipfix: {
    port: 4739,
    flowsPerDatagram: IPFIX_FLOWS_PER_DATAGRAM,
    carriesLatency: false,
    start: (bootMs) => new TemplatedEncoder(IPFIX_EXPORT, { bootMs }),
  },
  sflow: {
    port: 6343,
    flowsPerDatagram: SFLOW_SAMPLES_PER_DATAGRAM,
    carriesLatency: true,
    start: (bootMs) => new SflowEncoder({ bootMs }),
  },
};
