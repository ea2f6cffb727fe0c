import { ringKey } from "../flow/ring_identity.ts";
import type { PortDowntime } from "../exporter/collection_health.ts";
import { upTimes } from "../exporter/up_times.ts";
import type { StoredFieldName } from "../flow/schema.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { PICTURE_FIELDS } from "../monitor/picture/picture_block.ts";
import type { ListeningTime } from "../monitor/picture/listening_times.ts";
import { type Stretch, TimeBins } from "../monitor/picture/time_bins.ts";
import { TrafficPicture } from "../monitor/picture/traffic_picture.ts";
import type { NameDirectory } from "../names/name_directory.ts";
import { compileFilter } from "../query/filter/compile_filter.ts";
import { filterFields } from "../query/filter/filter_fields.ts";
import { parseFilter } from "../query/filter/parse_filter.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { QueryCancelled } from "../query/query_cancelled.ts";
import { Overtaken, type ScanReport, scanWindow, type TimeWindow } from "../query/scan.ts";

const DEFAULT_MAX_MS = 10_000;
const DEFAULT_MAX_ROWS = 1 << 25;

/** Of what a picture is made, and what reading may cost. */
export interface PictureQuestion {
  /** Those that will look at it: they say which parts it has, and whether it looks back. */
  readonly monitors: readonly Monitor[];
  readonly window: TimeWindow;
  /** Text of the filter language; "" for all traffic. */
  readonly filter: string;
  readonly directory: NameDirectory;
  /** Flows that memory does not hold any more; without it what it holds is all there is. */
  readonly archive?: FlowArchive | null;
  /** When collectors of this process did not listen; default: never. */
  readonly downtime?: readonly PortDowntime[];
  /** Milliseconds after which reading ends; default 10,000. */
  readonly maxMs?: number;
  /** Rows to read at most; default 33 million. */
  readonly maxRows?: number;
  /** Asked now and then; true gives the question up. */
  readonly cancelled?: () => boolean;
}

/** A picture, what it stands on, and what is missing in it. */
export interface PictureRead {
  readonly picture: TrafficPicture;
  readonly scan: ScanReport;
  readonly notes: string[];
}

/**
 * Reads the window, then what it is compared with, as far as the budget goes: in slices that yield.
 *
 * @param sources rings to read
 * @param question what to read
 * @throws {FilterError} when the filter is not one, {QueryCancelled}
 */
export async function readPicture(
  sources: readonly FlowSource[],
  question: PictureQuestion,
): Promise<PictureRead> {
  return await read(sources, question, true).catch((error) => {
    if (!(error instanceof Overtaken)) throw error;
    // The writer came into the rows that were being read in place.
    return read(sources, question, false);
  });
}

async function read(
  sources: readonly FlowSource[],
  question: PictureQuestion,
  inPlace: boolean,
): Promise<PictureRead> {
  const { monitors, window, filter, directory } = question;
  const node = parseFilter(filter, { directory });
  const fields = [...new Set<StoredFieldName>([...PICTURE_FIELDS, ...filterFields(node)])];
  const parts = new Set(monitors.flatMap(({ parts }) => parts));
  const named = directory.services.namedPorts;
  const listening = listeningTimes(sources, question);
  const picture = new TrafficPicture(window, { parts, named, listening });
  const matchers = new Map<object, (slot: number) => boolean>();
  const until = performance.now() + (question.maxMs ?? DEFAULT_MAX_MS);
  let rowsLeft = question.maxRows ?? DEFAULT_MAX_ROWS;
  const readStretch = async (stretch: Stretch, range: TimeWindow): Promise<ScanReport> => {
    const report = await scanWindow(sources, {
      window: range,
      fields: fields as (typeof PICTURE_FIELDS)[number][],
      archive: question.archive,
      filter: node,
      inPlace,
      enough: (rows) => {
        if (question.cancelled?.()) throw new QueryCancelled("the question was given up");
        return rows >= rowsLeft || performance.now() > until;
      },
    }, (block, rows, { dictionary, capability }) => {
      let matches = matchers.get(block);
      if (matches === undefined) {
        matches = compileFilter(node, { columns: block, dictionary, directory });
        matchers.set(block, matches);
      }
      picture.fold(block, rows, { stretch, matches, capability });
    });
    rowsLeft -= report.rows_scanned;
    return report;
  };
  const { bins } = picture;
  const scan = await readStretch(bins.window, window);
  const notes = scan.stopped_at === null
    ? []
    : ["The budget was used up within the window: what arrived later was not looked at."];
  if (!monitors.some(({ looksBack }) => looksBack)) return { picture, scan, notes };
  const before = bins.dayBefore === null ? [bins.reference] : [bins.reference, bins.dayBefore];
  for (const stretch of before) {
    const { fromMs } = stretch;
    const toMs = Math.min(stretch.toMs, window.fromMs);
    const report = await readStretch(stretch, { fromMs, toMs, untilNow: false });
    if (report.stopped_at === null) continue;
    picture.coveredFrom.delete(stretch);
    notes.push("The budget was used up before all that the window is compared with was read.");
    break;
  }
  return { picture, scan, notes };
}

/**
 * When collectors listened, as far as that is known: since their ring was made; of rings of a process
 * before this one, until what arrived last. Between the two nobody would have heard anything.
 */
function listeningTimes(
  sources: readonly FlowSource[],
  { window, archive, downtime = [] }: PictureQuestion,
): ListeningTime[] {
  const running = sources.flatMap((source) => timesOf(source, downtime));
  const here = new Set(sources.map(ringKey));
  const { reference } = new TimeBins(window);
  try {
    const gone = (archive?.rings(reference.fromMs) ?? []).filter((ring) =>
      !here.has(ringKey(ring))
    );
    return [
      ...running,
      ...gone.map(({ capability, epoch, fromMs, toMs }) => ({
        capability,
        fromMs: Math.min(epoch, fromMs),
        toMs,
      })),
    ];
  } catch {
    // What cannot be read has no rows in the picture either, and the scan says so.
    return running;
  }
}

/** The life of a ring of this process without the time in which its collector did not listen. */
function timesOf(
  { capability, port, epoch }: FlowSource,
  downtime: readonly PortDowntime[],
): ListeningTime[] {
  const own = downtime.filter((down) => down.capability === capability && down.port === port);
  // Of a capability that never listened it is known that it did not.
  return [{ fromMs: epoch, toMs: epoch }, ...upTimes(epoch, own)]
    .map((time) => ({ capability, ...time }));
}
