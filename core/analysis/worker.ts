/// <reference lib="deno.worker" />
import { giveWay } from "../give_way.ts";
import { HistoryArchive } from "../history/history_archive.ts";
import { LatencyMonitor } from "../monitor/latency_monitor.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { hostQuestions } from "../query/query_host.ts";
import { LearntInterfaces } from "../names/learnt_interfaces.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { LEARN_AHEAD_MS } from "../query/dedup/overlap_memory.ts";
import { DEFAULT_BUDGET, QueryEngine } from "../query/engine/run_query.ts";
import { searchFlows } from "../query/search_flows.ts";
import { findAnomalies } from "./anomalies.ts";
import { exporterRows } from "./exporter_rows.ts";
import { analyzeLatency } from "./latency.ts";
import type { Questions } from "./questions.ts";
import { sampleFlows } from "./sample_flows.ts";
import type { WorkerSetup } from "./worker_setup.ts";

/** How often the monitors take in what has arrived; a ring at full rate laps in some 100 ms. */
const FOLLOW_MS = 50;
const FIRST_WINDOW_MS = 60_000;

/** Entry of the query worker: the query engine and what the monitors keep up to date. */
const sources: FlowSource[] = [];
const learnt = new LearntInterfaces();
let directory = new NameDirectory(undefined, learnt);
let budget = DEFAULT_BUDGET;
let archive: HistoryArchive | null = null;
const engine = new QueryEngine();
const latency = new LatencyMonitor(FIRST_WINDOW_MS);

giveWay("answers");

hostQuestions<Questions>(
  {
    evaluate_latency: (ask) => latency.evaluate(ask),
    latency: (question) =>
      held((archive) => analyzeLatency(sources, question, { directory, archive })),
    sample_flows: (question) => sampleFlows(sources, question),
    anomalies: (question, { cancelled }) =>
      held((archive) => findAnomalies(sources, question, { directory, cancelled, archive })),
    query: (query, { cancelled }) =>
      held((archive) => {
        const { services: names } = directory;
        return engine.run(sources, query, { names, directory, budget, cancelled, archive });
      }),
    exporter_rows: (question) => held((archive) => exporterRows(sources, question, { archive })),
    search: (search, { cancelled }) =>
      held((archive) => searchFlows(sources, search, { directory, cancelled, archive })),
  },
  (source) => {
    sources.push(source);
    latency.follow(source);
    learnt.follow(source);
  },
  (setup) => {
    const { names, budget: allowed, history } = setup as WorkerSetup;
    directory = new NameDirectory(names, learnt);
    budget = allowed;
    archive = history && new HistoryArchive(history.folder, { writer: history.writer });
  },
);

/** Answers a question with what is on disk as it is at one moment: nothing it counts on goes meanwhile. */
async function held<T>(answer: (archive: HistoryArchive | null) => Promise<T>): Promise<T> {
  using moment = archive?.hold() ?? null;
  return await answer(moment);
}

setInterval(() => latency.catchUp(), FOLLOW_MS);
// Should it fail, the next question learns by itself, and says what is wrong.
setInterval(() => engine.learnAhead(sources).catch(() => {}), LEARN_AHEAD_MS);
