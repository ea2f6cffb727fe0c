import type { AnomalyType } from "../../monitor/finding.ts";
import type { AnomalyFound } from "../anomaly_source.ts";

/** What to do next about a finding of a type: for who suffers it another thing than for who does it. */
export const ANOMALY_STEPS: Readonly<Record<AnomalyType, (finding: AnomalyFound) => string>> = {
  port_scan: scan,
  host_scan: scan,
  traffic_spike: ({ subject: { hosts } }) =>
    "Ask explain_change which conversations grew" +
    (hosts.length === 0 ? "." : `, and see whether ${hosts[0]} should send or receive so much.`),
  traffic_drop: ({ subject: { kind, hosts } }) =>
    "Ask explain_change what is gone" +
    (kind === "host"
      ? `, and see whether ${hosts[0]} still works and is still on a path that is exported.`
      : ", and see whether the link still works and all exporters are still heard."),
  rare_ports: ({ subject: { hosts } }) =>
    `See which program of ${hosts[0]} uses that, and whether it should.`,
  syn_flood: ({ subject }) =>
    `See first whether ${subject.name} is up: clients of a service that is down look the same. If ` +
    "it is up, protect it: SYN cookies on the host, and a limit on new connections in front of it. " +
    "The sources are often forged, so that to block them one by one is of little use.",
  amplification: ({ subject }) =>
    `Protect ${subject.name}, which asked for little or none of it: have the answers dropped or ` +
    "limited before they reach your link, by source port, where your provider can. The servers that " +
    "answer are abused themselves: close those that are yours, and do not take them for the attacker.",
  beaconing: ({ subject: { hosts } }) =>
    `See which program of ${hosts[0]} calls ${hosts[1]}; if nobody knows it, take ${
      hosts[0]
    } off ` +
    "the network before you look closer.",
  new_talkers: ({ subject: { hosts } }) =>
    hosts.length === 1
      ? `See whose ${hosts[0]} is, and whether it belongs here.`
      : "See whose they are, and whether they belong here.",
  exporter_silent: ({ subject }) =>
    `Ask diagnose_exporter about ${subject.name}: whether the device runs, reaches this machine, ` +
    "and still exports.",
};

function scan({ subject: { hosts: [source] } }: AnomalyFound): string {
  return `See whether ${source} scans on purpose: then name it under expected.scanners. If not, ` +
    "look for what runs on it where it is yours, and block it where it is not.";
}
