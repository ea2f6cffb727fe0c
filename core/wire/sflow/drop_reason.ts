/** Names of the reason codes, in their order from the first (sFlow drops, October 2020). */
const FROM_0 = "net_unreachable host_unreachable protocol_unreachable port_unreachable " +
  "frag_needed src_route_failed dst_net_unknown dst_host_unknown src_host_isolated " +
  "dst_net_prohibited dst_host_prohibited dst_net_tos_unreachable dst_host_tos_unreacheable " +
  "comm_admin_prohibited host_precedence_violation precedence_cutoff";
const FROM_256 = "unknown ttl_exceeded acl no_buffer_space red traffic_shaping pkt_too_big " +
  "src_mac_is_multicast vlan_tag_mismatch ingress_vlan_filter ingress_spanning_tree_filter " +
  "port_list_is_empty port_loopback_filter blackhole_route non_ip uc_dip_over_mc_dmac " +
  "dip_is_loopback_address sip_is_mc sip_is_loopback_address ip_header_corrupted " +
  "ipv4_sip_is_limited_bc ipv6_mc_dip_reserved_scope ipv6_mc_dip_interface_local_scope " +
  "unresolved_neigh mc_reverse_path_forwarding non_routable_packet decap_error " +
  "overlay_smac_is_mc unknown_l2 unknown_l3 unknown_l3_exception unknown_buffer unknown_tunnel " +
  "unknown_l4 sip_is_unspecified mlag_port_isolation blackhole_arp_neigh src_mac_is_dmac " +
  "dmac_is_reserved sip_is_class_e mc_dmac_mismatch sip_is_dip dip_is_local_network " +
  "dip_is_link_local overlay_smac_is_dmac egress_vlan_filter uc_reverse_path_forwarding " +
  "split_horizon";

const NAMES: ReadonlyMap<number, string> = new Map([
  ...FROM_0.split(" ").map((name, code) => [code, name] as const),
  ...FROM_256.split(" ").map((name, i) => [256 + i, name] as const),
]);

/** Reason codes of forwardingStatus, status "dropped" (RFC 7270 §4.12). */
const STATUS = {
  unknown: 128,
  aclDeny: 129,
  unroutable: 131,
  adjacency: 132,
  fragmentation: 133,
  badHeaderChecksum: 134,
  badTtl: 137,
  policer: 138,
  wred: 139,
  rpf: 140,
} as const;

/** What of them RFC 7270 has a code for; everything else is dropped for a reason unknown to it. */
const STATUS_OF: ReadonlyMap<string, number> = new Map([
  ["net_unreachable", STATUS.unroutable],
  ["host_unreachable", STATUS.unroutable],
  ["dst_net_unknown", STATUS.unroutable],
  ["dst_host_unknown", STATUS.unroutable],
  ["blackhole_route", STATUS.unroutable],
  ["unresolved_neigh", STATUS.adjacency],
  ["blackhole_arp_neigh", STATUS.adjacency],
  ["frag_needed", STATUS.fragmentation],
  ["pkt_too_big", STATUS.fragmentation],
  ["comm_admin_prohibited", STATUS.aclDeny],
  ["acl", STATUS.aclDeny],
  ["ip_header_corrupted", STATUS.badHeaderChecksum],
  ["ttl_exceeded", STATUS.badTtl],
  ["traffic_shaping", STATUS.policer],
  ["red", STATUS.wred],
  ["mc_reverse_path_forwarding", STATUS.rpf],
  ["uc_reverse_path_forwarding", STATUS.rpf],
]);

/** Name of a drop reason in the specification; "unrecognized" where it has none. */
export function dropReasonName(code: number): string {
  return NAMES.get(code) ?? "unrecognized";
}

/** The forwardingStatus octet (IPFIX element 89, RFC 7270 §4.12) that a drop reason comes closest to. */
export function dropForwardingStatus(code: number): number {
  return STATUS_OF.get(dropReasonName(code)) ?? STATUS.unknown;
}
