import { seededRandom } from "./seeded_random.ts";

/** One made-up flow, for `send` and tests. */
export interface SampleFlow {
  src_addr: string;
  dst_addr: string;
  src_port: number;
  dst_port: number;
  protocol: number;
  bytes: number;
  packets: number;
  /** Unix milliseconds. */
  start_ms: number;
  end_ms: number;
  latency_ms: number;
  /** TCP control bits; left out where the exporter does not look. */
  tcp_flags?: number;
}

export const SCENARIOS = [
  "normal",
  "latency",
  "scan",
  "flood",
  "saturation",
  "beacon",
] as const;
/** What the sample traffic is to look like. */
export type Scenario = (typeof SCENARIOS)[number];

// deno-fmt-ignore: one row a server reads as the table it is.
const SERVERS = [
  { addr: "10.20.0.10", port: 443, protocol: 6, bytes: 48_000, latency: 12 },
  { addr: "10.20.0.11", port: 443, protocol: 6, bytes: 90_000, latency: 18 },
  { addr: "10.20.0.20", port: 5432, protocol: 6, bytes: 16_000, latency: 4 },
  { addr: "10.20.0.53", port: 53, protocol: 17, bytes: 180, latency: 2 },
  { addr: "10.20.0.70", port: 22, protocol: 6, bytes: 6_000, latency: 9 },
] as const;
const CLIENTS = 12;
/** The conversation that is slow in the `latency` scenario. */
const SLOW = { client: 3, server: 0 };

/** Of a connection that was opened, used and closed (FIN, SYN, PSH, ACK); a lone SYN. */
const WHOLE = 27;
const SYN = 2;
const TCP = 6;
/** Who attacks, and who calls home. */
const ATTACKER = "203.0.113.66";
const BOT = "10.10.0.5";
const BEACON_MS = 5000;
/** Of each of the flows of an attack one of `ORDINARY_EACH` is ordinary. */
const ORDINARY_EACH = 4;
/** Octets of each flow of the transfer that fills a link. */
const TRANSFER_BYTES = 50_000_000;

/**
 * Makes up traffic: a dozen clients that talk to five servers, and what the scenario adds. The same
 * seed gives the same flows.
 *
 * @param scenario `normal`: latencies of some milliseconds; `latency`: one conversation takes 180
 *   to 420 ms; `scan`: a host tries the ports of a server and one port of many hosts; `flood`: SYNs
 *   from forged sources; `saturation`: one transfer fills interface 2; `beacon`: a client calls out
 *   every five seconds
 * @param options `seed`, and the `clock` that flows end at, Unix milliseconds
 */
export function* sampleFlows(
  scenario: Scenario,
  { seed, now }: { seed: number; now: () => number },
): Generator<SampleFlow, never> {
  const ordinary = ordinaryFlows(scenario, { seed, now });
  const random = seededRandom(seed + 1);
  let nextBeacon = -Infinity;
  for (let n = 0;; n++) {
    const end = now();
    if (scenario === "beacon" && end >= nextBeacon) {
      nextBeacon = end + BEACON_MS;
      yield attackFlow(end, { from: BOT, to: ATTACKER, sport: 50_000 + n % 9000, dport: 443 });
    } else if (n % ORDINARY_EACH === 0 || !(scenario in ATTACKS)) {
      yield ordinary.next().value;
    } else {
      yield ATTACKS[scenario as keyof typeof ATTACKS](n, { end, random });
    }
  }
}

interface Moment {
  readonly end: number;
  readonly random: () => number;
}

/** The n-th flow of each attack. */
const ATTACKS = {
  scan: (n: number, { end }: Moment): SampleFlow =>
    attackFlow(end, {
      from: ATTACKER,
      ...(n % 2 === 0
        ? { to: SERVERS[0].addr, dport: 1 + n % 2000 }
        : { to: `10.20.1.${n % 250}`, dport: 22 }),
      sport: 51_234,
      lone: true,
    }),
  flood: (_n: number, { end, random }: Moment): SampleFlow =>
    attackFlow(end, {
      from: `198.18.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`,
      to: SERVERS[0].addr,
      sport: 1024 + Math.floor(random() * 60_000),
      dport: 443,
      lone: true,
    }),
  saturation: (_n: number, { end, random }: Moment): SampleFlow => ({
    ...attackFlow(end, { from: "10.10.0.9", to: "10.20.0.20", sport: 45_000, dport: 873 }),
    bytes: Math.round(TRANSFER_BYTES * (0.9 + random() / 5)),
    packets: Math.round(TRANSFER_BYTES / 1400),
    start_ms: end - 1000,
  }),
} as const;

function attackFlow(
  end: number,
  { from, to, sport, dport, lone = false }: {
    from: string;
    to: string;
    sport: number;
    dport: number;
    lone?: boolean;
  },
): SampleFlow {
  return {
    src_addr: from,
    dst_addr: to,
    src_port: sport,
    dst_port: dport,
    protocol: TCP,
    bytes: lone ? 44 : 900,
    packets: lone ? 1 : 6,
    start_ms: lone ? end : end - 200,
    end_ms: end,
    latency_ms: 10,
    tcp_flags: lone ? SYN : WHOLE,
  };
}

function* ordinaryFlows(
  scenario: Scenario,
  { seed, now }: { seed: number; now: () => number },
): Generator<SampleFlow, never> {
  const random = seededRandom(seed);
  for (let n = 0;; n++) {
    const client = n % CLIENTS;
    const index = Math.floor(n / CLIENTS) % SERVERS.length;
    const server = SERVERS[index];
    const slow = scenario === "latency" && client === SLOW.client && index === SLOW.server;
    const bytes = Math.round(server.bytes * (0.5 + random()));
    const end = now();
    yield {
      src_addr: `10.10.0.${client + 1}`,
      dst_addr: server.addr,
      src_port: 40_000 + client * 10 + index,
      dst_port: server.port,
      protocol: server.protocol,
      bytes,
      packets: Math.max(1, Math.round(bytes / 900)),
      start_ms: end - Math.round(50 + random() * 2000),
      end_ms: end,
      latency_ms: round(slow ? 180 + random() * 240 : server.latency * (0.5 + random())),
    };
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
