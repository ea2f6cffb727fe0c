import type { WireKind, WireTarget, WireUse } from "../plan/wire_field.ts";
import { findNetflow9Field } from "./elements/element.ts";
import { latencyUses } from "./latency_map.ts";

/** Enterprise numbers (IANA "Private Enterprise Numbers") that the map names. */
export const PEN = {
  iana: 0,
  cisco: 9,
  juniper: 2636,
  citrix: 5951,
  cert: 6871,
  fortinet: 12_356,
  /** Reverse elements of biflows (RFC 5103 §6.1). */
  reverse: 29_305,
  ntop: 35_632,
  ixia: 3054,
  vmware: 6876,
} as const;

/** NetFlow v9 has field types of 16 bits: from here on exporters number their own. */
const FIRST_V9_TYPE = 32_768;

/** One line of the map: what an element is for. */
interface Row {
  readonly pen: number;
  readonly id: number;
  readonly target: WireTarget;
  readonly kind: WireKind;
  readonly rank?: number;
  readonly row?: "forward" | "reverse";
}

const IANA = PEN.iana;

// deno-fmt-ignore: one row a use reads as the table it is.
const ROWS: readonly Row[] = [
  // Addresses. The version of the header decides where a record has both (TRAPS: one is zero).
  { pen: IANA, id: 130, target: "exporter", kind: "ipv4" },
  { pen: IANA, id: 131, target: "exporter", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 8, target: "src_addr", kind: "ipv4" },
  { pen: IANA, id: 27, target: "src_addr", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 12, target: "dst_addr", kind: "ipv4" },
  { pen: IANA, id: 28, target: "dst_addr", kind: "ipv6", rank: 1 },
  { pen: PEN.cisco, id: 12_236, target: "src_addr", kind: "ipv4", rank: 2 },
  { pen: PEN.cisco, id: 12_238, target: "src_addr", kind: "ipv6", rank: 3 },
  { pen: PEN.cisco, id: 12_237, target: "dst_addr", kind: "ipv4", rank: 2 },
  { pen: PEN.cisco, id: 12_239, target: "dst_addr", kind: "ipv6", rank: 3 },
  { pen: IANA, id: 60, target: "ip_version", kind: "unsigned" },
  { pen: IANA, id: 15, target: "next_hop", kind: "ipv4" },
  { pen: IANA, id: 62, target: "next_hop", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 18, target: "bgp_next_hop", kind: "ipv4" },
  { pen: IANA, id: 63, target: "bgp_next_hop", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 225, target: "nat_src_addr", kind: "ipv4" },
  { pen: IANA, id: 281, target: "nat_src_addr", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 226, target: "nat_dst_addr", kind: "ipv4" },
  { pen: IANA, id: 282, target: "nat_dst_addr", kind: "ipv6", rank: 1 },
  { pen: IANA, id: 227, target: "nat_src_port", kind: "unsigned" },
  { pen: IANA, id: 228, target: "nat_dst_port", kind: "unsigned" },
  // Transport.
  { pen: IANA, id: 4, target: "protocol", kind: "unsigned" },
  { pen: IANA, id: 7, target: "src_port", kind: "unsigned" },
  { pen: IANA, id: 182, target: "src_port", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 180, target: "src_port", kind: "unsigned", rank: 2 },
  { pen: IANA, id: 11, target: "dst_port", kind: "unsigned" },
  { pen: IANA, id: 183, target: "dst_port", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 181, target: "dst_port", kind: "unsigned", rank: 2 },
  { pen: PEN.cisco, id: 12_240, target: "src_port", kind: "unsigned", rank: 3 },
  { pen: PEN.cisco, id: 12_241, target: "dst_port", kind: "unsigned", rank: 3 },
  // Control bits of several fields are or-ed: YAF tells the first packet's from the others'.
  { pen: IANA, id: 6, target: "tcp_flags", kind: "unsigned" },
  { pen: PEN.reverse, id: 6, target: "tcp_flags", kind: "unsigned", row: "reverse" },
  { pen: PEN.cert, id: 14, target: "tcp_flags", kind: "unsigned", row: "forward" },
  { pen: PEN.cert, id: 15, target: "tcp_flags", kind: "unsigned", row: "forward" },
  { pen: PEN.cert, id: 16_398, target: "tcp_flags", kind: "unsigned", row: "reverse" },
  { pen: PEN.cert, id: 16_399, target: "tcp_flags", kind: "unsigned", row: "reverse" },
  { pen: IANA, id: 5, target: "ip_tos", kind: "unsigned" },
  { pen: PEN.reverse, id: 5, target: "ip_tos", kind: "unsigned", row: "reverse" },
  { pen: IANA, id: 176, target: "icmp_type", kind: "unsigned" },
  { pen: IANA, id: 177, target: "icmp_code", kind: "unsigned" },
  { pen: IANA, id: 178, target: "icmp_type", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 179, target: "icmp_code", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 32, target: "icmp_type", kind: "high_octet", rank: 2 },
  { pen: IANA, id: 32, target: "icmp_code", kind: "low_octet", rank: 2 },
  { pen: IANA, id: 139, target: "icmp_type", kind: "high_octet", rank: 3 },
  { pen: IANA, id: 139, target: "icmp_code", kind: "low_octet", rank: 3 },
  // Counters: one rank is one view of the same packets.
  { pen: IANA, id: 1, target: "bytes", kind: "counter", row: "forward" },
  { pen: IANA, id: 2, target: "packets", kind: "counter", row: "forward" },
  { pen: IANA, id: 231, target: "bytes", kind: "counter", rank: 1, row: "forward" },
  { pen: IANA, id: 298, target: "packets", kind: "counter", rank: 1, row: "forward" },
  { pen: IANA, id: 23, target: "bytes", kind: "counter", rank: 2, row: "forward" },
  { pen: IANA, id: 24, target: "packets", kind: "counter", rank: 2, row: "forward" },
  { pen: IANA, id: 85, target: "bytes", kind: "total", rank: 3, row: "forward" },
  { pen: IANA, id: 86, target: "packets", kind: "total", rank: 3, row: "forward" },
  { pen: PEN.reverse, id: 1, target: "bytes", kind: "counter", row: "reverse" },
  { pen: PEN.reverse, id: 2, target: "packets", kind: "counter", row: "reverse" },
  { pen: IANA, id: 232, target: "bytes", kind: "counter", rank: 1, row: "reverse" },
  { pen: IANA, id: 299, target: "packets", kind: "counter", rank: 1, row: "reverse" },
  { pen: PEN.reverse, id: 85, target: "bytes", kind: "total", rank: 3, row: "reverse" },
  { pen: PEN.reverse, id: 86, target: "packets", kind: "total", rank: 3, row: "reverse" },
  { pen: IANA, id: 136, target: "flow_end_reason", kind: "unsigned" },
  { pen: IANA, id: 352, target: "l2_bytes", kind: "counter" },
  { pen: IANA, id: 133, target: "dropped_packets", kind: "counter" },
  // Time.
  { pen: IANA, id: 152, target: "start_at", kind: "milliseconds" },
  { pen: IANA, id: 156, target: "start_at", kind: "ntp", rank: 1 },
  { pen: IANA, id: 154, target: "start_at", kind: "ntp", rank: 2 },
  { pen: IANA, id: 150, target: "start_at", kind: "seconds", rank: 3 },
  { pen: IANA, id: 158, target: "start_at", kind: "microseconds_ago", rank: 4 },
  { pen: IANA, id: 22, target: "start_at", kind: "uptime", rank: 5 },
  { pen: IANA, id: 153, target: "end_at", kind: "milliseconds" },
  { pen: IANA, id: 157, target: "end_at", kind: "ntp", rank: 1 },
  { pen: IANA, id: 155, target: "end_at", kind: "ntp", rank: 2 },
  { pen: IANA, id: 151, target: "end_at", kind: "seconds", rank: 3 },
  { pen: IANA, id: 159, target: "end_at", kind: "microseconds_ago", rank: 4 },
  { pen: IANA, id: 21, target: "end_at", kind: "uptime", rank: 5 },
  { pen: IANA, id: 323, target: "end_at", kind: "milliseconds", rank: 6 },
  { pen: IANA, id: 325, target: "end_at", kind: "ntp", rank: 7 },
  { pen: IANA, id: 324, target: "end_at", kind: "ntp", rank: 8 },
  { pen: IANA, id: 322, target: "end_at", kind: "seconds", rank: 9 },
  { pen: IANA, id: 160, target: "boot_ms", kind: "milliseconds" },
  { pen: IANA, id: 161, target: "duration_ms", kind: "duration_ms" },
  { pen: IANA, id: 162, target: "duration_ms", kind: "duration_us", rank: 1 },
  // Interfaces, routing, layer 2.
  { pen: IANA, id: 10, target: "in_if", kind: "unsigned" },
  { pen: IANA, id: 252, target: "in_if", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 14, target: "out_if", kind: "unsigned" },
  { pen: IANA, id: 253, target: "out_if", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 82, target: "in_if_name", kind: "text" },
  { pen: IANA, id: 83, target: "in_if_name", kind: "text", rank: 1 },
  { pen: IANA, id: 61, target: "direction", kind: "direction" },
  { pen: IANA, id: 16, target: "src_as", kind: "unsigned" },
  { pen: IANA, id: 17, target: "dst_as", kind: "unsigned" },
  { pen: IANA, id: 9, target: "src_prefix_len", kind: "unsigned" },
  { pen: IANA, id: 29, target: "src_prefix_len", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 13, target: "dst_prefix_len", kind: "unsigned" },
  { pen: IANA, id: 30, target: "dst_prefix_len", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 58, target: "vlan", kind: "unsigned" },
  { pen: IANA, id: 243, target: "vlan", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 254, target: "vlan", kind: "unsigned", rank: 2 },
  { pen: IANA, id: 59, target: "vlan", kind: "unsigned", rank: 3 },
  { pen: IANA, id: 236, target: "vrf", kind: "text" },
  { pen: IANA, id: 234, target: "vrf", kind: "vrf", rank: 1 },
  { pen: IANA, id: 235, target: "vrf", kind: "vrf", rank: 2 },
  { pen: IANA, id: 70, target: "mpls_label", kind: "mpls" },
  { pen: IANA, id: 56, target: "src_mac", kind: "mac" },
  { pen: IANA, id: 81, target: "src_mac", kind: "mac", rank: 1 },
  { pen: IANA, id: 80, target: "dst_mac", kind: "mac" },
  { pen: IANA, id: 57, target: "dst_mac", kind: "mac", rank: 1 },
  { pen: IANA, id: 89, target: "forwarding_status", kind: "forwarding" },
  { pen: PEN.juniper, id: 137, target: "forwarding_status", kind: "juniper_exception", rank: 1 },
  // Sampling of the record itself.
  { pen: IANA, id: 34, target: "sampling_rate", kind: "unsigned" },
  { pen: IANA, id: 50, target: "sampling_rate", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 305, target: "sampling_interval", kind: "unsigned" },
  { pen: IANA, id: 306, target: "sampling_space", kind: "unsigned" },
  { pen: IANA, id: 309, target: "sampling_size", kind: "unsigned" },
  { pen: IANA, id: 310, target: "sampling_population", kind: "unsigned" },
  { pen: IANA, id: 302, target: "sampler_id", kind: "unsigned" },
  { pen: IANA, id: 48, target: "sampler_id", kind: "unsigned", rank: 1 },
  // Sections of a packet (RFC 5477 §8.5), and what NetFlow v9 had before them.
  { pen: IANA, id: 315, target: "packet", kind: "frame" },
  { pen: IANA, id: 104, target: "packet", kind: "frame" },
  { pen: IANA, id: 313, target: "packet", kind: "ip_packet" },
  { pen: IANA, id: 316, target: "packet", kind: "mpls_stack" },
  { pen: IANA, id: 317, target: "packet", kind: "mpls_payload" },
  { pen: IANA, id: 409, target: "section_offset", kind: "unsigned" },
  { pen: IANA, id: 102, target: "section_offset", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 410, target: "section_octets", kind: "unsigned" },
  { pen: IANA, id: 103, target: "section_octets", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 408, target: "frame_type", kind: "unsigned" },
  { pen: IANA, id: 312, target: "frame_length", kind: "unsigned" },
  // Events and applications.
  { pen: IANA, id: 233, target: "event", kind: "firewall_event" },
  { pen: IANA, id: 40_005, target: "event", kind: "firewall_event", rank: 1 },
  { pen: IANA, id: 33_002, target: "event", kind: "firewall_reason", rank: 2 },
  { pen: IANA, id: 230, target: "event", kind: "nat_event", rank: 3 },
  { pen: IANA, id: 96, target: "application", kind: "text" },
  { pen: IANA, id: 95, target: "application", kind: "application", rank: 1 },
  // Retransmitted packets of both directions, added up; the round-trip time is of both too.
  { pen: PEN.ntop, id: 109, target: "retransmits", kind: "unsigned", row: "forward" },
  { pen: PEN.ntop, id: 110, target: "retransmits", kind: "unsigned", row: "forward" },
  { pen: PEN.cisco, id: 9268, target: "retransmits", kind: "unsigned", row: "forward" },
  { pen: PEN.cisco, id: 9270, target: "retransmits", kind: "unsigned", row: "forward" },
  { pen: PEN.ixia, id: 282, target: "retransmits", kind: "unsigned", row: "forward" },
  { pen: PEN.vmware, id: 959, target: "retransmits", kind: "unsigned", row: "forward" },
  // NAT addresses of Cisco ASA (NSEL).
  { pen: IANA, id: 40_001, target: "nat_src_addr", kind: "ipv4", rank: 2 },
  { pen: IANA, id: 40_002, target: "nat_dst_addr", kind: "ipv4", rank: 2 },
  { pen: IANA, id: 40_003, target: "nat_src_port", kind: "unsigned", rank: 1 },
  { pen: IANA, id: 40_004, target: "nat_dst_port", kind: "unsigned", rank: 1 },
];

/** Comes before what the record says of both its directions. */
const OF_ITS_OWN = -1;

/** What else may be told of the reverse direction of a biflow (RFC 5103), as for the forward one. */
const REVERSED: readonly Pick<Row, "id" | "target">[] = [
  ...[150, 152, 154, 156, 158, 22].map((id) => ({ id, target: "start_at" as const })),
  ...[151, 153, 155, 157, 159, 21].map((id) => ({ id, target: "end_at" as const })),
  ...[161, 162].map((id) => ({ id, target: "duration_ms" as const })),
  { id: 10, target: "in_if" },
  { id: 14, target: "out_if" },
  { id: 15, target: "next_hop" },
  { id: 62, target: "next_hop" },
  { id: 58, target: "vlan" },
  { id: 61, target: "direction" },
  { id: 89, target: "forwarding_status" },
  { id: 133, target: "dropped_packets" },
  { id: 352, target: "l2_bytes" },
];

/** What elements are for, by enterprise number and element id. */
export class FieldMap {
  readonly #uses = new Map<string, WireUse[]>();

  constructor() {
    for (const { pen, id, ...use } of ROWS) this.#add(pen, id, use);
    for (const { id, target } of REVERSED) {
      const { kind } = this.uses(IANA, id)!.find((use) => use.target === target)!;
      this.#add(PEN.reverse, id, { target, kind, rank: OF_ITS_OWN, row: "reverse" });
    }
    for (const { pen, id, use } of latencyUses()) this.#add(pen, id, use);
  }

  /**
   * What an element is for.
   *
   * @param pen enterprise number, 0 for IANA's own and NetFlow v9's field types
   * @param id element id without the enterprise bit; field types from 32768 on are only v9's
   */
  uses(pen: number, id: number): readonly WireUse[] | undefined {
    const own = this.#uses.get(`${pen}.${id}`);
    if (own !== undefined || pen !== PEN.iana || id < FIRST_V9_TYPE) return own;
    const element = findNetflow9Field(id);
    return element === undefined || element.enterprise === PEN.iana
      ? undefined
      : this.#uses.get(`${element.enterprise}.${element.id}`);
  }

  #add(pen: number, id: number, use: WireUse): void {
    const key = `${pen}.${id}`;
    const known = this.#uses.get(key);
    if (known === undefined) this.#uses.set(key, [use]);
    else known.push(use);
  }
}
