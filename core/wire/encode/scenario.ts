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
}

export const SCENARIOS = ["normal", "latency"] as const;
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

/**
 * Makes up traffic: a dozen clients that talk to five servers. The same seed gives the same flows.
 *
 * @param scenario `normal`: latencies of some milliseconds; `latency`: one conversation takes 180
 *   to 420 ms
 * @param options `seed`, and the `clock` that flows end at, Unix milliseconds
 */
export function* sampleFlows(
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
