import type { StoredFieldName } from "../../flow/schema.ts";

/** Length that a template gives a field whose octets say how many they are (RFC 7011 §7). */
export const VARIABLE_LENGTH = 65_535;

/**
 * How the octets of a wire field become a column's value.
 *
 * - `unsigned`: big-endian unsigned integer of 1 to 8 octets (RFC 7011 §6.2)
 * - `counter`: the same, scaled by the sampling rate in force
 * - `ipv4`, `ipv6`, `mac`: 4, 16 and 6 octets
 * - `uptime`: milliseconds of the exporter's uptime, 32 bits; the difference to the header's, or
 *   to the export time where options tell the start, is read as signed, so that it survives the
 *   wrap, flows that are stamped after the header, and flows from before the start
 * - `seconds`, `milliseconds`: since 1970; `ntp`: 32 bits of seconds since 1900 and 32 of fraction
 *   (RFC 7011 §6.1.9 and §6.1.10); `microseconds_ago`: before the export time
 * - `duration_ms`, `duration_us`: lengths of time
 * - `microseconds`: a latency
 * - `high_octet`, `low_octet`: halves of 2 octets, such as ICMP type × 256 + code
 * - `direction`: 0 ingress, 1 egress, anything else not known
 * - `mpls`: label, experimental bits and bottom of stack in 3 octets (RFC 3032 §2.1)
 * - `forwarding`: forwarding status of 1 octet, or of 4 of which the last counts
 * - `juniper_exception`: forwarding status from a common property of Junos: 6 bits of type, of
 *   which 2 is the code of an exception, and the value; 0 is forwarded, anything else dropped
 * - `text`: a string; `vrf`: a number with a name or kept as text; `application`: RFC 6759 §4
 * - `firewall_event`, `nat_event`: number of an event; ordinary traffic where it is none
 */
export type WireKind =
  | "unsigned"
  | "counter"
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
  | "microseconds"
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
  | "nat_event";

/** What a record may say of itself beside its columns. */
export type RecordFact =
  /** 4 or 6: which of two addresses counts. */
  | "ip_version"
  /** One in this many. */
  | "sampling_rate"
  /** Which sampler of the exporter chose the packets. */
  | "sampler_id"
  /** When the exporter started, Unix milliseconds: what `uptime` fields count from in IPFIX. */
  | "boot_ms";

/** Columns and facts are what fields are for. */
export type WireTarget = StoredFieldName | RecordFact;

/** What one field of a record is for. */
export interface WireUse {
  readonly target: WireTarget;
  readonly kind: WireKind;
  /**
   * Which field counts where several have one target: the lowest rank that is known. Counters of
   * one rank belong together: `bytes` and `packets` are taken from one rank where it has both.
   */
  readonly rank?: number;
  /** Row of the record that it goes to, where the record holds both directions; default: both. */
  readonly row?: "forward" | "reverse";
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
