import type { LatencyMeasure, WireUse } from "../plan/wire_field.ts";

/** An element: enterprise number and id. */
type ElementKey = readonly [pen: number, id: number];

/** A latency that exporters measure, and the elements that carry it. */
interface Measurement {
  /** What `latency_source` says: a word that never changes. */
  readonly source: string;
  /** What is measured, for the docs. */
  readonly what: string;
  /** Milliseconds of one unit. */
  readonly unitMs: number;
  /** Elements that are added up. */
  readonly terms: readonly ElementKey[];
  /** Element that says how many samples the terms are sums of; the first that is there. */
  readonly samples?: readonly ElementKey[];
}

const IANA = 0;
const CISCO = 9;
const IXIA = 3054;
const NETSCALER = 5951;
const CERT = 6871;
const VMWARE = 6876;
const NTOP = 35_632;

/**
 * What counts where a record has several: round trips of the network first, then the parts of one,
 * then what a client waits for the answer.
 *
 * ntop's client and server latency are each half of a round trip between nProbe and that end
 * (ntop, "nProbe, Flow Information Elements"), so that twice their sum is the whole one. Cisco's network
 * times are measured on the handshakes of new connections, its response times on requests and
 * their first answers (Cisco, "AVC Metric Definition Guide"): sums, to be divided by how many there
 * were. YAF's is the time from the first packet to the first of the other direction. Streamcore
 * does not publish its unit; its values make sense as milliseconds only. Procera's round-trip times (15397,
 * 11 and 12) and Citrix's other ones have units that nobody publishes: they stay elements.
 */
// deno-fmt-ignore: one row a measurement reads as the table it is.
export const LATENCY_MEASUREMENTS: readonly Measurement[] = [
  { source: "ntop_network", what: "round trip between client and server (nProbe)", unitMs: 2, terms: [[NTOP, 123], [NTOP, 124]] },
  { source: "cisco_art_network", what: "round trip between client and server, mean of the new connections (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9313]], samples: [[IANA, 278], [CISCO, 9282]] },
  { source: "yaf_rtt", what: "round trip of the first packets (YAF)", unitMs: 1, terms: [[CERT, 21]] },
  { source: "ixia_rtt", what: "mean round trip of the connection (Ixia, Keysight)", unitMs: 0.001, terms: [[IXIA, 283]] },
  { source: "ixia_quic_rtt", what: "round trip of a QUIC connection (Ixia, Keysight)", unitMs: 0.001, terms: [[IXIA, 286]] },
  { source: "netscaler_rtt", what: "round trip of the TCP connection (Citrix AppFlow)", unitMs: 1, terms: [[NETSCALER, 128]] },
  { source: "streamcore_wan_rtt", what: "round trip of the WAN (Streamcore, NetFlow 9)", unitMs: 1, terms: [[IANA, 8192]] },
  { source: "vmware_average", what: "mean latency of the flow (VMware NSX)", unitMs: 0.001, terms: [[VMWARE, 958]] },
  { source: "ntop_client", what: "round trip between client and probe (nProbe)", unitMs: 2, terms: [[NTOP, 123]] },
  { source: "ntop_server", what: "round trip between probe and server (nProbe)", unitMs: 2, terms: [[NTOP, 124]] },
  { source: "cisco_art_client", what: "round trip between client and router, mean of the new connections (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9316]], samples: [[IANA, 278], [CISCO, 9282]] },
  { source: "cisco_art_server", what: "round trip between router and server, mean of the new connections (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9319]], samples: [[IANA, 278], [CISCO, 9282]] },
  { source: "path_delay", what: "mean delay on the path so far, one way (IOAM, RFC 9951)", unitMs: 0.001, terms: [[IANA, 530]] },
  { source: "ixia_latency", what: "latency of the flow (Ixia, Keysight)", unitMs: 0.001, terms: [[IXIA, 188]] },
  { source: "cisco_art_total", what: "from request to answer at the client, mean of the answers (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9309]], samples: [[CISCO, 9292]] },
  { source: "cisco_art_response", what: "from request to answer at the router, mean of the answers (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9303]], samples: [[CISCO, 9292]] },
  { source: "cisco_art_application", what: "the server's own part of the answer, mean of the answers (Cisco AVC)", unitMs: 1, terms: [[CISCO, 9306]], samples: [[CISCO, 9292]] },
  { source: "streamcore_response", what: "total response time of the application (Streamcore, NetFlow 9)", unitMs: 1, terms: [[IANA, 8194]] },
  { source: "ntop_application", what: "from request to answer at the probe (nProbe)", unitMs: 1, terms: [[NTOP, 125]] },
  { source: "netscaler_ttfb", what: "from request to the first octet of the server's answer (Citrix AppFlow)", unitMs: 0.001, terms: [[NETSCALER, 146]] },
  { source: "ixia_response", what: "response time of an application over TCP (Ixia, Keysight)", unitMs: 0.001, terms: [[IXIA, 281]] },
  { source: "ixia_udp_response", what: "mean response time over UDP (Ixia, Keysight)", unitMs: 0.001, terms: [[IXIA, 284]] },
];

/**
 * What elements are for where they carry a latency. Of a record with two rows the first alone has
 * it, so that no sample counts twice.
 */
export function latencyUses(): { pen: number; id: number; use: WireUse }[] {
  return LATENCY_MEASUREMENTS.flatMap(({ source, unitMs, terms, samples = [] }, rank) => {
    const measure: LatencyMeasure = {
      source,
      unitMs,
      terms: terms.length,
      averaged: samples.length > 0,
    };
    const use = (part: "term" | "samples") => ([pen, id]: ElementKey) => ({
      pen,
      id,
      use: { target: "latency_ms", kind: "latency", rank, row: "forward", measure, part } as const,
    });
    return [...terms.map(use("term")), ...samples.map(use("samples"))];
  });
}
