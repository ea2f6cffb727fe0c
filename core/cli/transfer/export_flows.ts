import { type FlowField, type StoredFieldName } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { compileFilter } from "../../query/filter/compile_filter.ts";
import type { RowTest } from "../../query/filter/filter_columns.ts";
import { filterFields } from "../../query/filter/filter_fields.ts";
import type { FilterNode } from "../../query/filter/filter_node.ts";
import type { FlowArchive } from "../../query/flow_archive.ts";
import { scanWindow, type TimeWindow } from "../../query/scan.ts";
import { type Damage, damageNote } from "../../query/trust.ts";
import { type CellReader, cellReader, columnsOf } from "./cell_reader.ts";
import type { RowSink } from "./row_sink.ts";

/** A scan reads so much: each has room for as many different texts as a collector has. */
const SLICE_MS = 86_400_000;
/** Sentences about what is missing that are told; days of a damaged disk have one each. */
const MAX_NOTES = 10;

/** Which flows go where. */
export interface ExportOptions {
  readonly window: TimeWindow;
  readonly filter: FilterNode;
  /** Of names that the filter may use. */
  readonly directory: NameDirectory;
  /** What is written of each. */
  readonly fields: readonly FlowField[];
  readonly sink: RowSink;
  /** Asked now and then; true ends it. */
  readonly stopped: () => boolean;
  /** Hears how far it has come: rows written, and the arrival of the last one looked at. */
  readonly onProgress: (rows: number, atMs: number) => void;
}

/** What an export came to. */
export interface ExportReport {
  rows: number;
  /** First and last arrival of what was looked at, Unix milliseconds; null where there was nothing. */
  fromMs: number | null;
  toMs: number | null;
  /** Rows of the time that history never got, that retention took meanwhile, or that notes tell of. */
  missed: number;
  /** What could not be read, in plain sentences. */
  notes: string[];
}

/** A block's test, and what reads its rows. */
interface Block {
  readonly matches: RowTest;
  readonly cells: readonly CellReader[];
}

/**
 * Writes the flows of a time, the oldest first. Memory does not grow with how many they are, and
 * others have their turn every few milliseconds.
 *
 * @param archive to read from
 * @param options which flows go where
 * @throws what the sink throws
 */
export async function exportFlows(
  archive: FlowArchive,
  options: ExportOptions,
): Promise<ExportReport> {
  const { window, filter, directory, fields, sink, stopped, onProgress } = options;
  const wanted: StoredFieldName[] = [
    ...new Set(["received_at", ...fields.flatMap(columnsOf), ...filterFields(filter)] as const),
  ];
  const report: ExportReport = { rows: 0, fromMs: null, toMs: null, missed: 0, notes: [] };
  const damaged: Damage = { rows_damaged: 0, damage: null };
  for (const slice of slices(window, archive)) {
    if (stopped()) break;
    const blocks = new Map<object, Block>();
    const { rows_missed, rows_damaged, damage, notes } = await scanWindow(
      [],
      { window: slice, fields: wanted, archive, filter, enough: stopped, pause },
      (columns, { start, end }, origin) => {
        let block = blocks.get(columns);
        if (block === undefined) {
          const { dictionary } = origin;
          block = {
            matches: compileFilter(filter, { columns, dictionary, directory }),
            cells: fields.map((field) => cellReader(field, columns, origin)),
          };
          blocks.set(columns, block);
        }
        for (let slot = start; slot < end; slot++) {
          if (!block.matches(slot)) continue;
          sink.take(block.cells, slot);
          report.rows++;
        }
        const { received_at: arrivals } = columns;
        report.fromMs = Math.min(report.fromMs ?? Infinity, arrivals[start]);
        report.toMs = Math.max(report.toMs ?? -Infinity, arrivals[end - 1]);
        onProgress(report.rows, arrivals[end - 1]);
      },
    );
    report.missed += rows_missed - rows_damaged;
    damaged.rows_damaged += rows_damaged;
    damaged.damage ??= damage;
    if (report.notes.length < MAX_NOTES) report.notes.push(...notes);
  }
  const note = damageNote(damaged);
  if (note !== null) report.notes.unshift(note);
  return report;
}

/** Signals come through only while the thread is idle. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A time in pieces, the oldest first; what lies between them holds nothing. */
function* slices(
  { fromMs, toMs, untilNow }: TimeWindow,
  archive: FlowArchive,
): Generator<TimeWindow> {
  for (let from = fromMs; from < toMs;) {
    // The last one is read in any case: it may have what arrives at its end.
    from = Math.max(from, Math.min(nextFlowMs(archive, from), toMs - 1));
    const to = Math.min(toMs, (Math.floor(from / SLICE_MS) + 1) * SLICE_MS);
    yield { fromMs: from, toMs: to, untilNow: untilNow && to === toMs };
    from = to;
  }
}

/**
 * Before when no flow arrived since a time, Unix milliseconds: a clock that was wrong for a moment dates
 * some of them years from all others.
 */
function nextFlowMs(archive: FlowArchive, sinceMs: number): number {
  try {
    return archive.rings(sinceMs).reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity);
  } catch {
    // Who reads says why it cannot be read.
    return sinceMs;
  }
}
