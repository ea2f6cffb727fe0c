import { ANOMALY_MONITORS } from "../monitor/anomaly_monitors.ts";
import { type AnomalyType, type Finding, severityRank } from "../monitor/finding.ts";
import { MonitorView } from "../monitor/monitor_view.ts";
import type { TrafficPicture } from "../monitor/picture/traffic_picture.ts";
import type { Heard } from "../exporter/collection_health.ts";
import { NameDirectory } from "../names/name_directory.ts";
import type { FlowArchive } from "../query/flow_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { QueryCancelled } from "../query/query_cancelled.ts";
import { type ScanReport, type TimeWindow, turn } from "../query/scan.ts";
import { noteSumsAlone } from "../query/sums/note_untold.ts";
import { isAllUntold } from "../query/scan_report.ts";
import { readPicture } from "./read_picture.ts";

/** Which anomalies are asked for; whom collectors heard and when is left out where it is not known. */
export interface AnomalyQuestion extends Partial<Heard> {
  readonly window: TimeWindow;
  /** Those to look for; none for all. */
  readonly types: readonly AnomalyType[];
  /** Text of the filter language; "" for all traffic. */
  readonly filter: string;
  /** Most findings to return. */
  readonly limit: number;
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
  const { services } = directory;
  const { picture, scan, notes } = await readPicture(sources, {
    ...options,
    monitors,
    window,
    filter,
    directory,
    downtime: question.downtime,
  });
  noteSumsAlone(scan, "anomalies, which are found in single flows", { ...options, sources });
  if (isAllUntold(scan)) {
    return { findings: [], omitted: 0, scan, notes };
  }
  const view = new MonitorView(picture, {
    window,
    filter,
    directory,
    heard: new Map(question.exporters?.map((heard) => [heard.address, heard])),
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
    notes: [...notes, ...roomNotes(picture), ...view.notes, ...view.expectedNotes],
  };
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
