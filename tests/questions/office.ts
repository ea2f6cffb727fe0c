import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import type { SentFlow } from "./sent_flow.ts";

const MINUTE = 60_000;
/** How long the office has been at work. */
export const OFFICE_MINUTES = 30;
const FIN = 1;
const SYN = 2;
const ACK = 16;
/** Of a connection that was opened, used and closed. */
const WHOLE_CONNECTION = 0x1b;

/** Who did what: the ground truth that answers are held against. */
export const OFFICE = {
  backup: { host: "192.168.1.100", server: "172.16.1.10", port: 873, bytes: 900_000_000 },
  /** Sends 8 of the 10 Mbit/s of the WAN link for all the time. */
  wan: {
    exporter: "192.0.2.9",
    ifIndex: 3,
    ifName: "WAN-1",
    bitsPerSecond: 10_000_000,
    host: "10.10.0.5",
  },
  scanner: { host: "10.66.6.6", target: "10.20.0.10", ports: 300 },
  rare: { host: "10.10.0.7", peer: "203.0.113.66", port: 31_337 },
  flood: { target: "10.20.0.80", port: 80, sources: 400 },
  spike: { host: "10.10.0.9", peer: "203.0.113.99", minute: 20, bytes: 600_000_000 },
  /** A stream that ends before the others do. */
  drop: { host: "10.30.0.1", peer: "203.0.113.30", minutes: 24, bitsPerSecond: 5_000_000 },
  /** A second link, on which a copy takes a little more each minute. */
  growing: {
    exporter: "192.0.2.9",
    ifIndex: 5,
    ifName: "WAN-2",
    bitsPerSecond: 10_000_000,
    host: "10.30.0.5",
    firstBitsPerSecond: 5_000_000,
    moreEachMinute: 100_000,
  },
} as const;

/** Where addresses are, as a database might say; others it does not know. */
export const COUNTRIES = [
  ["198.51.100.0/28", "NL"],
  ["198.51.100.16/28", "FR"],
  ["203.0.113.0/24", "DE"],
  ["198.18.0.0/15", "BR"],
] as const;

/** Address of the router that speaks IPFIX; its flows name these interfaces. */
export const OFFICE_ROUTER = { address: "127.0.0.1", in_if: 1, out_if: 2 };

/** Services that the office uses, and the first that is scanned for, as the IANA list names them. */
const SERVICES: Readonly<Record<string, string>> = {
  "17/53": "domain (udp/53)",
  "6/1": "tcpmux (tcp/1)",
  "6/80": "http (tcp/80)",
  "6/443": "https (tcp/443)",
  "6/873": "rsync (tcp/873)",
};

/** Name of a flow's service; others that ports were scanned for have names too. */
export function serviceOf({ protocol, dst_port }: SentFlow): string {
  return SERVICES[`${protocol}/${dst_port}`] ?? `tcp/${dst_port}`;
}

/** The traffic of half an hour in an office, by the format it is exported in. */
export interface Office {
  /** Unix milliseconds; a whole minute. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the router that speaks IPFIX: browsing and name resolution. */
  readonly ipfix: readonly SentFlow[];
  /** Of the others. */
  readonly json: readonly SentFlow[];
}

/**
 * Makes up the office's traffic; the same seed and moment give the same flows.
 *
 * @param seed any integer
 * @param nowMs the half hour ends with the minute before
 */
export function officeTraffic(seed: number, nowMs: number): Office {
  const random = seededRandom(seed);
  const toMs = Math.floor(nowMs / MINUTE) * MINUTE;
  const fromMs = toMs - OFFICE_MINUTES * MINUTE;
  const at = { random, fromMs, toMs };
  return {
    fromMs,
    toMs,
    ipfix: browsing(at),
    json: [
      ...backup(at),
      ...wan(at),
      ...scan(at),
      ...unusualPort(at),
      ...flood(at),
      ...spike(at),
      ...stream(at),
      ...growing(at),
    ],
  };
}

interface At {
  readonly random: () => number;
  readonly fromMs: number;
  readonly toMs: number;
}

function below(random: () => number, end: number): number {
  return Math.floor(random() * end);
}

function browsing({ random, fromMs, toMs }: At): SentFlow[] {
  return Array.from({ length: 600 }, (_, n) => {
    const dns = n % 4 === 0;
    const duration = dns ? 0 : below(random, 90_000);
    const end = fromMs + duration + below(random, toMs - fromMs - duration);
    return {
      src_addr: `10.10.0.${1 + below(random, 40)}`,
      dst_addr: dns ? "10.20.0.53" : `198.51.100.${1 + below(random, 20)}`,
      src_port: 32_768 + below(random, 28_000),
      dst_port: dns ? 53 : n % 4 === 1 ? 80 : 443,
      protocol: dns ? 17 : 6,
      ...(dns ? {} : { tcp_flags: WHOLE_CONNECTION }),
      bytes: dns ? 60 + below(random, 200) : 1000 + below(random, 400_000),
      packets: dns ? 1 : 5 + below(random, 300),
      start_ms: end - duration,
      end_ms: end,
      latency_ms: 1,
    };
  });
}

/** One flow as long as the half hour, and five hosts that talk to the same server. */
function backup({ random, fromMs, toMs }: At): SentFlow[] {
  const { host, server, port, bytes } = OFFICE.backup;
  const common = {
    exporter: "192.0.2.1",
    dst_addr: server,
    protocol: 6,
    tcp_flags: WHOLE_CONNECTION,
    latency_ms: 3,
  };
  return [
    {
      ...common,
      src_addr: host,
      src_port: 50_000,
      dst_port: port,
      bytes,
      packets: bytes / 1500,
      start_ms: fromMs,
      end_ms: toMs,
      in_if: 3,
      out_if: 4,
    },
    ...Array.from({ length: 5 }, (_, n) => ({
      ...common,
      src_addr: `10.10.0.${20 + n}`,
      src_port: 51_000 + n,
      dst_port: 443,
      bytes: 10_000 + below(random, 90_000),
      packets: 100,
      start_ms: toMs - (10 + n) * MINUTE,
      end_ms: toMs - n * MINUTE,
      in_if: 3,
      out_if: 4,
    })),
  ];
}

/** A link of 10 Mbit/s that one host fills to 80 % and three others to a little more. */
function wan({ fromMs, toMs }: At): SentFlow[] {
  const { exporter, ifIndex, ifName, bitsPerSecond, host } = OFFICE.wan;
  const shares = [0.8, 0.02, 0.01, 0.01];
  return shares.flatMap((share, n) =>
    // A router ends a long flow every five minutes.
    Array.from({ length: OFFICE_MINUTES / 5 }, (_, i) => {
      const bytes = Math.round(share * bitsPerSecond / 8 * 5 * 60);
      return {
        exporter,
        out_if: ifIndex,
        out_if_name: ifName,
        in_if: 1,
        src_addr: n === 0 ? host : `10.10.0.${10 + n}`,
        dst_addr: "203.0.113.20",
        src_port: 45_000 + n,
        dst_port: 443,
        protocol: 6,
        tcp_flags: WHOLE_CONNECTION,
        bytes,
        packets: Math.ceil(bytes / 1400),
        start_ms: fromMs + i * 5 * MINUTE,
        end_ms: Math.min(toMs, fromMs + (i + 1) * 5 * MINUTE),
        latency_ms: 40,
      };
    })
  );
}

function scan({ toMs }: At): SentFlow[] {
  const { host, target, ports } = OFFICE.scanner;
  return Array.from({ length: ports }, (_, n) => ({
    exporter: "192.0.2.1",
    src_addr: host,
    dst_addr: target,
    src_port: 61_000,
    dst_port: 1 + n,
    protocol: 6,
    tcp_flags: SYN,
    bytes: 44,
    packets: 1,
    start_ms: toMs - 5 * MINUTE + n * 100,
    end_ms: toMs - 5 * MINUTE + n * 100,
    latency_ms: 1,
  }));
}

function unusualPort({ random, toMs }: At): SentFlow[] {
  const { host, peer, port } = OFFICE.rare;
  return Array.from({ length: 5 }, (_, n) => ({
    exporter: "192.0.2.1",
    src_addr: host,
    dst_addr: peer,
    src_port: 40_000 + n,
    dst_port: port,
    protocol: 6,
    tcp_flags: WHOLE_CONNECTION,
    bytes: 5000 + below(random, 1000),
    packets: 20,
    start_ms: toMs - (n + 2) * MINUTE,
    end_ms: toMs - (n + 1) * MINUTE,
    latency_ms: 80,
  }));
}

/** Half-open connections from made-up addresses, in the last minute. */
function flood({ toMs }: At): SentFlow[] {
  const { target, port, sources } = OFFICE.flood;
  return Array.from({ length: sources }, (_, n) => ({
    exporter: "192.0.2.1",
    src_addr: `198.18.${n >> 8}.${n & 255}`,
    dst_addr: target,
    src_port: 1024 + n,
    dst_port: port,
    protocol: 6,
    tcp_flags: SYN,
    bytes: 120,
    packets: 3,
    start_ms: toMs - MINUTE + n * 100,
    end_ms: toMs - MINUTE + n * 100 + 50,
    latency_ms: 1,
  }));
}

function spike({ fromMs }: At): SentFlow[] {
  const { host, peer, minute, bytes } = OFFICE.spike;
  return [{
    ...connection(host, peer),
    exporter: "192.0.2.1",
    bytes,
    packets: bytes / 1500,
    start_ms: fromMs + minute * MINUTE,
    end_ms: fromMs + (minute + 1) * MINUTE,
  }];
}

function stream({ fromMs }: At): SentFlow[] {
  const { host, peer, minutes, bitsPerSecond } = OFFICE.drop;
  return eachMinute(fromMs, minutes, () => bitsPerSecond).map((part) => ({
    ...connection(host, peer),
    exporter: "192.0.2.1",
    ...part,
  }));
}

function growing({ fromMs }: At): SentFlow[] {
  const { exporter, ifIndex, ifName, host, firstBitsPerSecond, moreEachMinute } = OFFICE.growing;
  const rate = (minute: number) => firstBitsPerSecond + minute * moreEachMinute;
  return eachMinute(fromMs, OFFICE_MINUTES, rate).map((part) => ({
    ...connection(host, "203.0.113.40"),
    exporter,
    in_if: 1,
    out_if: ifIndex,
    out_if_name: ifName,
    ...part,
  }));
}

function connection(src_addr: string, dst_addr: string) {
  return {
    src_addr,
    dst_addr,
    src_port: 47_000,
    dst_port: 443,
    protocol: 6,
    tcp_flags: WHOLE_CONNECTION,
    latency_ms: 5,
  };
}

/** One connection that is told of each minute, at the rate that `bitsPerSecond` gives for it. */
function eachMinute(
  fromMs: number,
  minutes: number,
  bitsPerSecond: (minute: number) => number,
): Pick<SentFlow, "bytes" | "packets" | "start_ms" | "end_ms" | "tcp_flags">[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const bytes = bitsPerSecond(minute) / 8 * 60;
    const start_ms = fromMs + minute * MINUTE;
    return {
      tcp_flags: minute === 0 ? WHOLE_CONNECTION & ~FIN : ACK,
      bytes,
      packets: Math.ceil(bytes / 1400),
      start_ms,
      end_ms: start_ms + MINUTE,
    };
  });
}
