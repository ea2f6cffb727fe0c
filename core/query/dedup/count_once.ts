import type { StoredFieldName } from "../../flow/schema.ts";
import type { FilterNode } from "../filter/filter_node.ts";
import type { FlowArchive } from "../flow_archive.ts";
import type { FlowSource, RowOrigin } from "../flow_source.ts";
import { scanWindow, type TimeWindow } from "../scan.ts";
import type { ConversationHash } from "./conversation_hash.ts";
import { ConversationTable } from "./conversation_table.ts";
import { DEDUP_FIELDS, type DedupColumns, isConversation, knows } from "./dedup_columns.ts";
import { newestSince } from "./newest_since.ts";
import type { Overlap } from "./overlap_memory.ts";
import { formatPoint } from "./point_table.ts";

/** What is done about conversations that several points saw. */
export type DedupMode = "off" | "report" | "on";

/** A report looks at so many rows at most, the newest: it must not cost more than the query. */
const REPORT_ROWS = 1 << 18;
/** Points named in a note. */
const MAX_NAMED = 6;
/** A factor nearer to 1 is not worth a note. */
export const WORTH_SAYING = 1.005;
const GOLDEN = 0x9e3779b1;

/** How often conversations count among some rows, and at which points they are seen. */
export interface Counted {
  readonly factor: number;
  readonly overlap: Overlap;
  readonly rows: number;
}

/** What counting each conversation at one point comes to. */
export interface CountedOnce {
  /** Octets as they were observed by octets counted once; null where there are none. */
  readonly factor: number | null;
  readonly notes: string[];
  readonly approximate: { figure: string; error: string }[];
  /** What a report found that is worth a note, and of how many rows; else null. */
  readonly report: Counted | null;
  /** Whether a row counts; null where all do. */
  readonly counts: ((columns: DedupColumns, slot: number) => boolean) | null;
}

/** Every row counts, and nobody asked. */
export const COUNTED_AS_SEEN: CountedOnce = {
  factor: null,
  notes: [],
  approximate: [],
  report: null,
  counts: null,
};

/** Which rows a count is about. */
export interface CountOptions {
  readonly mode: "report" | "on";
  readonly overlap: Overlap;
  readonly hash: ConversationHash;
  readonly window: TimeWindow;
  readonly inPlace: boolean;
  /** Asked between blocks; true ends the count, which then holds for what was read. */
  readonly enough: (rows: number) => boolean;
  /** As of a scan: they count where each row is to count once. */
  readonly archive?: FlowArchive | null;
  readonly filter: FilterNode;
  /** Columns that the tests below read. */
  readonly fields: readonly StoredFieldName[];
  /** Makes the test of a block: the share of a row that is asked for, 0 to 1. */
  readonly wanted: (block: DedupColumns, origin: RowOrigin) => (slot: number) => number;
}

/**
 * Finds for each conversation the one point where it counts: the first in its cluster's order that
 * saw it, among the rows that are asked for.
 *
 * @throws {Overtaken} in place
 */
export async function countOnce(
  sources: readonly FlowSource[],
  options: CountOptions,
): Promise<CountedOnce> {
  const { mode, overlap, hash, inPlace, enough, wanted } = options;
  if (overlap.clusters.length === 0) return { ...COUNTED_AS_SEEN, factor: 1 };
  const { window, whole } = mode === "report"
    ? newestSince(sources, options.window, REPORT_ROWS)
    : { window: options.window, whole: true };
  // A report is of what memory holds: what disk has to be read for is no more like it.
  const archive = mode === "report" ? null : options.archive;
  const table = new ConversationTable();
  const tests = new Map<object, (slot: number) => number>();
  let all = 0;
  let single = 0;
  const fields: readonly StoredFieldName[] = [...new Set([...DEDUP_FIELDS, ...options.fields])];
  const scan = await scanWindow(
    sources,
    { window, fields, archive, filter: options.filter, inPlace, enough },
    (found, range, origin) => {
      const block = found as DedupColumns;
      let test = tests.get(block);
      if (test === undefined) tests.set(block, test = wanted(block, origin));
      for (let slot = range.start; slot < range.end; slot++) {
        if (knows(block, slot, "event")) continue;
        const share = test(slot);
        if (share === 0) continue;
        const weight = knows(block, slot, "bytes") ? block.bytes[slot] * share : 0;
        all += weight;
        const point = isConversation(block, slot) ? overlap.points.find(block, slot) : -1;
        const cluster = point < 0 ? -1 : overlap.clusterOf[point];
        if (cluster < 0) {
          single += weight;
          continue;
        }
        hash.take(block, slot);
        const high = (hash.high ^ Math.imul(cluster, GOLDEN)) >>> 0;
        table.add(high, hash.low, { rank: overlap.rankOf[point], weight });
      }
    },
  );
  const kept = table.kept();
  const once = single + kept.all;
  const factor = once > 0 ? all / once : null;
  const notes = table.unplaced > 0
    ? ["There are more conversations than can be told apart: some still count more than once."]
    : [];
  const report = mode === "report" && factor !== null && factor > WORTH_SAYING
    ? { factor, overlap, rows: scan.rows_scanned }
    : null;
  if (report !== null) {
    const among = whole ? null : `the newest ${report.rows} flow records`;
    notes.push(severalTimes({ ...report, among }));
  }
  const approximate = [];
  if (!whole && factor !== null && factor > WORTH_SAYING) {
    const error = `of the newest ${scan.rows_scanned} flow records alone`;
    approximate.push({ figure: "dedup_factor", error });
  }
  const sampled = overlap.clusters.some((cluster) => cluster.sampled);
  if (sampled && factor !== null && factor > WORTH_SAYING) {
    const error = "points that sample do not see the same packets, so that conversations are " +
      "matched in part only; what the preferred point did not see is " +
      `${(100 * kept.elsewhere / once).toFixed(1)} % of what counts`;
    approximate.push({ figure: "dedup_factor", error });
  }
  return {
    factor,
    notes,
    approximate,
    report,
    counts: mode === "report" ? null : (columns, slot) => {
      if (!isConversation(columns, slot)) return true;
      const point = overlap.points.find(columns, slot);
      const cluster = point < 0 ? -1 : overlap.clusterOf[point];
      if (cluster < 0) return true;
      hash.take(columns, slot);
      const high = (hash.high ^ Math.imul(cluster, GOLDEN)) >>> 0;
      return table.counts(high, hash.low, overlap.rankOf[point]);
    },
  };
}

/**
 * Says how often conversations count.
 *
 * @param counted what was found, `among` which rows; null for all that the answer is of
 */
export function severalTimes(
  { factor, overlap: { clusters, points }, among }: Counted & { readonly among: string | null },
): string {
  const named = clusters.map(({ points: ids }) => {
    const names = ids.slice(0, MAX_NAMED).map((id) => formatPoint(points.point(id)));
    const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "";
    return names.join(", ") + more;
  });
  const traffic = among === null ? "Traffic" : `Among ${among} traffic`;
  return `${traffic} is counted ${
    factor.toFixed(2)
  } times on average, since several points see the ` +
    `same conversations: ${
      named.slice(0, MAX_NAMED).join("; ")
    }. To count each once, ask query_flows or analyze_traffic with dedup "on".`;
}
