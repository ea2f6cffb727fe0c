/** What of an exporter's configuration a finding is about. */
export type ConfigurationTopic =
  | "destination"
  | "active_timeout"
  | "template_refresh"
  | "sampling"
  | "clock"
  | "direction";

/** How to set an export up on one platform. COLLECTOR and PORT stand for ours. */
export interface PlatformConfiguration {
  readonly platform: string;
  /** Lines by topic; what a platform cannot set, or need not, is left out. */
  readonly lines: Readonly<Partial<Record<ConfigurationTopic, readonly string[]>>>;
}

// From the vendors' command references. Names such as FLOW-AGENT are free; interfaces are examples.
/** The usual platforms. */
export const PLATFORMS: readonly PlatformConfiguration[] = [
  {
    platform: "Cisco IOS, IOS XE (Flexible NetFlow)",
    lines: {
      destination: [
        "flow exporter FLOW-AGENT",
        " destination COLLECTOR",
        " transport udp PORT",
        " export-protocol netflow-v9",
        "flow monitor FLOW-MONITOR",
        " exporter FLOW-AGENT",
      ],
      active_timeout: ["flow monitor FLOW-MONITOR", " cache timeout active 60"],
      template_refresh: ["flow exporter FLOW-AGENT", " template data timeout 60"],
      sampling: ["flow exporter FLOW-AGENT", " option sampler-table timeout 60"],
      clock: ["ntp server NTP-SERVER"],
      direction: ["interface GigabitEthernet0/0", " ip flow monitor FLOW-MONITOR input"],
    },
  },
  {
    platform: "Cisco NX-OS",
    lines: {
      destination: [
        "feature netflow",
        "flow exporter FLOW-AGENT",
        "  destination COLLECTOR use-vrf management",
        "  transport udp PORT",
        "  version 9",
      ],
      active_timeout: ["flow timeout active 60"],
      template_refresh: ["flow exporter FLOW-AGENT", "  version 9", "    template data timeout 60"],
      sampling: [
        "flow exporter FLOW-AGENT",
        "  version 9",
        "    option sampler-table timeout 60",
      ],
      clock: ["ntp server NTP-SERVER use-vrf management"],
      direction: ["interface Ethernet1/1", "  ip flow monitor FLOW-MONITOR input"],
    },
  },
  {
    platform: "Juniper Junos (inline IPFIX)",
    lines: {
      destination: [
        "set forwarding-options sampling instance FLOW-AGENT family inet output flow-server COLLECTOR port PORT",
        "set forwarding-options sampling instance FLOW-AGENT family inet output flow-server COLLECTOR version-ipfix template FLOW-TEMPLATE",
      ],
      active_timeout: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE flow-active-timeout 60",
      ],
      template_refresh: [
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE template-refresh-rate seconds 60",
        "set services flow-monitoring version-ipfix template FLOW-TEMPLATE option-refresh-rate seconds 60",
      ],
      sampling: ["set forwarding-options sampling instance FLOW-AGENT input rate 1000"],
      clock: ["set system ntp server NTP-SERVER"],
      direction: ["set interfaces ge-0/0/0 unit 0 family inet sampling input"],
    },
  },
  {
    platform: "Arista EOS (sFlow)",
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
    platform: "MikroTik RouterOS",
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
    platform: "Fortinet FortiOS (older releases: collector-ip without collectors)",
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
        "end",
      ],
    },
  },
  {
    platform: "softflowd",
    lines: {
      destination: ["softflowd -i eth0 -v 9 -n COLLECTOR:PORT"],
      active_timeout: ["softflowd -i eth0 -v 9 -n COLLECTOR:PORT -t maxlife=60"],
    },
  },
  {
    platform: "hsflowd (/etc/hsflowd.conf)",
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
