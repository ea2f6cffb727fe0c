import type { Logger } from "@logtape/logtape";
import { KnownCapacities } from "../analysis/known_capacities.ts";
import type { Questions } from "../analysis/questions.ts";
import type { WorkerSetup } from "../analysis/worker_setup.ts";
import { BufferWatch } from "../collector/buffer_watch.ts";
import { Collectors, type LoadedCapability } from "../collector/collectors.ts";
import { collectionHealth } from "../collector/health.ts";
import { heardBy } from "../collector/heard_by.ts";
import { probeReceiveBuffer } from "../collector/probe_receive_buffer.ts";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../flow/clock.ts";
import type { ExporterRules } from "../exporter/exporter_policy.ts";
import { parseNetwork } from "../flow/network.ts";
import { addTools, createServer } from "../mcp/server.ts";
import type { ToolContext } from "../mcp/tool.ts";
import { type NameData, NO_NAME_DATA } from "../names/name_data.ts";
import { MonitorRunner } from "../monitor/monitor_runner.ts";
import { InterfaceSpeeds } from "../query/interface_speeds.ts";
import type { QueryBudget } from "../query/engine/run_query.ts";
import { QueryClient } from "../query/query_client.ts";
import { CaptureFolder } from "../recording/capture_folder.ts";
import { CaptureRecorder } from "../recording/capture_recorder.ts";
import { HistoryClient } from "../history/history_client.ts";
import type { HistoryPolicy } from "../history/history_policy.ts";
import { NO_HISTORY } from "../history/history_status.ts";
import type { State } from "../state/state.ts";
import { reverseDns } from "./reverse_dns.ts";

/** How often the rate of datagrams is held against the socket's buffer. */
const BUFFER_MS = 1000;

/** What an engine is made from. */
export interface EngineOptions {
  readonly config: Config;
  readonly capabilities: readonly LoadedCapability[];
  /** Entry module of collector workers. */
  readonly collectorWorker: URL;
  /** Closed with the engine. */
  readonly state: State;
  /** How flows are kept on disk; null where they are not. */
  readonly history: HistoryPolicy | null;
  /** Words that addresses in captures are replaced by; undefined for a key by chance. */
  readonly anonymiseKey?: string;
  /** What names are made of; none configured where it is left out. */
  readonly names?: NameData;
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
  readonly #history: HistoryClient | null;
  readonly #recorder: CaptureRecorder | null;
  readonly #context: ToolContext;
  readonly #options: EngineOptions;
  #stopMonitors: () => void = () => {};
  #stopWatch: () => void = () => {};

  constructor(options: EngineOptions) {
    this.#options = options;
    const { config, capabilities, collectorWorker, state, clock, log } = options;
    const { folder, writer } = options.history ?? {};
    this.queries = new QueryClient<Questions>({
      workerUrl: new URL("../analysis/worker.ts", import.meta.url),
      clock,
      log: log.getChild("query"),
      setup: {
        names: options.names ?? NO_NAME_DATA,
        budget: queryBudget(config),
        history: folder === undefined ? null : { folder, writer },
      } satisfies WorkerSetup,
      folder: folder ?? null,
    });
    this.#history = options.history === null ? null : new HistoryClient({
      policy: options.history,
      workerUrl: new URL("../history/worker.ts", import.meta.url),
      clock,
      log: log.getChild("history"),
    });
    const speeds = new InterfaceSpeeds();
    this.collectors = new Collectors({
      capabilities,
      workerUrl: collectorWorker,
      capacity: config.store.capacity_rows,
      maxRingBytes: config.store.max_mib * 2 ** 20,
      max: config.collector.max,
      host: config.collector.host,
      exporters: exporterRules(config),
      state,
      clock,
      log: log.getChild("collector"),
      onStart: ({ capability, port, collectingSinceMs, memory }) => {
        const { control, ring, dictionary, interfaces, interfaceNames } = memory;
        // It listens, so it was started.
        const named = { capability, port, epoch: collectingSinceMs!, ring, dictionary };
        this.queries.attach({ ...named, interfaceNames });
        this.#history?.follow({ ...named, control });
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
    this.#recorder = this.#openRecorder();
    this.#context = {
      collectors: this.collectors,
      runner: this.runner,
      queries: this.queries,
      recorder: this.#recorder,
      history: () => this.#history?.status ?? NO_HISTORY,
      hostNames: reverseDns(config, { clock, log: log.getChild("dns") }),
      capacities: new KnownCapacities((options.names ?? NO_NAME_DATA).interfaces, speeds),
      anomalies: (question) =>
        this.queries.ask("anomalies", {
          ...question,
          types: [],
          ...heardBy(this.collectors.all, question.window.toMs),
        }),
      clock,
      log: log.getChild("mcp"),
    };
  }

  /** Begins to evaluate the monitors on their interval, and to watch the socket's buffer. */
  start(): void {
    const { clock, config, log } = this.#options;
    let busy = false;
    this.#stopMonitors = clock.every(config.monitor.interval_seconds * 1000, () => {
      // Where nothing was ever collected there is nothing to look at, and no worker to start for it.
      if (busy || this.collectors.all.length === 0) return;
      busy = true;
      this.runner.evaluate()
        .catch((error) => log.warn("monitors could not look", { reason: error.message }))
        .finally(() => busy = false);
    });
    this.#watchBuffer();
  }

  /** Watches whether the socket's buffer bears the rate of datagrams, once something is collected. */
  #watchBuffer(): void {
    const { clock, log } = this.#options;
    const watch = new BufferWatch({ clock, log: log.getChild("collector"), os: Deno.build.os });
    let probed = false;
    this.#stopWatch = clock.every(BUFFER_MS, () => {
      if (!probed && this.collectors.all.length > 0) {
        probed = true;
        probeReceiveBuffer(clock).then((buffer) => watch.know(buffer));
      }
      watch.look(this.collectors.all);
    });
  }

  #openRecorder(): CaptureRecorder | null {
    const { config: { capture }, anonymiseKey, clock, log } = this.#options;
    if (capture.folder === "") return null;
    const folder = new CaptureFolder({
      folder: capture.folder,
      maxFileBytes: capture.max_file_bytes,
      maxFolderBytes: capture.max_folder_bytes,
    });
    if (folder.fault !== null) log.warn("captures cannot be made", { reason: folder.fault });
    return new CaptureRecorder({
      collectors: this.collectors,
      folder,
      secret: anonymiseKey,
      clock,
      log: log.getChild("capture"),
    });
  }

  /** Makes the MCP server of one connection. */
  readonly createServer = () => createServer(this.#context);

  /** Gives a server that has greeted its client already what it can do. */
  readonly addTools = (server: Parameters<typeof addTools>[0]) => addTools(server, this.#context);

  /** Closes sockets and ends workers, in the reverse of the order they began in. */
  async stop(): Promise<void> {
    this.#stopMonitors();
    this.#stopWatch();
    await this.#recorder?.close();
    await this.collectors.stopAll();
    await this.#history?.close();
    this.queries.close();
    this.#options.state.close();
  }
}

function queryBudget({ query }: Config): QueryBudget {
  return {
    maxRows: query.max_rows,
    maxMs: query.max_seconds * 1000,
    maxBytes: query.max_memory_bytes,
  };
}

function exporterRules({ exporter: { allow, sampling_rates } }: Config): ExporterRules {
  return {
    allow: allow.map((text) => parseNetwork(text)!),
    samplingRates: Object.entries(sampling_rates)
      .map(([text, rate]) => ({ network: parseNetwork(text)!, rate })),
  };
}
