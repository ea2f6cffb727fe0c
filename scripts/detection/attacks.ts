import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import type { AnomalyType } from "../../core/monitor/finding.ts";
import { SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";
import type { Ground } from "./site.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An attack of a stated size. */
export interface Attack {
  readonly type: AnomalyType;
  readonly size: string;
  /** Minutes. */
  readonly lasts: number;
  /** Window that is asked about, minutes. */
  readonly window: number;
  /** Address that a finding has to name; "" for none in particular. */
  readonly names: (ground: Ground) => string;
  /** Writes its traffic; null where it consists in the silence of the second exporter. */
  readonly write: ((log: TrafficLog, at: number, ground: Ground) => void) | null;
}

type Write = NonNullable<Attack["write"]>;

const ATTACKER = "203.0.113.66";
const random = () => seededRandom(99);
const attacker = () => ATTACKER;
const insider = (n: number) => ({ insiders }: Ground) => insiders[n];
const server = (n: number) => ({ servers }: Ground) => servers[n];
const secondExporter = ({ exporters }: Ground) => exporters[1];

function portScan(ports: number, overMs: number): Write {
  return (log, at, { servers }) => {
    for (let n = 0; n < ports; n++) {
      log.add({
        at: at + n * overMs / ports,
        lasts: 1,
        from: ATTACKER,
        to: servers[0],
        sport: 50_123,
        dport: 1 + n * 3,
        flags: SYN,
        out: 44,
        back: 0,
        refused: n % 3 !== 0,
      });
    }
  };
}

function hostScan(
  hosts: number,
  { overMs, dport, protocol = 6 }: { overMs: number; dport: number; protocol?: number },
): Write {
  return (log, at, { insiders, unused }) => {
    for (let n = 0; n < hosts; n++) {
      log.add({
        at: at + n * overMs / hosts,
        lasts: 1,
        from: insiders[0],
        to: unused(n),
        sport: 30_000 + n % 30_000,
        dport,
        protocol,
        flags: SYN,
        out: 44,
        back: n % 6 === 0 ? 44 : 0,
      });
    }
  };
}

function synFlood(perSecond: number, seconds: number): Write {
  return (log, at, { servers }) => {
    const next = random();
    for (let n = 0; n < perSecond * seconds; n++) {
      log.add({
        at: at + n * 1000 / perSecond,
        lasts: 0,
        from: `${20 + Math.floor(next() * 150)}.${Math.floor(next() * 255)}.${
          Math.floor(next() * 255)
        }.${1 + Math.floor(next() * 250)}`,
        to: servers[1],
        sport: 1024 + Math.floor(next() * 60_000),
        dport: 443,
        flags: SYN,
        out: 40,
        back: 0,
      });
    }
  };
}

function amplified(
  reflectors: number,
  { megabits, seconds, port }: { megabits: number; seconds: number; port: number },
): Write {
  return (log, at, { servers }) => {
    for (let n = 0; n < reflectors; n++) {
      log.add({
        at: at + n * 10,
        lasts: seconds * 1000,
        from: `203.0.114.${n}`,
        to: servers[2],
        sport: port,
        dport: 30_000 + n,
        protocol: 17,
        out: megabits * 125_000 * seconds / reflectors,
        back: 0,
      });
    }
  };
}

function beacon(everyMs: number, { jitter, times }: { jitter: number; times: number }): Write {
  return (log, at, { insiders }) => {
    const next = random();
    for (let n = 0; n < times; n++) {
      log.add({
        at: at + n * everyMs + (next() - 0.5) * 2 * jitter * everyMs,
        lasts: 300,
        from: insiders[1],
        to: "203.0.113.77",
        sport: 21_000 + n,
        dport: 443,
        out: 800 + Math.floor(next() * 40),
        back: 300,
      });
    }
  };
}

function upload(megabytes: number, lasts: number): Write {
  return (log, at, { insiders }) =>
    log.add({
      at,
      lasts,
      from: insiders[2],
      to: "203.0.113.88",
      sport: 45_000,
      dport: 443,
      out: megabytes * 1e6,
      back: megabytes * 1e4,
    });
}

/** A flood of plain UDP from many sources. */
function udpFlood(megabits: number, seconds: number): Write {
  return (log, at, { servers }) => {
    for (let n = 0; n < 50; n++) {
      log.add({
        at,
        lasts: seconds * 1000,
        from: `203.0.115.${n}`,
        to: servers[3],
        sport: 10_000 + n * 7,
        dport: 20_000 + n * 11,
        protocol: 17,
        out: megabits * 125_000 * seconds / 50,
        back: 0,
      });
    }
  };
}

const oddPort: Write = (log, at, { insiders }) => {
  for (let n = 0; n < 3; n++) {
    log.add({
      at: at + n * 9000,
      from: insiders[3],
      to: "203.0.113.99",
      sport: 44_000 + n,
      dport: 4444,
      out: 5000,
      back: 90_000,
    });
  }
};

const newcomer: Write = (log, at, { unused }) => {
  log.add({
    at,
    lasts: 5 * MINUTE,
    from: unused(3000),
    to: "198.51.100.10",
    sport: 44_100,
    dport: 443,
    out: 1e6,
    back: 2e7,
  });
};

// deno-fmt-ignore: one row an attack reads as the table it is.
/** Attacks of the sizes that a company of some hundred hosts meets. */
export const ATTACKS: readonly Attack[] = [
  { type: "port_scan", size: "1000 ports in 1 min", lasts: 1, window: 15, names: attacker, write: portScan(1000, MINUTE) },
  { type: "port_scan", size: "50 ports in 10 min", lasts: 10, window: 15, names: attacker, write: portScan(50, 10 * MINUTE) },
  { type: "port_scan", size: "12 ports in 10 min", lasts: 10, window: 15, names: attacker, write: portScan(12, 10 * MINUTE) },
  { type: "port_scan", size: "50 ports in 10 h", lasts: 600, window: 15, names: attacker, write: portScan(50, 10 * HOUR) },
  { type: "host_scan", size: "200 hosts, tcp 22, in 5 min", lasts: 5, window: 15, names: insider(0), write: hostScan(200, { overMs: 5 * MINUTE, dport: 22 }) },
  { type: "host_scan", size: "16 hosts, tcp 22, in 10 min", lasts: 10, window: 15, names: insider(0), write: hostScan(16, { overMs: 10 * MINUTE, dport: 22 }) },
  { type: "host_scan", size: "100 hosts, udp 1434, in 2 min", lasts: 2, window: 15, names: insider(0), write: hostScan(100, { overMs: 2 * MINUTE, dport: 1434, protocol: 17 }) },
  { type: "host_scan", size: "60 hosts, ICMP, in 10 s", lasts: 1, window: 15, names: insider(0), write: hostScan(60, { overMs: 10_000, dport: 0, protocol: 1 }) },
  { type: "syn_flood", size: "500 SYN/s for 60 s, forged sources", lasts: 1, window: 15, names: server(1), write: synFlood(500, 60) },
  { type: "syn_flood", size: "10 SYN/s for 60 s", lasts: 1, window: 15, names: server(1), write: synFlood(10, 60) },
  { type: "amplification", size: "NTP, 50 servers, 20 Mbit/s, 2 min", lasts: 2, window: 15, names: server(2), write: amplified(50, { megabits: 20, seconds: 120, port: 123 }) },
  { type: "amplification", size: "DNS, 10 servers, 1 Mbit/s, 1 min", lasts: 1, window: 15, names: server(2), write: amplified(10, { megabits: 1, seconds: 60, port: 53 }) },
  { type: "beaconing", size: "every 60 s, ± 10 %, 15 min", lasts: 15, window: 15, names: insider(1), write: beacon(MINUTE, { jitter: 0.1, times: 15 }) },
  { type: "beaconing", size: "every 30 s, ± 25 %, 15 min", lasts: 15, window: 15, names: insider(1), write: beacon(MINUTE / 2, { jitter: 0.25, times: 30 }) },
  { type: "beaconing", size: "every 5 min, ± 10 %, 2 h, asked about 2 h", lasts: 120, window: 120, names: insider(1), write: beacon(5 * MINUTE, { jitter: 0.1, times: 24 }) },
  { type: "traffic_spike", size: "UDP flood, 200 Mbit/s, 3 min", lasts: 3, window: 15, names: server(3), write: udpFlood(200, 180) },
  { type: "traffic_spike", size: "upload of 2 GB in 10 min", lasts: 10, window: 15, names: insider(2), write: upload(2000, 10 * MINUTE) },
  { type: "traffic_spike", size: "upload of 50 MB in 10 min", lasts: 10, window: 15, names: insider(2), write: upload(50, 10 * MINUTE) },
  { type: "rare_ports", size: "3 connections to tcp 4444", lasts: 1, window: 15, names: insider(3), write: oddPort },
  { type: "new_talkers", size: "a new inside host, 20 MB", lasts: 5, window: 15, names: ({ unused }) => unused(3000), write: newcomer },
  { type: "exporter_silent", size: "one of two exporters, 8 min", lasts: 8, window: 15, names: secondExporter, write: null },
  { type: "traffic_drop", size: "one of two exporters, 15 min", lasts: 15, window: 15, names: () => "", write: null },
];

// deno-fmt-ignore: one row an attack reads as the table it is.
/** Attacks of the sizes that the edge of a campus or a provider meets. */
export const EDGE_ATTACKS: readonly Attack[] = [
  { type: "port_scan", size: "20,000 ports in 5 min", lasts: 5, window: 15, names: attacker, write: portScan(20_000, 5 * MINUTE) },
  { type: "host_scan", size: "200 hosts, tcp 22, in 5 min", lasts: 5, window: 15, names: insider(0), write: hostScan(200, { overMs: 5 * MINUTE, dport: 22 }) },
  { type: "host_scan", size: "60,000 hosts, tcp 23, in 5 min", lasts: 5, window: 15, names: insider(0), write: hostScan(60_000, { overMs: 5 * MINUTE, dport: 23 }) },
  { type: "host_scan", size: "2,000 hosts, udp 1434, in 2 min", lasts: 2, window: 15, names: insider(0), write: hostScan(2000, { overMs: 2 * MINUTE, dport: 1434, protocol: 17 }) },
  { type: "syn_flood", size: "500 SYN/s for 60 s, forged sources", lasts: 1, window: 15, names: server(1), write: synFlood(500, 60) },
  { type: "syn_flood", size: "5,000 SYN/s for 60 s, forged sources", lasts: 1, window: 15, names: server(1), write: synFlood(5000, 60) },
  { type: "amplification", size: "NTP, 50 servers, 20 Mbit/s, 2 min", lasts: 2, window: 15, names: server(2), write: amplified(50, { megabits: 20, seconds: 120, port: 123 }) },
  { type: "amplification", size: "DNS, 200 servers, 500 Mbit/s, 2 min", lasts: 2, window: 15, names: server(2), write: amplified(200, { megabits: 500, seconds: 120, port: 53 }) },
  { type: "beaconing", size: "every 30 s, ± 25 %, 15 min", lasts: 15, window: 15, names: insider(1), write: beacon(MINUTE / 2, { jitter: 0.25, times: 30 }) },
  { type: "traffic_spike", size: "UDP flood, 5 Gbit/s, 3 min", lasts: 3, window: 15, names: server(3), write: udpFlood(5000, 180) },
  { type: "exporter_silent", size: "one of two exporters, 8 min", lasts: 8, window: 15, names: secondExporter, write: null },
  { type: "traffic_drop", size: "one of two exporters, 15 min", lasts: 15, window: 15, names: () => "", write: null },
];
