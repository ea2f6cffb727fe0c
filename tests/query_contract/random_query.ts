import { STORED_FIELDS } from "../../core/flow/schema.ts";
import { type FlowQuery, flowQuery } from "../../core/query/engine/flow_query.ts";
import type { FilterNode } from "../../core/query/filter/filter_node.ts";
import { formatFilter } from "../../core/query/filter/format_filter.ts";
import { randomFilter } from "../support/filter/random_filter.ts";
import { pick } from "../support/filter/sample_values.ts";
import { CONTRACT_FROM_MS } from "./random_contract_rows.ts";

type Random = () => number;

const PREFIXES = ["src_addr/24", "dst_addr/8/48", "exporter/16/0", "src_addr/0/128", "next_hop/32"];
const TERMS = [
  ...STORED_FIELDS.map(({ name }) => name),
  // Oftener than their share: people ask for these.
  ...["service", "service", "capability", "src_addr", "dst_addr", "src_port", "dst_port"],
  ...["protocol", ...PREFIXES, ...PREFIXES],
];
/** Terms that a segment has small numbers for. */
const OF_CODES = [
  ["src_addr"],
  ["dst_addr"],
  ["exporter"],
  ["src_addr/24"],
  ["src_addr", "capability"],
  ["service"],
  ["dst_port"],
  ["protocol", "dst_addr"],
  ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"],
] as const;
const MEASURED = STORED_FIELDS.filter(({ storage }) => storage === "f64" || storage === "u32")
  .map(({ name }) => name);
const PLAIN = [
  ...["bytes", "packets", "flows", "bps", "pps", "l2_bytes", "dropped_packets", "retransmits"],
  ...["first_seen", "last_seen"],
];
const FUNCTIONS = ["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"];

/** A query, and the tree of its filter. */
export interface RandomQuery {
  readonly query: FlowQuery;
  readonly filter: FilterNode;
}

/**
 * A query that may be asked of random rows.
 *
 * @param random numbers from 0 to 1
 * @param lastMs latest arrival of the rows
 */
export function randomQuery(random: Random, lastMs: number): RandomQuery {
  const filter: FilterNode = random() < 0.5 ? { kind: "any" } : randomFilter(random, 1);
  const metrics = several(random, { most: 4, make: () => randomMetric(random) });
  const length = lastMs - CONTRACT_FROM_MS;
  const fromMs = CONTRACT_FROM_MS + Math.floor((random() - 0.2) * length);
  const untilNow = random() < 0.3;
  const toMs = untilNow ? Math.max(lastMs, fromMs + 1) : fromMs + 1 +
    Math.floor(random() * length);
  const bucket_seconds = random() < 0.4 ? pick(random, [1, 7.5, 10, 60, 300, 3600]) : null;
  const window = { fromMs, toMs, untilNow };
  return {
    filter,
    query: flowQuery({
      window,
      filter: formatFilter(filter),
      time: pick(random, ["arrival", "flow"] as const),
      group_by: random() < 0.15
        ? []
        : several(random, { most: 3, make: () => pick(random, TERMS) }),
      metrics,
      bucket_seconds,
      order_by: random() < 0.4 ? null : `${random() < 0.5 ? "-" : ""}${pick(random, metrics)}`,
      limit: pick(random, [1, 3, 20, 1000]),
      offset: random() < 0.2 ? pick(random, [1, 5, 2000]) : 0,
    }),
  };
}

/** A query whose groups small numbers of segments tell apart, by arrival. */
export function randomQueryOfCodes(random: Random, lastMs: number): RandomQuery {
  const { query, filter } = randomQuery(random, lastMs);
  const metrics = [...new Set([...query.metrics, pick(random, ["bytes", "flows"])])]
    .filter((name) => random() < 0.1 || !/^(distinct|p\d)/.test(name));
  return {
    filter,
    query: {
      ...query,
      time: "arrival",
      bucket_seconds: null,
      group_by: [...pick(random, OF_CODES)],
      metrics,
      order_by: pick(random, metrics),
    },
  };
}

function several(
  random: Random,
  { most, make }: { most: number; make: () => string },
): string[] {
  return [...new Set(Array.from({ length: 1 + Math.floor(random() * most) }, make))];
}

function randomMetric(random: Random): string {
  const kind = random();
  if (kind < 0.5) return pick(random, PLAIN);
  if (kind < 0.65) return `distinct(${pick(random, TERMS)})`;
  return `${pick(random, FUNCTIONS)}(${pick(random, MEASURED)})`;
}
