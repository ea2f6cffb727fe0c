import type { Client } from "@modelcontextprotocol/client";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { connectInProcess } from "../../core/agent/connect.ts";
import { Engine } from "../../core/cli/engine.ts";
import { loadNames } from "../../core/cli/load_names.ts";
import type { HistoryPolicy } from "../../core/history/history_policy.ts";
import type { LoadedCapability } from "../../core/collector/collectors.ts";
import { loadConfig, type Settings } from "../../core/config/load_config.ts";
import { openDatabase } from "../../core/state/open_database.ts";
import { State } from "../../core/state/state.ts";
import { IN_MEMORY } from "../../core/storage/open_database.ts";
import { CaptureLog } from "./capture_log.ts";
import { COLLECTOR_WORKER } from "./collector_house.ts";
import { FakeClock } from "./fake_clock.ts";
import { DEADLINE_MS } from "./until.ts";

/** What a tool answered. */
export interface ToolAnswer {
  readonly isError: boolean;
  /** Of the first piece of content. */
  readonly text: string;
  readonly pieces: number;
  // deno-lint-ignore no-explicit-any -- what a server says is checked by what tests assert about it.
  readonly result: any;
}

/** A whole server behind a real client in this process; time stands still at the machine's now. */
export class McpHouse {
  readonly clock = new FakeClock(Date.now());
  readonly log = new CaptureLog();
  readonly engine: Engine;
  readonly #clients: Client[] = [];

  /**
   * @param settings over the defaults; collectors listen on 127.0.0.1
   * @param options `more` capabilities beside those that are built in, and how flows are kept on disk,
   *   which by default they are not
   */
  constructor(
    settings: Settings = {},
    { more = [], history = null }: {
      more?: readonly LoadedCapability[];
      history?: HistoryPolicy | null;
    } = {},
  ) {
    const config = loadConfig({
      environment: () => undefined,
      flags: {
        collector: { host: "127.0.0.1" },
        store: { capacity_rows: 4096 },
        ...settings,
      },
    });
    this.engine = new Engine({
      config,
      names: loadNames(config),
      capabilities: [
        ...builtInCapabilities.map((capability) => ({
          capability,
          source: capability.name,
          readable: [],
        })),
        ...more,
      ],
      collectorWorker: COLLECTOR_WORKER,
      state: new State(openDatabase(IN_MEMORY), { now: () => this.clock.now(), onLoss: () => {} }),
      history,
      clock: this.clock,
      log: this.log.logger,
    });
  }

  /** Connects a client of its own. */
  async connect(): Promise<Client> {
    const client = await connectInProcess(this.engine.createServer());
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.engine.stop();
  }
}

/** Calls a tool, whatever it answers. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  const { isError, content, structuredContent } = await client.callTool(
    { name, arguments: args },
    { timeout: DEADLINE_MS },
  );
  const [first] = content as { type: string; text: string }[];
  return {
    isError: isError === true,
    text: first.text,
    pieces: content.length,
    result: structuredContent,
  };
}
