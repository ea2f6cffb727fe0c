import { presenceBit, STORED_FIELDS } from "../flow/schema.ts";
import type { FlowRecord } from "../flow/schema.ts";
import { readRecord } from "../flow/record_reader.ts";
import { firstRowSince, RingReader } from "../flow/ring_reader.ts";
import { isPresent } from "../flow/columns.ts";
import type { NameDirectory } from "../names/name_directory.ts";
import { compileFilter } from "./filter/compile_filter.ts";
import { parseFilter } from "./filter/parse_filter.ts";
import type { FlowSource } from "./flow_source.ts";
import { QueryCancelled } from "./query_cancelled.ts";
import { emptyReport, type ScanReport, type TimeWindow, turn } from "./scan.ts";

const BLOCK_ROWS = 2048;
const SLICE_MS = 4;
const MAX_ROWS = 1 << 25;
const RECEIVED_AT_BIT = presenceBit("received_at");

/** Which records are looked for. */
export interface FlowSearch {
  readonly window: TimeWindow;
  /** Text of the filter language; "" for all. Events (NAT, firewall) are found too. */
  readonly filter: string;
  readonly limit: number;
  /** Where an earlier search ended: for each source the row to stop before. */
  readonly before: readonly number[] | null;
}

/** Records, the newest first. */
export interface FoundFlows {
  records: FlowRecord[];
  /** For the next search; null when there is nothing left. */
  before: number[] | null;
  scan: ScanReport;
}

/** One source, read from its newest row backwards. */
interface Backward {
  readonly source: FlowSource;
  readonly reader: RingReader<(typeof STORED_FIELDS)[number]["name"]>;
  readonly matches: (slot: number) => boolean;
  readonly first: number;
  /** Rows from here on have been looked at. */
  row: number;
  readonly found: { row: number; at: number; record: FlowRecord }[];
}

/**
 * Finds records, the newest first.
 *
 * @param sources rings to read
 * @param search which
 * @param options `directory` of names that the filter may use; `cancelled` is asked now and then,
 *   true gives the search up
 * @throws {FilterError} when the filter is not one, {QueryCancelled}
 */
export async function searchFlows(
  sources: readonly FlowSource[],
  { window, filter, limit, before }: FlowSearch,
  { directory, cancelled }: { directory?: NameDirectory; cancelled?: () => boolean } = {},
): Promise<FoundFlows> {
  const node = parseFilter(filter, { directory });
  const report = emptyReport(window);
  const all = sources.map((source, i): Backward => {
    const { ring } = source;
    const reader = new RingReader(ring, {
      fields: STORED_FIELDS.map(({ name }) => name),
      blockRows: BLOCK_ROWS,
    });
    const end = window.untilNow ? ring.committed : firstRowSince(ring, window.toMs);
    return {
      source,
      reader,
      matches: compileFilter(node, {
        columns: reader.block,
        dictionary: source.dictionary,
        directory,
      }),
      first: firstRowSince(ring, window.fromMs),
      // A source that is new since the earlier search has nothing older than it.
      row: before === null ? end : Math.min(end, before[i] ?? 0),
      found: [],
    };
  });
  let sliceEnds = performance.now() + SLICE_MS;
  for (const one of all) {
    while (one.row > one.first && one.found.length <= limit && report.rows_scanned < MAX_ROWS) {
      readBackward(one, { report, limit });
      if (cancelled?.()) throw new QueryCancelled("the search was given up");
      if (performance.now() < sliceEnds) continue;
      await turn();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }
  const merged = all.flatMap((one, i) => one.found.map((hit) => ({ ...hit, i })))
    .sort((a, b) => b.at - a.at || a.i - b.i || b.row - a.row);
  const page = merged.slice(0, limit);
  const rest = merged.length > limit || all.some((one) => one.row > one.first);
  return {
    records: page.map(({ record }) => record),
    before: rest ? all.map((one, i) => nextBefore(one, { i, page })) : null,
    scan: report,
  };
}

/** Where to go on in a source: below its last record on the page, or where reading ended. */
function nextBefore(
  { row, found }: Backward,
  { i, page }: { i: number; page: readonly { i: number; row: number }[] },
): number {
  const shown = page.filter((hit) => hit.i === i);
  if (shown.length > 0 && shown.length < found.length) return shown[shown.length - 1].row;
  return shown.length === 0 && found.length > 0 ? found[0].row + 1 : row;
}

function readBackward(
  one: Backward,
  { report, limit }: { report: ScanReport; limit: number },
): void {
  const { reader, source, matches, found } = one;
  const from = Math.max(one.first, one.row - BLOCK_ROWS);
  const { start, end, firstRow, missed } = reader.read(from, one.row);
  report.rows_missed += missed;
  let slot = end - 1;
  for (; slot >= start && found.length <= limit; slot--) {
    report.rows_scanned++;
    report.sampling_rows[reader.block.sampling_source[slot]]++;
    if (!matches(slot)) continue;
    const known = isPresent(reader.block, { slot, bit: RECEIVED_AT_BIT });
    found.push({
      row: firstRow + slot - start,
      at: known ? reader.block.received_at[slot] : 0,
      record: readRecord(reader.block, slot, source),
    });
  }
  one.row = slot < start ? from : firstRow + slot + 1 - start;
}
