import { STORED_FIELDS } from "../../core/flow/schema.ts";
import { flowQuery } from "../../core/query/engine/flow_query.ts";
import { formatFilter } from "../../core/query/filter/format_filter.ts";
import { parseFilter } from "../../core/query/filter/parse_filter.ts";
import { pick } from "../support/filter/sample_values.ts";
import type { FixtureRow } from "../support/flow_fixture.ts";
import { randomContractRows } from "./random_contract_rows.ts";
import type { RandomQuery } from "./random_query.ts";

const HOUR_MS = 3_600_000;
/** Begin of an hour: the first arrival lies in it. */
export const SUMMED_FROM_MS = 1_760_000_400_000 - 1_760_000_400_000 % HOUR_MS;
/** Over how long rows arrive. */
export const SUMMED_MS = 7 * HOUR_MS;

/** Groups and conditions that the sums of one dimension can tell. */
const ASKED: readonly { terms: readonly string[][]; filters: readonly string[] }[] = [
  {
    terms: [[], ["exporter"], ["exporter/16"]],
    filters: ["", "exporter 192.0.2.1", "exporter 10.0.0.0/8", "not exporter 10.1.2.3"],
  },
  {
    terms: [["in_if"], ["exporter", "in_if"]],
    filters: ["", "in if 3", "exporter 192.0.2.1 and in if > 1", "has in_if"],
  },
  { terms: [["out_if"], ["out_if", "exporter"]], filters: ["", "out if 7", "out if < 100"] },
  { terms: [[], ["protocol"]], filters: ["", "proto tcp", "proto in [17 1]", "not proto udp"] },
  { terms: [["service"], ["protocol"], ["service", "protocol"]], filters: ["", "proto tcp"] },
  { terms: [["src_addr"], ["src_addr/24"]], filters: ["", "src net 10.0.0.0/8"] },
  { terms: [["dst_addr"]], filters: ["", "dst host 192.0.2.1", "has dst_addr"] },
];
const METRICS = ["bytes", "packets", "flows", "bps", "pps", "sum(bytes)"];

/** Rows as the contract has them, with arrivals over some hours. */
export function summedRows(random: () => number, count: number): FixtureRow[] {
  const names = new Set(STORED_FIELDS.map(({ name }) => name as string));
  let arrival = SUMMED_FROM_MS + 1;
  return randomContractRows(random, count).map((row) => {
    arrival += Math.floor(1.8 * random() * SUMMED_MS / count);
    return Object.fromEntries(
      Object.entries({ ...row, received_at: arrival }).filter(([name]) => names.has(name)),
    );
  });
}

/**
 * A query that sums answer exactly, over a window of whole steps.
 *
 * @param stepMs whole minutes or hours
 */
export function summedQuery(random: () => number, stepMs: number): RandomQuery {
  const { terms, filters } = pick(random, ASKED);
  const text = pick(random, filters);
  const filter = parseFilter(text);
  const steps = Math.floor(SUMMED_MS / stepMs);
  const first = Math.floor(random() * (steps - 1));
  const length = 1 + Math.floor(random() * (steps - first));
  const buckets = [60, 300, 3600].filter((seconds) => seconds * 1000 >= stepMs);
  const metrics = [...new Set(Array.from({ length: 3 }, () => pick(random, METRICS)))];
  return {
    filter,
    query: flowQuery({
      window: {
        fromMs: SUMMED_FROM_MS + first * stepMs,
        toMs: SUMMED_FROM_MS + (first + length) * stepMs,
        untilNow: false,
      },
      filter: formatFilter(filter),
      time: "arrival",
      // What is said of points that see the same is tested elsewhere.
      dedup: "off",
      group_by: pick(random, terms),
      metrics,
      bucket_seconds: random() < 0.4 ? pick(random, buckets) : null,
      order_by: random() < 0.5 ? null : `${random() < 0.5 ? "-" : ""}${pick(random, metrics)}`,
      limit: pick(random, [1, 3, 1000]),
      offset: random() < 0.2 ? 1 : 0,
    }),
  };
}
