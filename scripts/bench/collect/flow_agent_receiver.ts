import type { Client } from "@modelcontextprotocol/client";
import { connectToUrl } from "../../../core/agent/connect.ts";
import { VERSION } from "../../../core/version.ts";
import { plainEnvironment, Program, programArgs } from "../../../tests/support/program.ts";
import { until } from "../../../tests/support/until.ts";
import { type FormatName, FORMATS } from "./generator.ts";
import { processUsage } from "./process_usage.ts";
import type { Receiver, ReceiverKind, Usage } from "./receiver.ts";

/** The counters have come to rest when they stand still for so long. */
const REST_MS = 150;

/** What of `capability_status` is used here. */
export interface Status {
  readonly capabilities: readonly {
    readonly counters: { readonly flow_records: number; readonly datagrams: number };
    readonly exporters: readonly {
      readonly address: string;
      readonly observation_domain: number | null;
      readonly sequence_lost: number;
      readonly sequence_unit: string | null;
    }[];
  }[];
}

/** How the server is to run. */
export interface ServerOptions {
  /** Cores that it may use, as taskset has them. */
  readonly cores: string;
  /** Collectors: capability and port. */
  readonly collect: readonly { readonly capability: string; readonly port: number }[];
  /** Port of MCP. */
  readonly httpPort: number;
}

/**
 * The whole server, as `deno task serve` runs it: flows kept on disk, the latency monitor evaluated
 * every second, MCP over HTTP.
 */
export class FlowAgentServer implements AsyncDisposable {
  readonly client: Client;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(client: Client, program: Program, folder: string) {
    this.client = client;
    this.#program = program;
    this.#folder = folder;
  }

  /** Starts it and waits until it answers. */
  static async start({ cores, collect, httpPort }: ServerOptions): Promise<FlowAgentServer> {
    const folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
    const args = programArgs([
      "serve",
      "--http",
      `127.0.0.1:${httpPort}`,
      "--db",
      folder,
      ...collect.flatMap(({ capability, port }) => [
        "--collect",
        `${capability}@127.0.0.1:${port}`,
      ]),
    ], { read: [folder], write: [folder] });
    const { FLOW_STATE_FOLDER: _, ...environment } = plainEnvironment();
    const env = {
      ...environment,
      FLOW_MONITOR_INTERVAL_SECONDS: "1",
      ...JSON.parse(Deno.env.get("XENV") ?? "{}"),
    };
    const program = new Program("taskset", ["-c", cores, Deno.execPath(), ...args], env);
    try {
      await program.errorLine(/serving MCP over HTTP/);
      const client = await connectToUrl(new URL(`http://127.0.0.1:${httpPort}/mcp`));
      return new FlowAgentServer(client, program, folder);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the processes of the server used so far. */
  usage(): Promise<Usage> {
    return processUsage(this.#program.pid);
  }

  /** Calls a tool. */
  async tool<T>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    const answer = await this.client.callTool({ name, arguments: args });
    if (answer.isError === true) throw new Error(`${name}: ${JSON.stringify(answer.content)}`);
    return answer.structuredContent as T;
  }

  /** Flow records taken in by a capability, once no more come. */
  async settled(capability: string): Promise<Status["capabilities"][number]> {
    let last = -1;
    return await until(`${capability} to come to rest`, async () => {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      const { capabilities: [status] } = await this.tool<Status>("capability_status", {
        capability,
        limit: 100,
      });
      const before = last;
      last = status.counters.datagrams;
      return last === before ? status : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    this.#program.signal("SIGTERM");
    await this.#program.ended();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/**
 * flow-agent on one core.
 *
 * @param options `core`, and the `port` of its collector; MCP takes the next one
 */
export function flowAgentKind({ core, port }: { core: number; port: number }): ReceiverKind {
  return {
    name: "flow-agent",
    version: VERSION,
    formats: ["v5", "v9", "ipfix", "sflow"],
    async start(format) {
      const { capability } = FORMATS[format];
      const server = await FlowAgentServer.start({
        cores: String(core),
        collect: [{ capability, port }],
        httpPort: port + 1,
      });
      return new FlowAgentReceiver(server, capability, port);
    },
  };
}

class FlowAgentReceiver implements Receiver {
  readonly #server: FlowAgentServer;
  readonly #capability: string;
  readonly #port: number;
  #records = 0;
  #cpuSeconds = 0;

  constructor(server: FlowAgentServer, capability: string, port: number) {
    this.#server = server;
    this.#capability = capability;
    this.#port = port;
  }

  portOf(_format: FormatName): number {
    return this.#port;
  }

  status() {
    return this.#server.tool("capability_status", { limit: 1 });
  }

  async begin(): Promise<void> {
    this.#records = (await this.#server.settled(this.#capability)).counters.flow_records;
    this.#cpuSeconds = (await this.#server.usage()).cpuSeconds;
  }

  async end(): Promise<{ records: number; usage: Usage }> {
    const { cpuSeconds, rssMib } = await this.#server.usage();
    const { counters: { flow_records } } = await this.#server.settled(this.#capability);
    return {
      records: flow_records - this.#records,
      usage: { cpuSeconds: cpuSeconds - this.#cpuSeconds, rssMib },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
