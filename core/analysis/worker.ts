/// <reference lib="deno.worker" />
import { LatencyMonitor } from "../monitor/latency_monitor.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { hostQuestions } from "../query/query_host.ts";
import { ServiceNames } from "../names/service_names.ts";
import { QueryEngine } from "../query/engine/run_query.ts";
import { searchFlows } from "../query/search_flows.ts";
import { findAnomalies } from "./anomalies.ts";
import { analyzeLatency } from "./latency.ts";
import type { Questions } from "./questions.ts";
import { sampleFlows } from "./sample_flows.ts";

/** How often the monitors take in what has arrived; a ring at full rate laps in some 100 ms. */
const FOLLOW_MS = 50;
const FIRST_WINDOW_MS = 60_000;

/** Entry of the query worker: the query engine and what the monitors keep up to date. */
const sources: FlowSource[] = [];
const names = new ServiceNames();
const engine = new QueryEngine();
const latency = new LatencyMonitor(FIRST_WINDOW_MS);

hostQuestions<Questions>(
  {
    evaluate_latency: (ask) => latency.evaluate(ask),
    latency: (question) => analyzeLatency(sources, question),
    sample_flows: (question) => sampleFlows(sources, question),
    anomalies: (question, { cancelled }) => findAnomalies(sources, question, { names, cancelled }),
    query: (query, { cancelled }) => engine.run(sources, query, { names, cancelled }),
    search: (search, { cancelled }) => searchFlows(sources, search, { cancelled }),
  },
  (source) => {
    sources.push(source);
    latency.follow(source);
  },
);

setInterval(() => latency.catchUp(), FOLLOW_MS);
