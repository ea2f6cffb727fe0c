import type { Logger } from "@logtape/logtape";
import type { Questions } from "../analysis/questions.ts";
import { Collectors, type LoadedCapability } from "../collector/collectors.ts";
import { collectionHealth } from "../collector/health.ts";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../flow/clock.ts";
import type { ExporterRules } from "../exporter/exporter_policy.ts";
import { parseNetwork } from "../flow/network.ts";
import { createServer } from "../mcp/server.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { MonitorRunner } from "../monitor/monitor_runner.ts";
import { InterfaceSpeeds } from "../query/interface_speeds.ts";
import { QueryClient } from "../query/query_client.ts";
import type { State } from "../state/state.ts";

/** What an engine is made from. */
export interface EngineOptions {
  readonly config: Config;
  readonly capabilities: readonly LoadedCapability[];
  /** Entry module of collector workers. */
  readonly collectorWorker: URL;
  /** Closed with the engine. */
  readonly state: State;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Everything behind the MCP server, wired by hand in the one way that data flows: collectors fill
 * rings, the query worker reads them, the monitors run on a clock, tools ask.
 */
export class Engine {
  readonly collectors: Collectors;
  readonly queries: QueryClient<Questions>;
  readonly runner: MonitorRunner;
  readonly #context: ToolContext;
  readonly #options: EngineOptions;
  #stopMonitors: () => void = () => {};

  constructor(options: EngineOptions) {
    this.#options = options;
    const { config, capabilities, collectorWorker, state, clock, log } = options;
    this.queries = new QueryClient<Questions>({
      workerUrl: new URL("../analysis/worker.ts", import.meta.url),
      clock,
      log: log.getChild("query"),
    });
    const speeds = new InterfaceSpeeds();
    this.collectors = new Collectors({
      capabilities,
      workerUrl: collectorWorker,
      capacity: config.store.capacity_rows,
      max: config.collector.max,
      host: config.collector.host,
      exporters: exporterRules(config),
      state,
      clock,
      log: log.getChild("collector"),
      onStart: ({ capability, memory: { ring, dictionary, interfaces } }) => {
        this.queries.attach({ capability, ring, dictionary });
        speeds.follow(interfaces);
      },
    });
    this.runner = new MonitorRunner({
      clock,
      thresholds: config.latency,
      evaluate: (ask) => this.queries.ask("evaluate_latency", ask),
      sample: async (subjects, fromMs, toMs) => {
        const window = { fromMs, toMs, untilNow: true };
        return (await this.queries.ask("sample_flows", { window, subjects })).records;
      },
      health: (fromMs, toMs) => collectionHealth(this.collectors.all, fromMs, toMs),
    });
    this.#context = {
      collectors: this.collectors,
      runner: this.runner,
      queries: this.queries,
      capacities: {
        capacity: (exporter, ifIndex) => {
          const speed = speeds.speed(exporter, ifIndex);
          return speed === null ? null : { bits_per_second: speed, source: "if_speed" };
        },
      },
      anomalies: null,
      clock,
      log: log.getChild("mcp"),
    };
  }

  /** Begins to evaluate the monitors on their interval. */
  start(): void {
    const { clock, config, log } = this.#options;
    let busy = false;
    this.#stopMonitors = clock.every(config.monitor.interval_seconds * 1000, () => {
      if (busy) return;
      busy = true;
      this.runner.evaluate()
        .catch((error) => log.warn("monitors could not look", { reason: error.message }))
        .finally(() => busy = false);
    });
  }

  /** Makes the MCP server of one connection. */
  readonly createServer = () => createServer(this.#context);

  /** Closes sockets and ends workers, in the reverse of the order they began in. */
  async stop(): Promise<void> {
    this.#stopMonitors();
    await this.collectors.stopAll();
    this.queries.close();
    this.#options.state.close();
  }
}

function exporterRules({ exporter: { allow, sampling_rates } }: Config): ExporterRules {
  return {
    allow: allow.map((text) => parseNetwork(text)!),
    samplingRates: Object.entries(sampling_rates)
      .map(([text, rate]) => ({ network: parseNetwork(text)!, rate })),
  };
}
