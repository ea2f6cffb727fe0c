import { fieldsOf, type Structure, structureNumber, type XdrField } from "./structure.ts";

const ETHERNET: readonly XdrField[] = [
  ["length", "u32"],
  ["src_mac", "mac"],
  ["dst_mac", "mac"],
  ["type", "u32"],
];
const IPV4: readonly XdrField[] = [
  ["length", "u32"],
  ["protocol", "u32"],
  ["src_ip", "ipv4"],
  ["dst_ip", "ipv4"],
  ["src_port", "u32"],
  ["dst_port", "u32"],
  ["tcp_flags", "u32"],
  ["tos", "u32"],
];
const IPV6: readonly XdrField[] = [
  ["length", "u32"],
  ["protocol", "u32"],
  ["src_ip", "ipv6"],
  ["dst_ip", "ipv6"],
  ["src_port", "u32"],
  ["dst_port", "u32"],
  ["tcp_flags", "u32"],
  ["priority", "u32"],
];
const CONTEXT = fieldsOf("string", "application operation attributes");

function socket(family: "ipv4" | "ipv6"): XdrField[] {
  return [
    ["protocol", "u32"],
    ["local_ip", family],
    ["remote_ip", family],
    ["local_port", "u32"],
    ["remote_port", "u32"],
  ];
}

/** Numbers of the structures that rows are written from. */
export const FLOW = {
  sampledHeader: 1,
  sampledEthernet: 2,
  sampledIpv4: 3,
  sampledIpv6: 4,
  extendedSwitch: 1001,
  extendedRouter: 1002,
  extendedGateway: 1003,
  extendedMpls: 1006,
  extendedNat: 1007,
  extendedVlanTunnel: 1012,
  extendedNatPort: 1020,
  extendedVlanIn: 1034,
  extendedTransit: 1039,
  transaction: 2000,
  extendedSocketIpv4: 2100,
  extendedSocketIpv6: 2101,
  memcacheOperation: 2200,
  appOperation: 2202,
  httpRequest: 2206,
  extendedTcpInfo: 2209,
} as const;

// deno-fmt-ignore: one row a structure reads as the table it is.
const STANDARD: readonly (readonly [format: number, name: string, fields: readonly XdrField[]])[] = [
  // sFlow Version 5 (sflow.org, July 2004), section 5.
  [FLOW.sampledHeader, "sampled_header", [["protocol", "u32"], ["frame_length", "u32"], ["stripped", "u32"], ["header", "header"]]],
  [FLOW.sampledEthernet, "sampled_ethernet", ETHERNET],
  [FLOW.sampledIpv4, "sampled_ipv4", IPV4],
  [FLOW.sampledIpv6, "sampled_ipv6", IPV6],
  [FLOW.extendedSwitch, "extended_switch", fieldsOf("u32", "src_vlan src_priority dst_vlan dst_priority")],
  [FLOW.extendedRouter, "extended_router", [["nexthop", "address"], ...fieldsOf("u32", "src_mask_len dst_mask_len")]],
  [FLOW.extendedGateway, "extended_gateway", [
    ["nexthop", "address"], ...fieldsOf("u32", "as src_as src_peer_as"),
    ["dst_as_path", [["type", "u32"], ["as", "words"]]], ["communities", "words"], ["localpref", "u32"],
  ]],
  [1004, "extended_user", [["src_charset", "u32"], ["src_user", "string"], ["dst_charset", "u32"], ["dst_user", "string"]]],
  [1005, "extended_url", [["direction", "u32"], ["url", "string"], ["host", "string"]]],
  [FLOW.extendedMpls, "extended_mpls", [["nexthop", "address"], ["in_stack", "words"], ["out_stack", "words"]]],
  [FLOW.extendedNat, "extended_nat", [["src_address", "address"], ["dst_address", "address"]]],
  [1008, "extended_mpls_tunnel", [["tunnel_lsp_name", "string"], ["tunnel_id", "u32"], ["tunnel_cos", "u32"]]],
  [1009, "extended_mpls_vc", [["vc_instance_name", "string"], ["vll_vc_id", "u32"], ["vc_label_cos", "u32"]]],
  [1010, "extended_mpls_FTN", [["mplsFTNDescr", "string"], ["mplsFTNMask", "u32"]]],
  [1011, "extended_mpls_LDP_FEC", [["mplsFecAddrPrefixLength", "u32"]]],
  [FLOW.extendedVlanTunnel, "extended_vlantunnel", [["stack", "words"]]],
  // sFlow 802.11 Structures (November 2007).
  [1013, "extended_80211_payload", [["ciphersuite", "u32"], ["data", "opaque"]]],
  [1014, "extended_80211_rx", [["ssid", "string"], ["bssid", "mac"], ...fieldsOf("u32", "version channel"), ["speed", "u64"], ...fieldsOf("u32", "rsni rcpi packet_duration")]],
  [1015, "extended_80211_tx", [["ssid", "string"], ["bssid", "mac"], ...fieldsOf("u32", "version transmissions packet_duration retrans_duration channel"), ["speed", "u64"], ["power", "u32"]]],
  [1016, "extended_80211_aggregation", [["pdus", [["flow_records", [["format", "u32"], ["data", "opaque"]]]]]]],
  // Draft of the OpenFlow structures; RFC 4625; queue length (discussion list).
  [1017, "extended_openflow_v1", [["flow_cookie", "u64"], ["flow_match", "u32"], ["flow_actions", "u32"]]],
  [1018, "extended_fc", fieldsOf("u32", "src_mask_len dst_mask_len next_hop metric")],
  [1019, "extended_queue_length", fieldsOf("u32", "queueIndex queueLength")],
  // sFlow Port NAT Structures.
  [FLOW.extendedNatPort, "extended_nat_port", fieldsOf("u32", "src_port dst_port")],
  // sFlow Tunnel Structures (October 2012).
  [1021, "extended_L2_tunnel_egress", ETHERNET],
  [1022, "extended_L2_tunnel_ingress", ETHERNET],
  [1023, "extended_ipv4_tunnel_egress", IPV4],
  [1024, "extended_ipv4_tunnel_ingress", IPV4],
  [1025, "extended_ipv6_tunnel_egress", IPV6],
  [1026, "extended_ipv6_tunnel_ingress", IPV6],
  [1027, "extended_decapsulate_egress", [["inner_header_offset", "u32"]]],
  [1028, "extended_decapsulate_ingress", [["inner_header_offset", "u32"]]],
  [1029, "extended_vni_egress", [["vni", "u32"]]],
  [1030, "extended_vni_ingress", [["vni", "u32"]]],
  // sFlow InfiniBand Structures (draft 2); a GID has the sixteen octets of an IPv6 address.
  [1031, "extended_ib_lrh", fieldsOf("u32", "src_vl src_sl src_dlid src_slid src_lnh dst_vl dst_sl dst_dlid dst_slid dst_lnh")],
  [1032, "extended_ib_grh", [["flow_label", "u32"], ["tc", "u32"], ["s_gid", "ipv6"], ["d_gid", "ipv6"], ["next_header", "u32"], ["length", "u32"]]],
  [1033, "extended_ib_bth", fieldsOf("u32", "pkey dst_qp opcode")],
  [FLOW.extendedVlanIn, "extended_vlanin", [["stack", "words"]]],
  [1035, "extended_vlanout", [["stack", "words"]]],
  // sFlow Dropped Packet Notification Structures (October 2020); 1041 and 1042 as hsflowd has them.
  [1036, "extended_egress_queue", [["queue", "u32"]]],
  [1037, "extended_acl", [["number", "u32"], ["name", "string"], ["direction", "u32"]]],
  [1038, "extended_function", [["symbol", "string"]]],
  [1041, "extended_hw_trap", fieldsOf("string", "group trap")],
  [1042, "extended_linux_drop_reason", [["reason", "string"]]],
  // sFlow Transit Delay Structures (March 2021).
  [FLOW.extendedTransit, "extended_transit", [["delay", "u32"]]],
  [1040, "extended_queue", [["depth", "u32"]]],
  // Application transactions (discussion list), sFlow Host (July 2010), HTTP, Application, Memcache.
  [FLOW.transaction, "transaction", [...fieldsOf("u32", "direction wait duration status"), ...fieldsOf("u64", "bytes_received bytes_send")]],
  [2001, "extended_nfs_storage_transaction", [["path", "string"], ["operation", "u32"], ["status", "u32"]]],
  [2002, "extended_scsi_storage_transaction", fieldsOf("u32", "lun operation status")],
  [2003, "extended_http_transaction", [...fieldsOf("string", "url host referer useragent user"), ["status", "u32"]]],
  [FLOW.extendedSocketIpv4, "extended_socket_ipv4", socket("ipv4")],
  [FLOW.extendedSocketIpv6, "extended_socket_ipv6", socket("ipv6")],
  [2102, "extended_proxy_socket_ipv4", socket("ipv4")],
  [2103, "extended_proxy_socket_ipv6", socket("ipv6")],
  [FLOW.memcacheOperation, "memcache_operation", [...fieldsOf("u32", "protocol cmd"), ["key", "string"], ...fieldsOf("u32", "nkeys value_bytes uS status")]],
  [FLOW.appOperation, "app_operation", [...CONTEXT, ["status_descr", "string"], ["req_bytes", "u64"], ["resp_bytes", "u64"], ["uS", "u32"], ["status", "u32"]]],
  [2203, "app_parent_context", CONTEXT],
  [2204, "app_initiator", [["actor", "string"]]],
  [2205, "app_target", [["actor", "string"]]],
  [FLOW.httpRequest, "http_request", [...fieldsOf("u32", "method protocol"), ...fieldsOf("string", "uri host referer useragent xff authuser mime_type"), ["req_bytes", "u64"], ["resp_bytes", "u64"], ["uS", "u32"], ["status", "i32"]]],
  [2207, "extended_proxy_request", fieldsOf("string", "uri host")],
  [2208, "extended_nav_timing", fieldsOf("u32", `type redirectCount navigationStart unloadEventStart unloadEventEnd redirectStart redirectEnd fetchStart
    domainLookupStart domainLookupEnd connectStart connectEnd secureConnectionStart requestStart responseStart responseEnd domLoading domInteractive
    domContentLoadedEventStart domContentLoadedEventEnd domComplete loadEventStart loadEventEnd`)],
  [FLOW.extendedTcpInfo, "extended_tcp_info", fieldsOf("u32", "dir snd_mss rcv_mss unacked lost retrans pmtu rtt rttvar snd_cwnd reordering min_rtt")],
  [2210, "extended_entities", fieldsOf("u32", "src_ds_class src_ds_index dst_ds_class dst_ds_index")],
];

/** The structures of flow records that are known, by number. */
export const FLOW_STRUCTURES: ReadonlyMap<number, Structure> = new Map([
  ...STANDARD.map(([format, name, fields]) => [format, { name, fields }] as const),
  // Broadcom (sFlow Broadcom Switch ASIC Buffer Structures).
  [structureNumber(4413, 1), {
    name: "extended_bst_egress_queue",
    fields: fieldsOf("u32", "queue"),
  }],
]);
