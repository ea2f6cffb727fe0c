import { type FlowColumns, isPresent } from "../flow/columns.ts";
import { EXPORT_FORMATS, type ExportFormat, presenceBit } from "../flow/schema.ts";
import { compileFilter } from "../query/filter/compile_filter.ts";
import { parseFilter } from "../query/filter/parse_filter.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { nearestRank } from "../query/nearest_rank.ts";
import { scanWindow, type TimeWindow } from "../query/scan.ts";
import type { LackingRows, RowEvidence } from "./exporter_evidence.ts";

/** Whose rows are looked at. */
export interface ExporterRowsQuestion {
  /** Canonical address; null for all exporters. */
  readonly address: string | null;
  readonly window: TimeWindow;
}

const FIELDS = [
  "exporter",
  "export_format",
  "event",
  "received_at",
  "start_at",
  "end_at",
  "duration_ms",
  "bytes",
  "packets",
  "in_if",
  "sampling_rate",
  "protocol",
  "tcp_flags",
] as const;
type Columns = Pick<FlowColumns, (typeof FIELDS)[number] | "presence">;
const BIT = Object.fromEntries(FIELDS.map((name) => [name, presenceBit(name)])) as Record<
  (typeof FIELDS)[number],
  number
>;
/** Values kept for quantiles: the first that come; enough to tell seconds from hours. */
const MAX_VALUES = 65_536;
const TCP = 6;
/** Flags that begin or end a connection (RFC 9293 §3.1). */
const [FIN, SYN, RST] = [1, 2, 4];
/** Formats whose records have room for what their version has, and nothing else. */
const FIXED: ReadonlySet<ExportFormat> = new Set(["netflow1", "netflow5", "netflow7", "sflow5"]);
/** What an Ethernet frame without jumbo carries. */
const ETHERNET_MTU = 1500;

/** Some values, for quantiles. */
class Values {
  readonly #values: number[] = [];
  most = -Infinity;
  least = Infinity;

  add(value: number): void {
    if (this.#values.length < MAX_VALUES) this.#values.push(value);
    if (value > this.most) this.most = value;
    if (value < this.least) this.least = value;
  }

  /** By the nearest-rank rule; null where there are none. */
  quantile(q: number): number | null {
    const { length } = this.#values;
    if (length === 0) return null;
    return Float64Array.from(this.#values).sort()[nearestRank(q, length) - 1];
  }
}

type Lacking = { -readonly [K in keyof LackingRows]: number };

function noLack(): Lacking {
  return { rows: 0, uncounted: 0, without_interface: 0, untimed: 0 };
}

/** The counts of a format; null is every one whose fields can be chosen. */
function lackingOf(
  all: Map<ExportFormat | null, Lacking>,
  format: ExportFormat | null,
): Lacking {
  let found = all.get(format);
  if (found === undefined) all.set(format, found = noLack());
  return found;
}

/**
 * What the rows of one exporter, or of all, say about the export: clocks, durations, sizes, what is left out.
 *
 * @param sources rings to read
 * @param question whose rows, of which window
 * @param options the `archive` that reaches further back than rings
 */
export async function exporterRows(
  sources: readonly FlowSource[],
  { address, window }: ExporterRowsQuestion,
  { archive }: { archive?: FlowArchive | null } = {},
): Promise<RowEvidence> {
  const node = parseFilter(address === null ? "" : `exporter ${address}`);
  const lag = new Values();
  const duration = new Values();
  let first = Infinity;
  let last = -Infinity;
  const counts = {
    rows: 0,
    timed: 0,
    oversized: 0,
    unsampled: 0,
    tcp: 0,
    lone_packets: 0,
  };
  const lacking = new Map<ExportFormat | null, Lacking>();
  const matchers = new Map<object, (slot: number) => boolean>();
  await scanWindow(
    sources,
    { window, fields: FIELDS, archive, filter: node },
    (block: Columns, { start, end }, { dictionary }) => {
      let matches = matchers.get(block);
      if (matches === undefined) {
        matches = compileFilter(node, { columns: block, dictionary });
        matchers.set(block, matches);
      }
      for (let slot = start; slot < end; slot++) {
        if (!matches(slot)) continue;
        const has = (name: (typeof FIELDS)[number]) => isPresent(block, { slot, bit: BIT[name] });
        if (has("event")) continue;
        counts.rows++;
        const format = EXPORT_FORMATS[block.export_format[slot]];
        const lacks = lackingOf(lacking, FIXED.has(format) ? format : null);
        lacks.rows++;
        first = Math.min(first, block.received_at[slot]);
        last = Math.max(last, block.received_at[slot]);
        if (has("end_at")) {
          counts.timed++;
          lag.add(block.received_at[slot] - block.end_at[slot]);
          if (has("start_at")) duration.add(block.end_at[slot] - block.start_at[slot]);
        } else {
          lacks.untimed++;
          if (has("duration_ms")) duration.add(block.duration_ms[slot]);
        }
        if (!has("bytes") || !has("packets")) lacks.uncounted++;
        else if (block.bytes[slot] > ETHERNET_MTU * block.packets[slot]) counts.oversized++;
        if (!has("in_if")) lacks.without_interface++;
        if (!has("sampling_rate")) counts.unsampled++;
        if (block.protocol[slot] === TCP && has("tcp_flags")) {
          counts.tcp++;
          const amid = (block.tcp_flags[slot] & (FIN | SYN | RST)) === 0;
          if (amid && block.packets[slot] === 1) counts.lone_packets++;
        }
      }
    },
  );
  const { null: free, ...fixed } = Object.fromEntries(lacking);
  return {
    ...counts,
    free: free ?? noLack(),
    fixed,
    first_received_ms: counts.rows === 0 ? null : first,
    last_received_ms: counts.rows === 0 ? null : last,
    least_lag_ms: lag.quantile(0) === null ? null : lag.least,
    median_lag_ms: lag.quantile(0.5),
    p95_duration_ms: duration.quantile(0.95),
    longest_duration_ms: duration.quantile(1) === null ? null : duration.most,
  };
}
