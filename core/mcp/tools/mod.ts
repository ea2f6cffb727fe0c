import type { Tool } from "../tool.ts";
import { analyzeLatency } from "./analyze_latency.ts";
import { capabilityStatus } from "./capability_status.ts";
import { diagnoseExporterTool } from "./diagnose_exporter.ts";
import { analyzeTraffic } from "./analyze_traffic.ts";
import { detectBottlenecks } from "./detect_bottlenecks.ts";
import { explainChange } from "./explain_change.ts";
import { getRecommendations } from "./get_recommendations.ts";
import { investigateHost } from "./investigate_host.ts";
import { findAnomalies } from "./find_anomalies.ts";
import { listCapabilities } from "./list_capabilities.ts";
import { monitorOnce } from "./monitor_once.ts";
import { queryFlows } from "./query_flows.ts";
import { searchFlows } from "./search_flows.ts";
import { setThresholds } from "./set_thresholds.ts";
import { startCollection } from "./start_collection.ts";
import { stopCollection } from "./stop_collection.ts";

/** The tools, in the order that clients see them. */
export const defaultTools: readonly Tool[] = [
  listCapabilities,
  startCollection,
  stopCollection,
  capabilityStatus,
  setThresholds,
  analyzeLatency,
  monitorOnce,
  queryFlows,
  searchFlows,
  analyzeTraffic,
  detectBottlenecks,
  findAnomalies,
  investigateHost,
  getRecommendations,
  explainChange,
  diagnoseExporterTool,
];
