import { RowCopy } from "../../core/flow/segment/row_copy.ts";
import { SegmentDecoder } from "../../core/flow/segment/segment_decoder.ts";
import { SegmentFault } from "../../core/flow/segment/segment_fault.ts";
import { type EncodedSegment, SegmentEncoder } from "../../core/flow/segment/segment_encoder.ts";
import { FLOW_TABLE } from "../../core/flow/schema.ts";
import type { HistoryStore, StoredSegment } from "../../core/history/history_store.ts";
import { type FixtureRow, FlowFixture } from "./flow_fixture.ts";
import { Random } from "./random.ts";

const decoder = new SegmentDecoder(FLOW_TABLE);

/** Rows of traffic whose bytes are numbered from `first`, a millisecond apart from `fromMs` on. */
export function numberedRows(
  count: number,
  { first = 0, fromMs = 0 }: { first?: number; fromMs?: number } = {},
): FixtureRow[] {
  const random = new Random(first);
  return Array.from({ length: count }, (_, i) => ({
    received_at: fromMs + i,
    exporter: "192.0.2.1",
    src_addr: `10.0.${random.below(4)}.${random.below(256)}`,
    dst_addr: `2001:db8::${random.below(1000)}`,
    src_port: random.below(65_536),
    dst_port: 443,
    protocol: 6,
    bytes: first + i,
    packets: 1,
    application: "web",
  }));
}

/** Rows as a segment. */
export function encodedRows(rows: readonly FixtureRow[]): EncodedSegment {
  const fixture = new FlowFixture({ capacity: 2 * rows.length });
  fixture.add(...rows);
  const copy = new RowCopy(FLOW_TABLE, rows.length);
  copy.take(fixture.source.ring, 0, rows.length);
  const { dictionary } = fixture.source;
  return new SegmentEncoder(FLOW_TABLE, { seed: 1 }).encode(copy, rows.length, dictionary);
}

/** The values of a field of a segment's rows, read from the database. */
export function valuesOf(
  store: HistoryStore,
  segment: StoredSegment,
  field: "bytes" | "src_port" = "bytes",
): number[] {
  const { directory } = segment;
  if (directory instanceof SegmentFault) throw directory;
  const pages = store.readPages(segment, decoder.pagesFor(directory, [field]));
  const decoded = decoder.decode(directory, [field], pages);
  if (decoded instanceof SegmentFault) throw decoded;
  return [...decoded.columns[field].subarray(0, decoded.rows)];
}

/** The bytes of all rows that are kept, in the order of their rows. */
export function allBytes(store: HistoryStore): number[] {
  return store.list({ fromMs: -Infinity, toMs: Infinity })
    .toSorted((a, b) => a.firstRow - b.firstRow).flatMap((segment) => valuesOf(store, segment));
}

/** Numbers from `first` up to `end`. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}
