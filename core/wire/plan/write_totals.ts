import { rawExpression } from "./read_expression.ts";
import type { RowSources, Source } from "./row_sources.ts";
import type { WireTarget } from "./wire_field.ts";

/** What tells one flow of an exporter from another. */
const KEY: ReadonlySet<WireTarget> = new Set<WireTarget>([
  "src_addr",
  "dst_addr",
  "src_port",
  "dst_port",
  "protocol",
  "in_if",
  "out_if",
  "direction",
  "vlan",
]);

/** Counters of the row that run since the flow began, and not since the last record. */
export function totalsOf(sources: RowSources): { bytes?: Source; packets?: Source } {
  const total = (target: "bytes" | "packets") =>
    sources.get(target)?.find(({ kind }) => kind === "total");
  return { bytes: total("bytes"), packets: total("packets") };
}

/**
 * Statements that declare `octets` and `count`: what the flow's totals have grown by since its last
 * record. An event is not traffic, and neither looks the flow up nor changes what is known of it.
 *
 * @param sources of the row
 * @param row number of the row within its record: directions are told apart
 */
export function declareTotals(sources: RowSources, row: number): string[] {
  const { bytes, packets } = totalsOf(sources);
  if (bytes === undefined && packets === undefined) return [];
  const keys = [...sources].flatMap(([target, known]) => KEY.has(target) ? known : []);
  // The field as it stands: a time that is worked out from the header's differs by its rounding.
  const start = sources.get("start_at")?.find(({ kind }) => kind !== "microseconds_ago");
  const [ended] = sources.get("flow_end_reason") ?? [];
  const raw = (source: Source | undefined) =>
    source === undefined ? "NaN" : rawExpression(source.placed);
  return [
    `let octets = ${raw(bytes)}, count = ${raw(packets)};`,
    `if (totals !== null${sources.has("event") ? " && happened < 0" : ""}) {`,
    `totals.begin(from, domain, ${row});`,
    ...(start === undefined ? keys : [...keys, start]).map(({ placed: { offset, length } }) =>
      `totals.key(view, ${offset}, ${length});`
    ),
    `totals.take(octets, count, receivedAt, ${
      ended === undefined ? "false" : hasEnded(rawExpression(ended.placed))
    });`,
    "octets = totals.octets; count = totals.packets; }",
  ];
}

/** The flow ends by itself or by force (IANA flowEndReason 1, 3, 4, 5); 2 is a report on the way. */
function hasEnded(reason: string): string {
  return `(58 >> (${reason} & 7) & 1) === 1`;
}
