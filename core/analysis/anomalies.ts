import { networkWords, parseNetwork } from "../flow/network.ts";
import type { StoredFieldName } from "../flow/schema.ts";
import { ANOMALY_MONITORS } from "../monitor/anomaly_monitors.ts";
import { type AnomalyType, type Finding, severityRank } from "../monitor/finding.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { MonitorView } from "../monitor/monitor_view.ts";
import { PICTURE_FIELDS } from "../monitor/picture/picture_block.ts";
import type { Stretch } from "../monitor/picture/time_bins.ts";
import { TrafficPicture } from "../monitor/picture/traffic_picture.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { compileFilter } from "../query/filter/compile_filter.ts";
import { filterFields } from "../query/filter/filter_fields.ts";
import { parseFilter } from "../query/filter/parse_filter.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { QueryCancelled } from "../query/query_cancelled.ts";
import { Overtaken, type ScanReport, scanWindow, type TimeWindow, turn } from "../query/scan.ts";

const DEFAULT_MAX_MS = 10_000;
const DEFAULT_MAX_ROWS = 1 << 25;

/** An exporter as accounting knows it: it may be heard without sending flows. */
export interface HeardExporter {
  readonly address: string;
  /** Unix milliseconds of its last datagram, whatever that held. */
  readonly last_seen_ms: number;
}

/** Which anomalies are asked for. */
export interface AnomalyQuestion {
  readonly window: TimeWindow;
  /** Those to look for; none for all. */
  readonly types: readonly AnomalyType[];
  /** Text of the filter language; "" for all traffic. */
  readonly filter: string;
  /** Most findings to return. */
  readonly limit: number;
  /** Exporters that collection has heard; none where that is not known. */
  readonly exporters?: readonly HeardExporter[];
  /** Nets of hosts that scan and poll on purpose (monitoring, vulnerability scanners). */
  readonly known_scanners?: readonly string[];
}

/** What was found, the gravest first. */
export interface AnomalyAnswer {
  findings: Finding[];
  /** Findings beyond the limit. */
  omitted: number;
  scan: ScanReport;
  /** What could not be judged, and why. */
  notes: string[];
}

/** What looking for anomalies may cost, and what it stands on. */
export interface AnomalyOptions {
  /** Names, and which networks are one's own; default: those of IANA, and the private ranges. */
  readonly directory?: NameDirectory;
  /** Milliseconds after which reading ends, and the answer says so; default 10,000. */
  readonly maxMs?: number;
  /** Rows to read at most; default 33 million. */
  readonly maxRows?: number;
  /** Asked now and then; true gives the question up. */
  readonly cancelled?: () => boolean;
  /** Rows that rings do not hold any more. */
  readonly archive?: FlowArchive | null;
}

/**
 * Runs the monitors over a window of the rings, and over the time before it where one of them
 * compares.
 *
 * @param sources rings to read
 * @param question which anomalies, when and in which traffic
 * @param options what it may cost
 * @throws {FilterError} when the filter is not one, {QueryCancelled}
 */
export async function findAnomalies(
  sources: readonly FlowSource[],
  question: AnomalyQuestion,
  options: AnomalyOptions = {},
): Promise<AnomalyAnswer> {
  const { types, window, filter, limit } = question;
  const monitors = ANOMALY_MONITORS.filter(({ type }) =>
    types.length === 0 || types.includes(type)
  );
  const { directory = new NameDirectory() } = options;
  const { services, internal } = directory;
  const reading = { monitors, question, options, directory };
  const { picture, scan, notes } = await read(sources, reading, true).catch((error) => {
    if (!(error instanceof Overtaken)) throw error;
    return read(sources, reading, false);
  });
  const nets = (texts: readonly string[]) =>
    texts.flatMap((text) => parseNetwork(text) ?? []).map(networkWords);
  const view = new MonitorView(picture, {
    window,
    filter,
    internal: nets(internal),
    knownScanners: nets(question.known_scanners ?? []),
    heard: new Map(question.exporters?.map(({ address, last_seen_ms }) => [address, last_seen_ms])),
    serviceName: (protocol, port) => services.serviceName(protocol, port),
  });
  const findings: Finding[] = [];
  for (const monitor of monitors) {
    findings.push(...monitor.evaluate(view));
    await turn();
    if (options.cancelled?.()) throw new QueryCancelled("the question was given up");
  }
  findings.sort((a, b) =>
    severityRank(b.severity) - severityRank(a.severity) || b.confidence - a.confidence
  );
  return {
    findings: findings.slice(0, limit),
    omitted: Math.max(0, findings.length - limit),
    scan,
    notes: [...notes, ...roomNotes(picture), ...view.notes],
  };
}

interface Reading {
  readonly monitors: readonly Monitor[];
  readonly question: AnomalyQuestion;
  readonly options: AnomalyOptions;
  readonly directory: NameDirectory;
}

/** Reads the window, then what it is compared with, as far as the budget goes. */
async function read(
  sources: readonly FlowSource[],
  { monitors, question: { window, filter }, options, directory }: Reading,
  inPlace: boolean,
): Promise<{ picture: TrafficPicture; scan: ScanReport; notes: string[] }> {
  const node = parseFilter(filter, { directory });
  const fields = [...new Set<StoredFieldName>([...PICTURE_FIELDS, ...filterFields(node)])];
  const parts = new Set(monitors.flatMap(({ parts }) => parts));
  const picture = new TrafficPicture(window, { parts, named: directory.services.namedPorts });
  const matchers = new Map<object, (slot: number) => boolean>();
  const until = performance.now() + (options.maxMs ?? DEFAULT_MAX_MS);
  let rowsLeft = options.maxRows ?? DEFAULT_MAX_ROWS;
  const readStretch = async (stretch: Stretch, range: TimeWindow): Promise<ScanReport> => {
    const report = await scanWindow(sources, {
      window: range,
      fields: fields as (typeof PICTURE_FIELDS)[number][],
      archive: options.archive,
      filter: node,
      inPlace,
      enough: (rows) => {
        if (options.cancelled?.()) throw new QueryCancelled("the question was given up");
        return rows >= rowsLeft || performance.now() > until;
      },
    }, (block, rows, { dictionary }) => {
      let matches = matchers.get(block);
      if (matches === undefined) {
        matches = compileFilter(node, { columns: block, dictionary, directory });
        matchers.set(block, matches);
      }
      picture.fold(block, rows, { stretch, matches });
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

/** What found no room, and so was not looked at. */
function roomNotes({ hosts, conversations }: TrafficPicture): string[] {
  const notes: string[] = [];
  if (hosts.refused > 0) {
    notes.push(`There are more than ${hosts.count} hosts: flows of the others were not looked at.`);
  }
  if (conversations !== null && conversations.refused > 0) {
    notes.push(
      `There are more than ${conversations.count} conversations: ${conversations.refused} flows ` +
        "of others were not looked at.",
    );
  }
  if ((conversations?.starts?.refused ?? 0) > 0) {
    notes.push(
      `The beginnings of ${
        conversations!.starts!.refused
      } connections found no room: beacons and ` +
        "floods late in the window may be missed.",
    );
  }
  if (conversations !== null && conversations.sampledRows > 0) {
    const share = Math.round(100 * conversations.sampledRows / conversations.rows);
    notes.push(
      `${share} % of the flows are sampled: short connections, scans among them, are seen in part.`,
    );
  }
  return notes;
}
