import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import type { AnomalyType } from "../../core/monitor/finding.ts";
import { EXPORTERS } from "./ordinary_day.ts";
import { SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An attack of a stated size. */
export interface Attack {
  readonly type: AnomalyType;
  readonly size: string;
  /** Minutes from midnight. */
  readonly begins: number;
  readonly lasts: number;
  /** Window that is asked about, minutes. */
  readonly window: number;
  /** Address that a finding has to name. */
  readonly names: string;
  readonly write: (log: TrafficLog, at: number) => void;
}

const ATTACKER = "203.0.113.66";
const random = () => seededRandom(99);

function portScan(ports: number, overMs: number) {
  return (log: TrafficLog, at: number) => {
    for (let n = 0; n < ports; n++) {
      log.add({
        at: at + n * overMs / ports,
        lasts: 1,
        from: ATTACKER,
        to: "10.0.0.21",
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
) {
  return (log: TrafficLog, at: number) => {
    for (let n = 0; n < hosts; n++) {
      const answers = n % 6 === 0;
      log.add({
        at: at + n * overMs / hosts,
        lasts: 1,
        from: "10.0.1.44",
        to: `10.0.${3 + (n >> 8)}.${n & 255}`,
        sport: 30_000 + n,
        dport,
        protocol,
        flags: SYN,
        out: 44,
        back: answers ? 44 : 0,
      });
    }
  };
}

function synFlood(perSecond: number, seconds: number) {
  return (log: TrafficLog, at: number) => {
    const next = random();
    for (let n = 0; n < perSecond * seconds; n++) {
      log.add({
        at: at + n * 1000 / perSecond,
        lasts: 0,
        from: `${20 + Math.floor(next() * 150)}.${Math.floor(next() * 255)}.${
          Math.floor(next() * 255)
        }.${1 + Math.floor(next() * 250)}`,
        to: "10.0.0.22",
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
) {
  return (log: TrafficLog, at: number) => {
    for (let n = 0; n < reflectors; n++) {
      log.add({
        at: at + n * 10,
        lasts: seconds * 1000,
        from: `203.0.114.${n}`,
        to: "10.0.0.23",
        sport: port,
        dport: 30_000 + n,
        protocol: 17,
        out: megabits * 125_000 * seconds / reflectors,
        back: 0,
      });
    }
  };
}

function beacon(everyMs: number, { jitter, times }: { jitter: number; times: number }) {
  return (log: TrafficLog, at: number) => {
    const next = random();
    for (let n = 0; n < times; n++) {
      log.add({
        at: at + n * everyMs + (next() - 0.5) * 2 * jitter * everyMs,
        lasts: 300,
        from: "10.0.1.33",
        to: "203.0.113.77",
        sport: 21_000 + n,
        dport: 443,
        out: 800 + Math.floor(next() * 40),
        back: 300,
      });
    }
  };
}

function upload(megabytes: number, lasts: number) {
  return (log: TrafficLog, at: number) =>
    log.add({
      at,
      lasts,
      from: "10.0.1.34",
      to: "203.0.113.88",
      sport: 45_000,
      dport: 443,
      out: megabytes * 1e6,
      back: megabytes * 1e4,
    });
}

/** A flood of plain UDP from many sources. */
function udpFlood(megabits: number, seconds: number) {
  return (log: TrafficLog, at: number) => {
    for (let n = 0; n < 50; n++) {
      log.add({
        at,
        lasts: seconds * 1000,
        from: `203.0.115.${n}`,
        to: "10.0.0.24",
        sport: 10_000 + n * 7,
        dport: 20_000 + n * 11,
        protocol: 17,
        out: megabits * 125_000 * seconds / 50,
        back: 0,
      });
    }
  };
}

/** Rows of an exporter within a time go. */
function silence(lasts: number) {
  return (log: TrafficLog, at: number) => {
    const kept = log.rows.filter((row) =>
      row.exporter !== EXPORTERS[1] || Number(row.received_at) < at ||
      Number(row.received_at) >= at + lasts
    );
    log.rows.length = 0;
    for (const row of kept) log.rows.push(row);
  };
}

// deno-fmt-ignore: one row an attack reads as the table it is.
/** Attacks through the day, each at a time of its own. */
export const ATTACKS: readonly Attack[] = [
  { type: "port_scan", size: "1000 ports in 1 min", begins: 60, lasts: 1, window: 15, names: ATTACKER, write: portScan(1000, MINUTE) },
  { type: "port_scan", size: "50 ports in 10 min", begins: 90, lasts: 10, window: 15, names: ATTACKER, write: portScan(50, 10 * MINUTE) },
  { type: "port_scan", size: "12 ports in 10 min", begins: 180, lasts: 10, window: 15, names: ATTACKER, write: portScan(12, 10 * MINUTE) },
  { type: "port_scan", size: "50 ports in 10 h", begins: 600, lasts: 600, window: 15, names: ATTACKER, write: portScan(50, 10 * HOUR) },
  { type: "host_scan", size: "200 hosts, tcp 22, in 5 min", begins: 210, lasts: 5, window: 15, names: "10.0.1.44", write: hostScan(200, { overMs: 5 * MINUTE, dport: 22 }) },
  { type: "host_scan", size: "16 hosts, tcp 22, in 10 min", begins: 285, lasts: 10, window: 15, names: "10.0.1.44", write: hostScan(16, { overMs: 10 * MINUTE, dport: 22 }) },
  { type: "host_scan", size: "100 hosts, udp 1434, in 2 min", begins: 315, lasts: 2, window: 15, names: "10.0.1.44", write: hostScan(100, { overMs: 2 * MINUTE, dport: 1434, protocol: 17 }) },
  { type: "host_scan", size: "60 hosts, ICMP, in 10 s", begins: 345, lasts: 1, window: 15, names: "10.0.1.44", write: hostScan(60, { overMs: 10_000, dport: 0, protocol: 1 }) },
  { type: "syn_flood", size: "500 SYN/s for 60 s, forged sources", begins: 390, lasts: 1, window: 15, names: "10.0.0.22", write: synFlood(500, 60) },
  { type: "syn_flood", size: "10 SYN/s for 60 s", begins: 420, lasts: 1, window: 15, names: "10.0.0.22", write: synFlood(10, 60) },
  { type: "amplification", size: "NTP, 50 servers, 20 Mbit/s, 2 min", begins: 450, lasts: 2, window: 15, names: "10.0.0.23", write: amplified(50, { megabits: 20, seconds: 120, port: 123 }) },
  { type: "amplification", size: "DNS, 10 servers, 1 Mbit/s, 1 min", begins: 480, lasts: 1, window: 15, names: "10.0.0.23", write: amplified(10, { megabits: 1, seconds: 60, port: 53 }) },
  { type: "beaconing", size: "every 60 s, ± 10 %, 15 min", begins: 510, lasts: 15, window: 15, names: "10.0.1.33", write: beacon(MINUTE, { jitter: 0.1, times: 15 }) },
  { type: "beaconing", size: "every 30 s, ± 25 %, 15 min", begins: 540, lasts: 15, window: 15, names: "10.0.1.33", write: beacon(MINUTE / 2, { jitter: 0.25, times: 30 }) },
  { type: "beaconing", size: "every 5 min, ± 10 %, 2 h, asked about 2 h", begins: 1080, lasts: 120, window: 120, names: "10.0.1.33", write: beacon(5 * MINUTE, { jitter: 0.1, times: 24 }) },
  { type: "traffic_spike", size: "UDP flood, 200 Mbit/s, 3 min", begins: 660, lasts: 3, window: 15, names: "10.0.0.24", write: udpFlood(200, 180) },
  { type: "traffic_spike", size: "upload of 2 GB in 10 min", begins: 690, lasts: 10, window: 15, names: "10.0.1.34", write: upload(2000, 10 * MINUTE) },
  { type: "traffic_spike", size: "upload of 50 MB in 10 min", begins: 720, lasts: 10, window: 15, names: "10.0.1.34", write: upload(50, 10 * MINUTE) },
  { type: "rare_ports", size: "3 connections to tcp 4444", begins: 750, lasts: 1, window: 15, names: "10.0.1.35", write: (log, at) => {
    for (let n = 0; n < 3; n++) log.add({ at: at + n * 9000, from: "10.0.1.35", to: "203.0.113.99", sport: 44_000 + n, dport: 4444, out: 5000, back: 90_000 });
  } },
  { type: "new_talkers", size: "a new inside host, 20 MB", begins: 780, lasts: 5, window: 15, names: "10.0.9.9", write: (log, at) => {
    log.add({ at, lasts: 5 * MINUTE, from: "10.0.9.9", to: "198.51.100.10", sport: 44_100, dport: 443, out: 1e6, back: 2e7 });
  } },
  { type: "exporter_silent", size: "one of two exporters, 8 min", begins: 892, lasts: 8, window: 15, names: EXPORTERS[1], write: silence(8 * MINUTE) },
  { type: "traffic_drop", size: "one of two exporters, 15 min", begins: 892, lasts: 15, window: 15, names: "", write: silence(15 * MINUTE) },
];
