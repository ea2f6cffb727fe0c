import type { AnomalyType, Finding } from "../monitor/finding.ts";
import type { FlowSource } from "../query/flow_source.ts";
import type { ScanReport, TimeWindow } from "../query/scan.ts";

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
  /** Nets that are one's own; default: the private ranges. */
  readonly internal_networks?: readonly string[];
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
  /** Milliseconds after which reading ends, and the answer says so; default 10,000. */
  readonly maxMs?: number;
  /** Rows to read at most. */
  readonly maxRows?: number;
  /** Asked now and then; true gives the question up. */
  readonly cancelled?: () => boolean;
}

/**
 * Runs the monitors over a window of the rings.
 *
 * @param sources rings to read
 * @param question which anomalies, when and in which traffic
 * @param options what it may cost
 * @throws {FilterError} when the filter is not one, {QueryCancelled}
 */
export function findAnomalies(
  sources: readonly FlowSource[],
  question: AnomalyQuestion,
  options: AnomalyOptions = {},
): Promise<AnomalyAnswer> {
  void sources, question, options;
  return Promise.reject(new Error("not there yet"));
}
