import {
  LATENCY_FIELDS,
  LatencyAggregate,
  type LatencyPicture,
} from "../monitor/latency_aggregate.ts";
import type { NameDirectory } from "../names/name_directory.ts";
import { compileFilter } from "../query/filter/compile_filter.ts";
import { filterFields } from "../query/filter/filter_fields.ts";
import { parseFilter } from "../query/filter/parse_filter.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { noteSumsAlone } from "../query/sums/note_untold.ts";
import { type ScanReport, scanWindow, type TimeWindow } from "../query/scan.ts";

/** Rows that arrive while the rings are read, one by one, must push none out of the window. */
const SLACK_MS = 60_000;
const MAX_WINDOW_MS = 86_400_000;

/** Which flows' latency is asked for. */
export interface LatencyQuestion {
  readonly window: TimeWindow;
  /** Text of the filter language; "" for all flows. */
  readonly filter: string;
  /** Flows to return. */
  readonly limit: number;
}

/** Latency by flow, highest p95 first. */
export interface LatencyAnswer extends LatencyPicture {
  /** Flows beyond the limit. */
  omitted: number;
  scan: ScanReport;
}

/**
 * Which flows are slow? Reads the window from the rings, whatever the monitor's own window is.
 *
 * @param sources rings to read
 * @param question what is asked
 * @param options `directory` of names that the filter may use, and the `archive` that reaches further
 *   back than rings
 * @throws {FilterError} when the filter is not one
 */
export async function analyzeLatency(
  sources: readonly FlowSource[],
  { window, filter, limit }: LatencyQuestion,
  { directory, archive }: { directory?: NameDirectory; archive?: FlowArchive | null } = {},
): Promise<LatencyAnswer> {
  const node = parseFilter(filter, { directory });
  const aggregate = new LatencyAggregate(
    Math.min(MAX_WINDOW_MS, Math.max(0, window.toMs - window.fromMs) + SLACK_MS),
  );
  const matchers = new Map<object, (slot: number) => boolean>();
  const fields = [...new Set([...LATENCY_FIELDS, ...filterFields(node)])];
  const options = { window, fields, archive, filter: node };
  const scan = await scanWindow(sources, options, (block, { start, end }, { dictionary }) => {
    let matches = matchers.get(block);
    if (matches === undefined) {
      matches = compileFilter(node, { columns: block, dictionary, directory });
      matchers.set(block, matches);
    }
    for (let slot = start; slot < end; slot++) {
      if (matches(slot)) aggregate.add(block, slot);
    }
  });
  noteSumsAlone(scan, "latency", { sources, archive });
  const picture = aggregate.picture({ minSamples: 1, aboveMs: -Infinity });
  const flows = picture.flows.slice(0, limit);
  return { ...picture, flows, omitted: picture.flows.length - flows.length, scan };
}
