import type { StoredFieldName } from "../../flow/schema.ts";

/** Length that a template gives a field whose octets say how many they are (RFC 7011 §7). */
export const VARIABLE_LENGTH = 65_535;

/**
 * How the octets of a wire field become a column's value.
 *
 * - `unsigned`: big-endian unsigned integer of 1 to 8 octets (RFC 7011 §6.2)
 * - `counter`: the same, scaled by the sampling rate in force
 * - `total`: a counter since the flow began: what it has grown by since the flow's last record
 * - `ipv4`, `ipv6`, `mac`: 4, 16 and 6 octets
 * - `uptime`: milliseconds of the exporter's uptime, 32 bits; the difference to the header's, or
 *   to the export time where options tell the start, is read as signed, so that it survives the
 *   wrap, flows that are stamped after the header, and flows from before the start
 * - `seconds`, `milliseconds`: since 1970; `ntp`: 32 bits of seconds since 1900 and 32 of fraction
 *   (RFC 7011 §6.1.9 and §6.1.10), or what `readNtp()` makes of it; `microseconds_ago`: before the
 *   export time
 * - `duration_ms`, `duration_us`: lengths of time
 * - `latency`: one field of a measurement
 * - `high_octet`, `low_octet`: halves of 2 octets, such as ICMP type × 256 + code
 * - `direction`: 0 ingress, 1 egress, anything else not known
 * - `mpls`: label, experimental bits and bottom of stack in 3 octets (RFC 3032 §2.1)
 * - `forwarding`: forwarding status of 1 octet, or of 4 of which the last counts
 * - `juniper_exception`: forwarding status from a common property of Junos: 6 bits of type, of
 *   which 2 is the code of an exception, and the value; 0 is forwarded, anything else dropped
 * - `text`: a string; `vrf`: a number with a name or kept as text; `application`: RFC 6759 §4
 * - `frame`, `ip_packet`, `mpls_stack`, `mpls_payload`: the first octets of a packet, by what they
 *   begin with (RFC 5477 §8.5); the fact `packet` alone is read from them
 * - `firewall_event`, `nat_event`: number of an event; ordinary traffic where it is none;
 *   `firewall_reason`: why there was one
 */
export type WireKind =
  | "unsigned"
  | "counter"
  | "total"
  | "ipv4"
  | "ipv6"
  | "mac"
  | "uptime"
  | "seconds"
  | "milliseconds"
  | "ntp"
  | "microseconds_ago"
  | "duration_ms"
  | "duration_us"
  | "latency"
  | "high_octet"
  | "low_octet"
  | "direction"
  | "mpls"
  | "forwarding"
  | "juniper_exception"
  | "text"
  | "vrf"
  | "application"
  | "firewall_event"
  | "firewall_reason"
  | "nat_event"
  | SectionKind;

/** Kinds of packet sections. */
export type SectionKind = "frame" | "ip_packet" | "mpls_stack" | "mpls_payload";

/** What a record may say of itself beside its columns. */
export type RecordFact =
  /** 4 or 6: which of two addresses counts. */
  | "ip_version"
  /** One in this many. */
  | "sampling_rate"
  /** Packets in a row that are seen, and those that are left out behind them (RFC 5477 §8.2.2). */
  | "sampling_interval"
  | "sampling_space"
  /** So many packets are seen, out of this many (RFC 5477 §8.2.6). */
  | "sampling_size"
  | "sampling_population"
  /** Which sampler of the exporter chose the packets. */
  | "sampler_id"
  /** When the exporter started, Unix milliseconds: what `uptime` fields count from in IPFIX. */
  | "boot_ms"
  /** First octets of the packet that the record is about: they give what the record does not say. */
  | "packet"
  /** Where in the packet those octets begin, how many of them are no padding, and of what link. */
  | "section_offset"
  | "section_octets"
  | "frame_type"
  /** Octets of the whole frame. */
  | "frame_length"
  /** Why the flow's record was exported (IANA flowEndReason). */
  | "flow_end_reason";

/** Columns and facts are what fields are for. */
export type WireTarget = StoredFieldName | RecordFact;

/** A latency that some exporters measure: a field, or the sum of several, or of many samples. */
export interface LatencyMeasure {
  /** What `latency_source` says: a word that never changes. */
  readonly source: string;
  /** Milliseconds of one unit of the sum of its terms. */
  readonly unitMs: number;
  /** Fields that are added up. */
  readonly terms: number;
  /** Whether a further field says how many samples the terms are sums of. */
  readonly averaged: boolean;
}

/** What one field of a record is for. */
export interface WireUse {
  readonly target: WireTarget;
  readonly kind: WireKind;
  /**
   * Which field counts where several have one target: the lowest rank that is known. Counters of
   * one rank belong together: `bytes` and `packets` are taken from one rank where it has both, and
   * so are the fields of one latency.
   */
  readonly rank?: number;
  /** Row of the record that it goes to, where the record holds both directions; default: both. */
  readonly row?: "forward" | "reverse";
  /** Of `latency`: the measurement, and what the field is in it. */
  readonly measure?: LatencyMeasure;
  readonly part?: "term" | "samples";
}

/** One field of a record on the wire. */
export interface WireField {
  /** Name in the specification. */
  readonly name: string;
  /** Octets, or VARIABLE_LENGTH. */
  readonly width: number;
  /** What it is for; nothing where flow-agent keeps no such thing. */
  readonly uses?: readonly WireUse[];
}
