/** What of an exporter's configuration a finding is about. */
export type ConfigurationTopic =
  | "destination"
  | "active_timeout"
  | "template_refresh"
  | "sampling"
  | "clock"
  | "direction";

/** What a platform sends; NetFlow stands for IPFIX too. */
export type Protocol = "netflow" | "sflow";

/** How to set an export up on one platform. COLLECTOR and PORT stand for ours. */
export interface PlatformConfiguration {
  readonly platform: string;
  readonly protocol: Protocol;
  /** Lines by topic; what a platform cannot set, or need not, is left out. */
  readonly lines: Readonly<Partial<Record<ConfigurationTopic, readonly string[]>>>;
}

// Seen in the vendors' own pages: Junos, ASA, FortiOS, RouterOS, softflowd, pmacctd, and Huawei's
// destination and template lines. The others were held against configurations and schemas that others
// published; the title beside them says where the vendor describes them, not that it was read. Lines
// for clocks were not checked. Names such as FLOW-AGENT are free, interfaces and sampling rates are
// examples. A rate that a device announces need not be set here.
/** The usual platforms. */
export const PLATFORMS: readonly PlatformConfiguration[] = [
  {
    // Cisco, "Flexible NetFlow Configuration Guide, Cisco IOS XE".
    platform: "Cisco IOS, IOS XE (Flexible NetFlow)",
    protocol: "netflow",
    lines: {
      destination: [
        "flow exporter FLOW-AGENT",
        " destination COLLECTOR",
        " transport udp PORT",
        " export-protocol netflow-v9",
        "flow monitor FLOW-MONITOR",
        " exporter FLOW-AGENT",
        " record netflow ipv4 original-input",
      ],
      active_timeout: ["flow monitor FLOW-MONITOR", " cache timeout active 60"],
      template_refresh: ["flow exporter FLOW-AGENT", " template data timeout 60"],
      sampling: ["flow exporter FLOW-AGENT", " option sampler-table timeout 60"],
      clock: ["ntp server NTP-SERVER"],
      direction: ["interface GigabitEthernet0/0", " ip flow monitor FLOW-MONITOR input"],
    },
  },
  {
    // Cisco, "NetFlow Configuration Guide for Cisco ASR 9000 / NCS 540 Series Routers, IOS XR"; without
    // a source interface the exporter stays off (that of the NCS 5xx, restrictions).
    platform: "Cisco IOS XR",
    protocol: "netflow",
    lines: {
      destination: [
        "flow exporter-map FLOW-AGENT",
        " version v9",
        " transport udp PORT",
        " source Loopback0",
        " destination COLLECTOR",
        "flow monitor-map FLOW-MONITOR",
        " record ipv4",
        " exporter FLOW-AGENT",
      ],
      active_timeout: ["flow monitor-map FLOW-MONITOR", " cache timeout active 60"],
      template_refresh: ["flow exporter-map FLOW-AGENT", " version v9", "  template timeout 60"],
      sampling: [
        "flow exporter-map FLOW-AGENT",
        " version v9",
        "  options sampler-table timeout 60",
      ],
      clock: ["ntp server NTP-SERVER"],
      direction: [
        "sampler-map FLOW-SAMPLER",
        " random 1 out-of 1000",
        "interface HundredGigE0/0/0/0",
        " flow ipv4 monitor FLOW-MONITOR sampler FLOW-SAMPLER ingress",
      ],
    },
  },
  {
    // Cisco, "Nexus 9000 Series NX-OS System Management Configuration Guide"; flows are exported every
    // 10 s where nothing is set, so that there is no active timeout to be mended. A monitor has a record
    // and an exporter, and an exporter without a source stays off ("Nexus 5600 Series NX-OS System
    // Management Configuration Guide", "Guidelines and Limitations for NetFlow"). Which record is there
    // beforehand differs between the families, so that one is made; to match ports needs a protocol.
    platform: "Cisco NX-OS",
    protocol: "netflow",
    lines: {
      destination: [
        "feature netflow",
        "flow exporter FLOW-AGENT",
        "  destination COLLECTOR use-vrf management",
        "  transport udp PORT",
        "  source mgmt0",
        "  version 9",
        "flow record FLOW-RECORD",
        "  match ip protocol",
        "  match ip tos",
        "  match ipv4 source address",
        "  match ipv4 destination address",
        "  match transport source-port",
        "  match transport destination-port",
        "  collect transport tcp flags",
        "  collect counter bytes",
        "  collect counter packets",
        "  collect timestamp sys-uptime first",
        "  collect timestamp sys-uptime last",
        "flow monitor FLOW-MONITOR",
        "  record FLOW-RECORD",
        "  exporter FLOW-AGENT",
      ],
      template_refresh: ["flow exporter FLOW-AGENT", "  version 9", "    template data timeout 60"],
      clock: ["ntp server NTP-SERVER use-vrf management"],
      direction: ["interface Ethernet1/1", "  ip flow monitor FLOW-MONITOR input"],
    },
  },
  {
    // Cisco, "ASA NetFlow Implementation Guide"; template and refresh intervals are minutes.
    platform: "Cisco ASA (NSEL)",
    protocol: "netflow",
    lines: {
      destination: [
        "flow-export destination inside COLLECTOR PORT",
        "policy-map global_policy",
        " class class-default",
        "  flow-export event-type all destination COLLECTOR",
        "service-policy global_policy global",
      ],
      active_timeout: ["flow-export active refresh-interval 1"],
      template_refresh: ["flow-export template timeout-rate 1"],
      clock: ["ntp server NTP-SERVER"],
    },
  },
  {
    // Juniper, "Flow Monitoring Guide": inline active flow monitoring with IPFIX templates.
    platform: "Juniper Junos MX, EX, SRX (inline IPFIX)",
    protocol: "netflow",
    lines: {
      destination: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE ipv4-template",
        "set forwarding-options sampling instance FLOW-AGENT input rate 1000",
        "set forwarding-options sampling instance FLOW-AGENT family inet output flow-server COLLECTOR port PORT",
        "set forwarding-options sampling instance FLOW-AGENT family inet output flow-server COLLECTOR version-ipfix template FLOW-TEMPLATE",
        "set forwarding-options sampling instance FLOW-AGENT family inet output inline-jflow source-address OWN-ADDRESS",
        "set chassis fpc 0 sampling-instance FLOW-AGENT",
      ],
      active_timeout: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE flow-active-timeout 60",
      ],
      template_refresh: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE template-refresh-rate seconds 60",
      ],
      sampling: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE option-refresh-rate seconds 60",
      ],
      clock: ["set system ntp server NTP-SERVER"],
      direction: ["set interfaces ge-0/0/0 unit 0 family inet sampling input"],
    },
  },
  {
    // Arista, "EOS User Manual", sFlow.
    platform: "Arista EOS (sFlow)",
    protocol: "sflow",
    lines: {
      destination: [
        "sflow destination COLLECTOR PORT",
        "sflow source-interface Management1",
        "sflow run",
      ],
      sampling: ["sflow sample 16384"],
      clock: ["ntp server NTP-SERVER"],
    },
  },
  {
    // Arista, "EOS User Manual" and the configurations of Arista Validated Designs; milliseconds.
    platform: "Arista EOS (IPFIX)",
    protocol: "netflow",
    lines: {
      destination: [
        "flow tracking sampled",
        "   tracker FLOW-TRACKER",
        "      exporter FLOW-AGENT",
        "         collector COLLECTOR port PORT",
        "         local interface Loopback0",
        "   no shutdown",
      ],
      active_timeout: [
        "flow tracking sampled",
        "   tracker FLOW-TRACKER",
        "      record export on interval 60000",
      ],
      template_refresh: [
        "flow tracking sampled",
        "   tracker FLOW-TRACKER",
        "      exporter FLOW-AGENT",
        "         template interval 60000",
      ],
      clock: ["ntp server NTP-SERVER"],
      direction: ["interface Ethernet1", "   flow tracker sampled FLOW-TRACKER"],
    },
  },
  {
    // MikroTik, "Traffic Flow" of the RouterOS documentation.
    platform: "MikroTik RouterOS",
    protocol: "netflow",
    lines: {
      destination: [
        "/ip traffic-flow set enabled=yes interfaces=all",
        "/ip traffic-flow target add dst-address=COLLECTOR port=PORT version=9",
      ],
      active_timeout: ["/ip traffic-flow set active-flow-timeout=1m"],
      template_refresh: [
        "/ip traffic-flow target set [find dst-address=COLLECTOR] v9-template-timeout=1m",
      ],
      clock: ["/system ntp client set enabled=yes servers=NTP-SERVER"],
    },
  },
  {
    // Fortinet, "FortiOS CLI Reference", config system netflow: seconds, 60 the least.
    platform: "Fortinet FortiOS from 7.2 (before: no collectors, and minutes)",
    protocol: "netflow",
    lines: {
      destination: [
        "config system netflow",
        "    config collectors",
        "        edit 1",
        "            set collector-ip COLLECTOR",
        "            set collector-port PORT",
        "        next",
        "    end",
        "end",
      ],
      active_timeout: ["config system netflow", "    set active-flow-timeout 60", "end"],
      template_refresh: ["config system netflow", "    set template-tx-timeout 60", "end"],
      direction: [
        "config system interface",
        '    edit "wan1"',
        "        set netflow-sampler rx",
        "    next",
        "end",
      ],
    },
  },
  {
    // By the schema of PAN-OS (server-profile/netflow, layer3/netflow-profile), as its clients publish
    // it; both intervals are minutes.
    platform: "Palo Alto PAN-OS",
    protocol: "netflow",
    lines: {
      destination: [
        "set shared server-profile netflow FLOW-PROFILE server FLOW-AGENT host COLLECTOR",
        "set shared server-profile netflow FLOW-PROFILE server FLOW-AGENT port PORT",
      ],
      active_timeout: ["set shared server-profile netflow FLOW-PROFILE active-timeout 1"],
      template_refresh: [
        "set shared server-profile netflow FLOW-PROFILE template-refresh-rate minutes 1",
      ],
      clock: [
        "set deviceconfig system ntp-servers primary-ntp-server ntp-server-address NTP-SERVER",
      ],
      direction: [
        "set network interface ethernet ethernet1/1 layer3 netflow-profile FLOW-PROFILE",
      ],
    },
  },
  {
    // Huawei, "NetStream Configuration" of the NE series; intervals are minutes.
    platform: "Huawei VRP (NetStream)",
    protocol: "netflow",
    lines: {
      destination: ["ip netstream export version 9", "ip netstream export host COLLECTOR PORT"],
      active_timeout: ["ip netstream timeout active 1"],
      template_refresh: ["ip netstream export template timeout-rate 1"],
      sampling: [
        "ip netstream export template option sampler",
        "ip netstream export template option timeout-rate 1",
      ],
      direction: ["interface GigabitEthernet1/0/0", " ip netstream inbound"],
    },
  },
  {
    // Nokia, "SR OS Router Configuration Guide", cflowd, in the words of the MD-CLI; seconds.
    platform: "Nokia SR OS (MD-CLI)",
    protocol: "netflow",
    lines: {
      destination: [
        "/configure cflowd admin-state enable",
        "/configure cflowd collector COLLECTOR port PORT admin-state enable",
        "/configure cflowd collector COLLECTOR port PORT version 10",
      ],
      active_timeout: ["/configure cflowd active-flow-timeout 60"],
      template_refresh: ["/configure cflowd template-retransmit 60"],
      direction: [
        '/configure service ies "internet" interface "uplink" cflowd-parameters sampling unicast type interface',
        '/configure service ies "internet" interface "uplink" cflowd-parameters sampling unicast direction ingress-only',
      ],
    },
  },
  {
    // VyOS documentation, "Flow Accounting", and its definition of the command line; seconds.
    platform: "VyOS",
    protocol: "netflow",
    lines: {
      destination: [
        "set system flow-accounting interface eth0",
        "set system flow-accounting netflow version 9",
        "set system flow-accounting netflow server COLLECTOR port PORT",
      ],
      active_timeout: [
        "set system flow-accounting netflow timeout expiry-interval 60",
        "set system flow-accounting netflow timeout max-active-life 60",
      ],
      direction: ["set system flow-accounting interface eth0"],
    },
  },
  {
    // softflowd(8).
    platform: "softflowd",
    protocol: "netflow",
    lines: {
      destination: ["softflowd -i eth0 -v 9 -n COLLECTOR:PORT"],
      active_timeout: ["softflowd -i eth0 -v 9 -n COLLECTOR:PORT -t maxlife=60"],
    },
  },
  {
    // pmacct, CONFIG-KEYS: nfprobe.
    platform: "pmacctd (nfprobe)",
    protocol: "netflow",
    lines: {
      destination: [
        "plugins: nfprobe",
        "nfprobe_receiver: COLLECTOR:PORT",
        "nfprobe_version: 9",
      ],
      active_timeout: ["nfprobe_timeouts: expint=60:maxlife=60"],
    },
  },
  {
    // host-sflow.net, hsflowd.conf.
    platform: "hsflowd (/etc/hsflowd.conf)",
    protocol: "sflow",
    lines: {
      destination: [
        "sflow {",
        "  collector { ip=COLLECTOR udpport=PORT }",
        "  pcap { dev=eth0 }",
        "}",
      ],
      sampling: ["sflow {", "  sampling=400", "}"],
    },
  },
];
