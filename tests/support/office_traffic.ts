import { readRecord } from "../../core/flow/record_reader.ts";
import type { FlowRecord } from "../../core/flow/schema.ts";
import { type FixtureRow, FlowFixture } from "./flow_fixture.ts";
import { Random } from "./random.ts";

export const MINUTE = 60_000;
/** Fifteen minutes, and as much before them. */
export const NOW_WINDOW = { fromMs: 15 * MINUTE, toMs: 30 * MINUTE, untilNow: true };
export const BEFORE_WINDOW = { fromMs: 0, toMs: 15 * MINUTE, untilNow: false };

const INSIDE = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::7"];
const OUTSIDE = ["192.0.2.1", "198.51.100.20", "203.0.113.9", "8.8.8.8"];

/**
 * Random traffic of half an hour through two collectors, more of it in the second quarter.
 *
 * @param seed of the randomness
 * @param since when it begins, milliseconds
 */
export function officeTraffic(
  seed: number,
  since = 0,
): { fixtures: FlowFixture[]; records: FlowRecord[] } {
  const random = new Random(seed);
  const fixtures = ["netflow_udp", "json_udp"].map((capability) =>
    new FlowFixture({ capacity: 4096, capability })
  );
  fixtures.forEach((fixture, which) => {
    for (let at = since; at < 30 * MINUTE; at += 1000) fixture.add(...rows(random, { at, which }));
  });
  const records = fixtures.flatMap(({ source: { ring, ...context } }) =>
    Array.from(
      { length: ring.committed },
      (_, row) => readRecord(ring.columns, row & ring.mask, context),
    )
  ).filter(({ event }) => event === null);
  return { fixtures, records };
}

function rows(random: Random, { at, which }: { at: number; which: number }): FixtureRow[] {
  if (which === 0 && at < 5 * MINUTE && random.below(2) === 0) return [];
  const [client, server] = [random.pick(INSIDE), random.pick(OUTSIDE)];
  const port = random.pick([53, 443, 443, 8443, 123]);
  const high = port === 123 ? 123 : 40_000 + random.below(200);
  const upload = random.below(3) === 0;
  const row: FixtureRow = {
    received_at: at,
    exporter: `198.18.0.${which + 1}`,
    src_addr: upload ? client : server,
    dst_addr: upload ? server : client,
    src_port: upload ? high : port,
    dst_port: upload ? port : high,
    protocol: port === 53 || port === 123 ? 17 : 6,
    bytes: 40 + random.below(at > 20 * MINUTE ? 90_000 : 50_000),
    packets: 1 + random.below(60),
    start_at: at - random.below(20_000),
    end_at: at,
  };
  if (random.below(5) > 0) {
    row.in_if = 1 + random.below(3);
    row.out_if = random.below(4);
    if (random.below(2) > 0) row.in_if_name = `ge-0/0/${row.in_if}`;
  }
  if (which === 0) row.direction = random.pick(["ingress", "ingress", "egress"]);
  if (random.below(2) > 0) row.latency_ms = random.below(200);
  if (random.below(3) > 0) row.src_as = 64_500 + random.below(3);
  if (random.below(3) > 0) row.dst_as = 64_500 + random.below(3);
  if (random.below(40) === 0) row.event = "deny";
  return [row];
}

/** Records that arrived in a window. */
export function arrivedIn(
  records: readonly FlowRecord[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): FlowRecord[] {
  return records.filter(({ received_at }) => {
    const at = Date.parse(received_at!);
    return at >= fromMs && at < toMs;
  });
}

/** The bytes of records. */
export function bytesOf(records: readonly FlowRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}
