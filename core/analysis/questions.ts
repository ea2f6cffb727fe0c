import type { EvaluateLatency, LatencyEvaluation } from "../monitor/latency_monitor.ts";
import type { NameData } from "../names/name_data.ts";
import type { FlowQuery } from "../query/engine/flow_query.ts";
import type { QueryAnswer } from "../query/engine/query_answer.ts";
import type { FlowSearch, FoundFlows } from "../query/search_flows.ts";
import type { RowEvidence } from "./exporter_evidence.ts";
import type { ExporterRowsQuestion } from "./exporter_rows.ts";
import type { AnomalyAnswer, AnomalyQuestion } from "./anomalies.ts";
import type { LatencyAnswer, LatencyQuestion } from "./latency.ts";
import type { SampleAnswer, SampleQuestion } from "./sample_flows.ts";

/** What the query worker is set up with. */
export interface QuestionSetup {
  /** What names are made of; none configured where it is left out. */
  readonly names?: NameData;
  /** Folder of history.db, which the worker may read; null where none is kept. */
  readonly history: string | null;
}

/** What the query worker can be asked. */
export interface Questions {
  /** What the latency monitor sees now. */
  evaluate_latency: { ask: EvaluateLatency; answer: LatencyEvaluation };
  /** Latency by flow over any window. */
  latency: { ask: LatencyQuestion; answer: LatencyAnswer };
  /** Example records of some flows. */
  sample_flows: { ask: SampleQuestion; answer: SampleAnswer };
  /** What the monitors find in a window. */
  anomalies: { ask: AnomalyQuestion; answer: AnomalyAnswer };
  /** Any question about traffic. */
  query: { ask: FlowQuery; answer: QueryAnswer };
  /** What the rows of one exporter say about its export. */
  exporter_rows: { ask: ExporterRowsQuestion; answer: RowEvidence };
  /** Records, the newest first. */
  search: { ask: FlowSearch; answer: FoundFlows };
}
