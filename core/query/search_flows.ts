import { ringKey } from "../flow/ring_identity.ts";
import type { FlowRecord, StoredFieldName } from "../flow/schema.ts";
import type { NameDirectory } from "../names/name_directory.ts";
import { ArchiveView } from "./archive_view.ts";
import {
  BackwardCursor,
  type BackwardOptions,
  type FoundRecord,
  RECORD_FIELDS,
} from "./backward_cursor.ts";
import { compileFilter } from "./filter/compile_filter.ts";
import type { RowTest } from "./filter/filter_columns.ts";
import { filterFields } from "./filter/filter_fields.ts";
import type { FilterNode } from "./filter/filter_node.ts";
import { parseFilter } from "./filter/parse_filter.ts";
import type { FlowArchive } from "./flow_archive.ts";
import { OWN_FIELDS } from "./flow_cursor.ts";
import type { FlowSource } from "./flow_source.ts";
import { noteLives } from "./note_lives.ts";
import { QueryCancelled } from "./query_cancelled.ts";
import { emptyReport, reachesBehind, type ScanReport, type TimeWindow, turn } from "./scan.ts";
import { SealingWait } from "./sealing_wait.ts";
import { noteSumsAlone } from "./sums/note_untold.ts";
import { boundOf, comparePlaces, type SearchPlace } from "./search_place.ts";

const SLICE_MS = 4;
const MAX_ROWS = 1 << 25;

/** Which records are looked for. */
export interface FlowSearch {
  readonly window: TimeWindow;
  /** Text of the filter language; "" for all. Events (NAT, firewall) are found too. */
  readonly filter: string;
  readonly limit: number;
  /** The last record of an earlier search, or where it ended: this one goes on behind it. */
  readonly before: SearchPlace | null;
}

/** Records, the newest first. */
export interface FoundFlows {
  records: FlowRecord[];
  /** For the next search; null when there is nothing left. */
  before: SearchPlace | null;
  scan: ScanReport;
}

/** What a search stands on. */
export interface SearchOptions {
  /** Of names that the filter may use. */
  readonly directory?: NameDirectory;
  /** Asked now and then; true gives the search up. */
  readonly cancelled?: () => boolean;
  /** Rows that rings do not hold any more. */
  readonly archive?: FlowArchive | null;
}

/**
 * Finds records, the newest first, wherever they lie.
 *
 * @param sources rings to read
 * @param search which
 * @param options names, and what reaches further back
 * @throws {FilterError} when the filter is not one, {QueryCancelled}
 */
export async function searchFlows(
  sources: readonly FlowSource[],
  search: FlowSearch,
  { directory, cancelled, archive = null }: SearchOptions = {},
): Promise<FoundFlows> {
  const { window, filter, limit } = search;
  const node = parseFilter(filter, { directory });
  const report = emptyReport(window);
  const wait = new SealingWait();
  const matchers = new Map<object, RowTest>();
  const views = archive && openViews(archive, { node, report, window, sources });
  const cursors = openCursors(sources, search, {
    window,
    limit,
    report,
    views,
    mayWait: wait.may,
    matcher: (columns, { dictionary }) => {
      let matches = matchers.get(columns);
      if (matches === undefined) {
        matches = compileFilter(node, { columns, dictionary, directory });
        matchers.set(columns, matches);
      }
      return matches;
    },
  });
  let sliceEnds = performance.now() + SLICE_MS;
  while (report.rows_scanned < MAX_ROWS) {
    const cursor = newest(cursors);
    if (cursor === null || isPage(cursors, cursor.nextMs, limit)) break;
    if (cursor.waits) {
      await wait.more();
      cursor.locate();
    } else cursor.read();
    if (cancelled?.()) throw new QueryCancelled("the search was given up");
    if (performance.now() < sliceEnds) continue;
    await turn();
    sliceEnds = performance.now() + SLICE_MS;
  }
  views?.narrow.close();
  views?.whole.close();
  noteSumsAlone(report, "single flows", { sources, archive });
  return { ...arrange(cursors, limit), scan: report };
}

function openViews(
  archive: FlowArchive,
  { node, report, window, sources }: {
    node: FilterNode;
    report: ScanReport;
    window: TimeWindow;
    sources: readonly FlowSource[];
  },
): NonNullable<BackwardOptions["views"]> {
  const needed = reachesBehind(sources, window);
  const fields: StoredFieldName[] = [...new Set([...OWN_FIELDS, ...filterFields(node)])];
  return {
    narrow: new ArchiveView(archive, { fields, filter: node, report, needed }),
    // What it cannot read the other has said.
    whole: new ArchiveView(archive, { fields: RECORD_FIELDS, report, needed: false }),
  };
}

function openCursors(
  sources: readonly FlowSource[],
  { window, before }: FlowSearch,
  options: Omit<BackwardOptions, "bound">,
): BackwardCursor[] {
  const { views, report } = options;
  const held = new Set(sources.map(ringKey));
  const rings = views?.narrow.rings(window) ?? [];
  if (views?.narrow.needed) noteLives(report, views.narrow, { sources, rings });
  const gone = rings.filter((ring) => !held.has(ringKey(ring)));
  return [...sources, ...gone]
    .map((ring) => new BackwardCursor(ring, { ...options, bound: boundOf(ring, before) }));
}

/** The cursor that what arrived last of all may come from; null when none has more for the page. */
function newest(cursors: readonly BackwardCursor[]): BackwardCursor | null {
  let found: BackwardCursor | null = null;
  let most = -Infinity;
  for (const cursor of cursors) {
    if (cursor.done || cursor.full) continue;
    const at = cursor.nextMs;
    if (found === null || at > most) {
      found = cursor;
      most = at;
    }
  }
  return found;
}

/** Whether a page and one more were found that arrived after a time: nothing else belongs to it. */
function isPage(cursors: readonly BackwardCursor[], afterMs: number, limit: number): boolean {
  let count = 0;
  for (const { found } of cursors) {
    for (const { atMs } of found) if (atMs > afterMs) count++;
  }
  return count > limit;
}

/** The page, as far as nothing that was not looked at belongs before it. */
function arrange(
  cursors: readonly BackwardCursor[],
  limit: number,
): Pick<FoundFlows, "records" | "before"> {
  const rest = newest(cursors);
  const afterMs = rest === null ? -Infinity : rest.nextMs;
  const found: FoundRecord[] = cursors.flatMap((cursor) => cursor.found)
    .filter(({ atMs }) => atMs > afterMs).sort(comparePlaces);
  const page = found.slice(0, limit);
  const records = page.map(({ record }) => record);
  if (found.length > limit) {
    const { atMs, ring, row } = page[limit - 1];
    return { records, before: { atMs, ring, row } };
  }
  // Where reading was ended early, the next search goes on there.
  return { records, before: rest === null ? null : { atMs: afterMs, ring: "", row: 0 } };
}
