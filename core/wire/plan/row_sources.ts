import { isReadable } from "./read_expression.ts";
import type { PlacedField, RecordLayout } from "./record_layout.ts";
import type { WireKind, WireTarget, WireUse } from "./wire_field.ts";

/** One field that can give a target its value. */
export interface Source {
  readonly placed: PlacedField;
  readonly kind: WireKind;
  readonly rank: number;
  readonly use: WireUse;
  /** Place of the field in the record. */
  readonly place: number;
}

/** Rank of counters that tell what is new since the last record: IPFIX 1 and 2. */
export const DELTA_RANK = 0;

/** What each column and fact of a row is read from, the most wanted first. */
export type RowSources = ReadonlyMap<WireTarget, readonly Source[]>;

/** What changes places when a flow is seen from its other end. */
const MIRROR: ReadonlyMap<WireTarget, WireTarget> = new Map(
  ([
    ["src_addr", "dst_addr"],
    ["src_port", "dst_port"],
    ["src_as", "dst_as"],
    ["src_prefix_len", "dst_prefix_len"],
    ["src_mac", "dst_mac"],
    ["in_if", "out_if"],
    ["in_if_name", "out_if_name"],
    ["nat_src_addr", "nat_dst_addr"],
    ["nat_src_port", "nat_dst_port"],
  ] as [WireTarget, WireTarget][]).flatMap(([a, b]) => [[a, b], [b, a]]),
);

/** Kinds whose elements are repeated with different meanings: the first that is known counts. */
const REPEATED: ReadonlySet<WireKind> = new Set(["juniper_exception"]);

/** What a row of the other direction cannot take over from the first. */
const ONE_WAY: ReadonlySet<WireTarget> = new Set([
  "bytes",
  "packets",
  "l2_bytes",
  "dropped_packets",
  "tcp_flags",
  "ip_tos",
  "icmp_type",
  "icmp_code",
  "mpls_label",
  "forwarding_status",
  "next_hop",
  "bgp_next_hop",
  "direction",
]);

/**
 * The rows that a record gives: one, or two where it holds both directions of a conversation.
 *
 * @param layout fields with their places and uses
 */
export function rowsOf(layout: RecordLayout): RowSources[] {
  const forward = collect(layout, "forward");
  const reversed = layout.fields.some(({ field }) =>
    field.uses?.some(({ row, target }) => row === "reverse" && isCounter(target)) ?? false
  );
  const rows = reversed ? [forward, collect(layout, "reverse")] : [forward];
  const view = commonView(rows);
  for (const row of rows) pairCounters(row, view);
  return rows;
}

function isCounter(target: WireTarget): boolean {
  return target === "bytes" || target === "packets";
}

function collect(
  layout: RecordLayout,
  row: "forward" | "reverse",
): Map<WireTarget, Source[]> {
  const sources = new Map<WireTarget, Source[]>();
  for (const [place, placed] of layout.fields.entries()) {
    for (const use of placed.field.uses ?? []) {
      if (use.row !== undefined && use.row !== row) continue;
      if (!isReadable(use.kind, placed.length)) continue;
      let { target } = use;
      if (row === "reverse" && use.row === undefined) {
        if (ONE_WAY.has(target)) continue;
        target = MIRROR.get(target) ?? target;
      }
      const known = sources.get(target) ?? [];
      // A repeated element is a tunnel's inner header, or the same again: the first counts.
      const repeated = !REPEATED.has(use.kind) &&
        known.some(({ placed: { field }, kind }) =>
          field.name === placed.field.name && kind === use.kind
        );
      // One field may be part of several latencies.
      if (!repeated || (use.kind === "latency" && !known.some((other) => other.use === use))) {
        known.push({ placed, kind: use.kind, rank: use.rank ?? 0, use, place });
      }
      sources.set(target, known);
    }
  }
  for (const known of sources.values()) known.sort((a, b) => a.rank - b.rank);
  return sources;
}

/** Of two rows the lowest rank of counters that both have: one view of the conversation. */
function commonView(rows: readonly RowSources[]): number | undefined {
  if (rows.length < 2) return undefined;
  const [forward, reverse] = rows.map((row) =>
    [...row].flatMap(([target, known]) => isCounter(target) ? known.map(({ rank }) => rank) : [])
  );
  return forward.filter((rank) => reverse.includes(rank)).sort((a, b) => a - b)[0];
}

/**
 * Counters before and after the device are views of the same packets: never added, and octets of
 * one view are not shown beside packets of the other.
 *
 * @param sources of a row
 * @param view rank that both rows of the record have counters of
 */
function pairCounters(sources: Map<WireTarget, Source[]>, view: number | undefined): void {
  const bytes = sources.get("bytes") ?? [];
  const packets = sources.get("packets") ?? [];
  const rank = view ?? bytes.find((b) => packets.some((p) => p.rank === b.rank))?.rank;
  for (const [target, known] of [["bytes", bytes], ["packets", packets]] as const) {
    const chosen = known.filter((source) => rank === undefined || source.rank === rank).slice(0, 1);
    if (chosen.length > 0) sources.set(target, chosen);
    else sources.delete(target);
  }
}
