import { fieldsOf, type Structure, structureNumber, type XdrField } from "./structure.ts";

const INTERFACE_IO = [
  ["rx_bytes", "u64"],
  ...fieldsOf("u32", "rx_packets rx_errs rx_drop"),
  ["tx_bytes", "u64"],
  ...fieldsOf("u32", "tx_packets tx_errs tx_drop"),
] as const satisfies readonly XdrField[];

// deno-fmt-ignore: one row a structure reads as the table it is.
const STANDARD: readonly (readonly [format: number, name: string, fields: readonly XdrField[]])[] = [
  // sFlow Version 5 (sflow.org, July 2004), section 5.
  [1, "if_counters", [
    ...fieldsOf("u32", "ifIndex ifType"), ["ifSpeed", "u64"], ...fieldsOf("u32", "ifDirection ifStatus"),
    ["ifInOctets", "u64"], ...fieldsOf("u32", "ifInUcastPkts ifInMulticastPkts ifInBroadcastPkts ifInDiscards ifInErrors ifInUnknownProtos"),
    ["ifOutOctets", "u64"], ...fieldsOf("u32", "ifOutUcastPkts ifOutMulticastPkts ifOutBroadcastPkts ifOutDiscards ifOutErrors ifPromiscuousMode"),
  ]],
  [2, "ethernet_counters", fieldsOf("u32", `dot3StatsAlignmentErrors dot3StatsFCSErrors dot3StatsSingleCollisionFrames dot3StatsMultipleCollisionFrames
    dot3StatsSQETestErrors dot3StatsDeferredTransmissions dot3StatsLateCollisions dot3StatsExcessiveCollisions dot3StatsInternalMacTransmitErrors
    dot3StatsCarrierSenseErrors dot3StatsFrameTooLongs dot3StatsInternalMacReceiveErrors dot3StatsSymbolErrors`)],
  [3, "tokenring_counters", fieldsOf("u32", `dot5StatsLineErrors dot5StatsBurstErrors dot5StatsACErrors dot5StatsAbortTransErrors dot5StatsInternalErrors
    dot5StatsLostFrameErrors dot5StatsReceiveCongestions dot5StatsFrameCopiedErrors dot5StatsTokenErrors dot5StatsSoftErrors dot5StatsHardErrors
    dot5StatsSignalLoss dot5StatsTransmitBeacons dot5StatsRecoverys dot5StatsLobeWires dot5StatsRemoves dot5StatsSingles dot5StatsFreqErrors`)],
  [4, "vg_counters", [
    ["dot12InHighPriorityFrames", "u32"], ["dot12InHighPriorityOctets", "u64"], ["dot12InNormPriorityFrames", "u32"], ["dot12InNormPriorityOctets", "u64"],
    ...fieldsOf("u32", "dot12InIPMErrors dot12InOversizeFrameErrors dot12InDataErrors dot12InNullAddressedFrames dot12OutHighPriorityFrames"),
    ["dot12OutHighPriorityOctets", "u64"], ["dot12TransitionIntoTrainings", "u32"],
    ...fieldsOf("u64", "dot12HCInHighPriorityOctets dot12HCInNormPriorityOctets dot12HCOutHighPriorityOctets"),
  ]],
  [5, "vlan_counters", [["vlan_id", "u32"], ["octets", "u64"], ...fieldsOf("u32", "ucastPkts multicastPkts broadcastPkts discards")]],
  // sFlow 802.11 Structures (November 2007).
  [6, "ieee80211_counters", fieldsOf("u32", `dot11TransmittedFragmentCount dot11MulticastTransmittedFrameCount dot11FailedCount dot11RetryCount
    dot11MultipleRetryCount dot11FrameDuplicateCount dot11RTSSuccessCount dot11RTSFailureCount dot11ACKFailureCount dot11ReceivedFragmentCount
    dot11MulticastReceivedFrameCount dot11FCSErrorCount dot11TransmittedFrameCount dot11WEPUndecryptableCount dot11QoSDiscardedFragmentCount
    dot11AssociatedStationCount dot11QoSCFPollsReceivedCount dot11QoSCFPollsUnusedCount dot11QoSCFPollsUnusableCount dot11QoSCFPollsLostCount`)],
  // sFlow LAG Counters Structure (September 2012).
  [7, "lag_port_stats", [
    ["dot3adAggPortActorSystemID", "mac"], ["dot3adAggPortPartnerOperSystemID", "mac"],
    ...fieldsOf("u32", `dot3adAggPortAttachedAggID dot3adAggPortState dot3adAggPortStatsLACPDUsRx dot3adAggPortStatsMarkerPDUsRx
      dot3adAggPortStatsMarkerResponsePDUsRx dot3adAggPortStatsUnknownRx dot3adAggPortStatsIllegalRx dot3adAggPortStatsLACPDUsTx
      dot3adAggPortStatsMarkerPDUsTx dot3adAggPortStatsMarkerResponsePDUsTx`),
  ]],
  // sFlow Optical Interface Structures (February 2016).
  [10, "sfp", [
    ...fieldsOf("u32", "module_id module_num_lanes module_supply_voltage"), ["module_temperature", "i32"],
    ["lanes", fieldsOf("u32", "index tx_bias_current tx_power tx_power_min tx_power_max tx_wavelength rx_power rx_power_min rx_power_max rx_wavelength")],
  ]],
  [1001, "processor", [...fieldsOf("u32", "5s_cpu 1m_cpu 5m_cpu"), ...fieldsOf("u64", "total_memory free_memory")]],
  [1002, "radio_utilization", fieldsOf("u32", "elapsed_time on_channel_time on_channel_busy_time")],
  [1004, "of_port", [["datapath_id", "u64"], ["port_no", "u32"]]],
  [1005, "port_name", [["name", "string"]]],
  // sFlow Host Structures (July 2010); 2007 to 2010 are the groups of MIB-II (RFC 1213).
  [2000, "host_descr", [["hostname", "string"], ["uuid", "uuid"], ["machine_type", "u32"], ["os_name", "u32"], ["os_release", "string"]]],
  [2001, "host_adapters", [["adapters", [["ifIndex", "u32"], ["mac_addresses", [["mac_address", "mac"]]]]]]],
  [2002, "host_parent", fieldsOf("u32", "container_type container_index")],
  [2003, "host_cpu", [...fieldsOf("float", "load_one load_five load_fifteen"), ...fieldsOf("u32", `proc_run proc_total cpu_num cpu_speed uptime cpu_user cpu_nice
    cpu_system cpu_idle cpu_wio cpu_intr cpu_sintr interrupts contexts cpu_steal cpu_guest cpu_guest_nice`)]],
  [2004, "host_memory", [...fieldsOf("u64", "mem_total mem_free mem_shared mem_buffers mem_cached swap_total swap_free"), ...fieldsOf("u32", "page_in page_out swap_in swap_out")]],
  [2005, "host_disk_io", [
    ["disk_total", "u64"], ["disk_free", "u64"], ["part_max_used", "u32"], ["reads", "u32"], ["bytes_read", "u64"], ["read_time", "u32"],
    ["writes", "u32"], ["bytes_written", "u64"], ["write_time", "u32"],
  ]],
  [2006, "host_net_io", [["bytes_in", "u64"], ...fieldsOf("u32", "pkts_in errs_in drops_in"), ["bytes_out", "u64"], ...fieldsOf("u32", "pkts_out errs_out drops_out")]],
  [2007, "mib2_ip_group", fieldsOf("u32", `ipForwarding ipDefaultTTL ipInReceives ipInHdrErrors ipInAddrErrors ipForwDatagrams ipInUnknownProtos ipInDiscards
    ipInDelivers ipOutRequests ipOutDiscards ipOutNoRoutes ipReasmTimeout ipReasmReqds ipReasmOKs ipReasmFails ipFragOKs ipFragFails ipFragCreates`)],
  [2008, "mib2_icmp_group", fieldsOf("u32", `icmpInMsgs icmpInErrors icmpInDestUnreachs icmpInTimeExcds icmpInParamProbs icmpInSrcQuenchs icmpInRedirects
    icmpInEchos icmpInEchoReps icmpInTimestamps icmpInAddrMasks icmpInAddrMaskReps icmpOutMsgs icmpOutErrors icmpOutDestUnreachs icmpOutTimeExcds
    icmpOutParamProbs icmpOutSrcQuenchs icmpOutRedirects icmpOutEchos icmpOutEchoReps icmpOutTimestamps icmpOutTimestampReps icmpOutAddrMasks
    icmpOutAddrMaskReps`)],
  [2009, "mib2_tcp_group", fieldsOf("u32", `tcpRtoAlgorithm tcpRtoMin tcpRtoMax tcpMaxConn tcpActiveOpens tcpPassiveOpens tcpAttemptFails tcpEstabResets
    tcpCurrEstab tcpInSegs tcpOutSegs tcpRetransSegs tcpInErrs tcpOutRsts tcpInCsumErrs`)],
  [2010, "mib2_udp_group", fieldsOf("u32", "udpInDatagrams udpNoPorts udpInErrors udpOutDatagrams udpRcvbufErrors udpSndbufErrors udpInCsumErrors")],
  [2100, "virt_node", [["mhz", "u32"], ["cpus", "u32"], ["memory", "u64"], ["memory_free", "u64"], ["num_domains", "u32"]]],
  [2101, "virt_cpu", fieldsOf("u32", "state cpuTime nrVirtCpu")],
  [2102, "virt_memory", fieldsOf("u64", "memory maxMemory")],
  [2103, "virt_disk_io", [...fieldsOf("u64", "capacity allocation available"), ["rd_req", "u32"], ["rd_bytes", "u64"], ["wr_req", "u32"], ["wr_bytes", "u64"], ["errs", "u32"]]],
  [2104, "virt_net_io", INTERFACE_IO],
  // sFlow Java Virtual Machine Structures, HTTP, Application and Memcache Structures.
  [2105, "jvm_runtime", fieldsOf("string", "vm_name vm_vendor vm_version")],
  [2106, "jvm_statistics", [...fieldsOf("u64", "heap_initial heap_used heap_committed heap_max non_heap_initial non_heap_used non_heap_committed non_heap_max"),
    ...fieldsOf("u32", "gc_count gc_time classes_loaded classes_total classes_unloaded compilation_time thread_num_live thread_num_daemon thread_num_started fd_open_count fd_max_count")]],
  [2201, "http_counters", fieldsOf("u32", `method_option_count method_get_count method_head_count method_post_count method_put_count method_delete_count
    method_trace_count method_connect_count method_other_count status_1XX_count status_2XX_count status_3XX_count status_4XX_count status_5XX_count
    status_other_count`)],
  [2202, "app_operations", [["application", "string"], ...fieldsOf("u32", `success other timeout internal_error bad_request forbidden too_large not_implemented
    not_found unavailable unauthorized`)]],
  [2203, "app_resources", [...fieldsOf("u32", "user_time system_time"), ...fieldsOf("u64", "mem_used mem_max"), ...fieldsOf("u32", "fd_open fd_max conn_open conn_max")]],
  [2204, "memcache_counters", [...fieldsOf("u32", `cmd_set cmd_touch cmd_flush get_hits get_misses delete_hits delete_misses incr_hits incr_misses decr_hits decr_misses
    cas_hits cas_misses cas_badval auth_cmds auth_errors threads conn_yields listen_disabled_num curr_connections rejected_connections total_connections
    connection_structures evictions reclaimed curr_items total_items`), ...fieldsOf("u64", "bytes_read bytes_written bytes limit_maxbytes")]],
  [2206, "app_workers", fieldsOf("u32", "workers_active workers_idle workers_max req_delayed req_dropped")],
  [2207, "ovs_dp_stats", fieldsOf("u32", "hits misses lost mask_hits flows masks")],
];

/** The structures of counter records that are known, by number. */
export const COUNTER_STRUCTURES: ReadonlyMap<number, Structure> = new Map([
  ...STANDARD.map(([format, name, fields]) => [format, { name, fields }] as const),
  // NVIDIA (sFlow NVML GPU Structures, July 2012).
  [structureNumber(5703, 1), {
    name: "nvidia_gpu",
    fields: [
      ...fieldsOf("u32", "device_count processes gpu_time mem_time"),
      ...fieldsOf("u64", "mem_total mem_free"),
      ...fieldsOf("u32", "ecc_errors energy temperature fan_speed"),
    ],
  }],
]);
