import type { Capability } from "../collector/capability.ts";
import { LearntInterfaces } from "../names/learnt_interfaces.ts";
import type { NameData } from "../names/name_data.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { type FlowQuery, flowQuery } from "../query/engine/flow_query.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import type { TimeWindow } from "../query/scan.ts";
import { parseTimeRange } from "../query/time_range.ts";
import { trustBlock } from "../query/trust.ts";
import { CaptureDecoding } from "./capture_decoding.ts";
import { CommandFailure } from "./command.ts";
import type { Question, Reply } from "./query_question.ts";

/** What answers come from. */
export interface CaptureOptions {
  readonly capabilities: readonly Capability[];
  /** Flows that are kept by capability. */
  readonly capacity: number;
  /** Names that are configured; those of interfaces come from the files too. */
  readonly names: NameData;
  /** Stands for the arrival of datagrams of a file that does not say, Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * Answers a question from files of datagrams: decoded into rings like a collector's, and asked with
 * the same engine.
 *
 * @param paths in order; their last arrival stands for "now"
 * @param question without a range it is of everything there is
 * @param options what answers come from
 * @throws {CommandFailure} when a file cannot be read to its end
 */
export async function queryCapture(
  paths: readonly string[],
  question: Question,
  options: CaptureOptions,
): Promise<Reply> {
  const { decoding, arrivals, timeless } = await readCaptures(paths, options);
  const { decoder } = decoding;
  const learnt = new LearntInterfaces();
  for (const source of decoder.sources) learnt.follow(source);
  const directory = new NameDirectory(options.names, learnt);
  const engine = new QueryEngine();
  const run = (query: FlowQuery) =>
    engine.run(decoder.sources, query, { names: directory.services, directory, arrivals });
  const { time_range, ...asked } = question;
  const query = flowQuery({
    ...asked,
    window: time_range === undefined
      ? arrivals
      // By an exporter's clock flows may be dated behind their arrival.
      : parseTimeRange(time_range, arrivals.toMs, { ahead: true }),
  });
  const whole = time_range === undefined && query.time === "flow";
  const { window, ...rest } = whole ? { ...query, window: await ownTimes(run, query) } : query;
  const collection = {
    collecting_since: time_range === undefined ? window.fromMs : arrivals.fromMs,
    listening_since: null,
    collecting_until: null,
    not_listening: [],
  };
  const answer = await run({ ...rest, window, collection });
  const { columns, rows, other, totals, scan, notes, approximate, dedup_factor } = answer;
  const { exporters } = decoder;
  const trust = trustBlock(scan, {
    ...collection,
    loopback_only: false,
    dated_ahead: [],
    downtime: [],
    undecoded: false,
    untracked: exporters.untrackedSince(arrivals.fromMs),
    loss: exporters.lossWithin(arrivals.fromMs, arrivals.toMs),
    uncountable: exporters.uncountable(arrivals.fromMs),
    sets_without_template: decoder.setsWithoutTemplate,
    silence_severity: "info",
    silent_exporters: [],
    unknown_sampling: [],
    silent_streams: [],
  }, {
    approximate,
    dedup_factor,
    notes: [
      ...notes,
      ...(decoding.whole ? [] : ["Some of what the files hold could not be decoded."]),
      ...(timeless ? ["A file does not say when its datagrams arrived: now stands for it."] : []),
    ],
  });
  return { columns, rows, other, totals, next_cursor: null, trust };
}

/** From the first packet of all flows to the last: an exporter's clock may be years off. */
async function ownTimes(
  run: (query: FlowQuery) => Promise<QueryAnswer>,
  { window, filter }: FlowQuery,
): Promise<TimeWindow> {
  const { totals } = await run(
    flowQuery({ window, filter, metrics: ["first_seen", "last_seen", "flows"] }),
  );
  const { first_seen: from, last_seen: to, flows } = totals.metrics;
  const timed = await run(flowQuery({
    window,
    filter: `(${filter === "" ? "any" : filter}) and has start_at and has end_at`,
    metrics: ["flows"],
  }));
  if (typeof from !== "string" || typeof to !== "string") return window;
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  // The arrival of a flow stands for a time that it does not say.
  if (timed.totals.metrics.flows === flows) return { fromMs, toMs, untilNow: true };
  return {
    fromMs: Math.min(fromMs, window.fromMs),
    toMs: Math.max(toMs, window.toMs),
    untilNow: true,
  };
}

/** Decodes files into rings. */
async function readCaptures(
  paths: readonly string[],
  { capabilities, capacity, nowMs }: CaptureOptions,
): Promise<{ decoding: CaptureDecoding; arrivals: TimeWindow; timeless: boolean }> {
  const decoding = new CaptureDecoding(capabilities, { capacity, clamped: true });
  let [fromMs, toMs] = [Infinity, -Infinity];
  let records = 0;
  let timeless = false;
  for (const path of paths) {
    const whole = await decoding.file(path, (capability, datagram, { source, receivedAtMs }) => {
      timeless ||= Number.isNaN(receivedAtMs);
      const at = Number.isNaN(receivedAtMs) ? nowMs : receivedAtMs;
      records += decoding.decoder.keep(capability, datagram, { source, receivedAtMs: at });
      fromMs = Math.min(fromMs, at);
      toMs = Math.max(toMs, at);
    });
    if (!whole) throw new CommandFailure(`${path} is not read to its end: nothing is answered`);
  }
  decoding.summary(records);
  if (fromMs > toMs) fromMs = toMs = nowMs;
  return { decoding, arrivals: { fromMs, toMs, untilNow: true }, timeless };
}
