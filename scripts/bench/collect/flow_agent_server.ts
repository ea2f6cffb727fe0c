import type { Client } from "@modelcontextprotocol/client";
import { connectToUrl } from "../../../core/agent/connect.ts";
import { plainEnvironment, Program, programArgs } from "../../../tests/support/program.ts";
import { until } from "../../../tests/support/until.ts";
import { processUsage } from "./process_usage.ts";
import type { Usage } from "./receiver.ts";

/** The counters have come to rest when they stand still for so long. */
const REST_MS = 150;
/** Exporters that are listed. */
const EXPORTERS = 100;

/** What of a capability's status is used here. */
export interface CapabilityStatus {
  readonly counters: { readonly flow_records: number; readonly datagrams: number };
  readonly exporters: readonly {
    readonly address: string;
    readonly observation_domain: number | null;
    readonly sequence_lost: number;
    readonly sequence_unit: string | null;
  }[];
}

/** How the server is to run. */
export interface ServerOptions {
  /** Cores that it may use, as taskset has them. */
  readonly cores: string;
  readonly capability: string;
  /** UDP ports, one a collector. */
  readonly ports: readonly number[];
  /** TCP port of MCP. */
  readonly httpPort: number;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The whole server, as `deno task serve` runs it: flows kept on disk, the latency monitor evaluated
 * every second, MCP over HTTP.
 */
export class FlowAgentServer implements AsyncDisposable {
  readonly #client: Client;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(client: Client, program: Program, folder: string) {
    this.#client = client;
    this.#program = program;
    this.#folder = folder;
  }

  /** Starts it and waits until it answers. */
  static async start(
    { cores, capability, ports, httpPort, env: settings }: ServerOptions,
  ): Promise<FlowAgentServer> {
    const folder = Deno.makeTempDirSync({ prefix: "flow-agent-bench-" });
    const collect = ports.flatMap((port) => ["--collect", `${capability}@127.0.0.1:${port}`]);
    const serve = ["serve", "--http", `127.0.0.1:${httpPort}`, "--db", folder, ...collect];
    const args = programArgs(serve, { read: [folder], write: [folder] });
    const { FLOW_STATE_FOLDER: _, ...environment } = plainEnvironment();
    const env = { ...environment, FLOW_MONITOR_INTERVAL_SECONDS: "1", ...settings };
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

  /** What it used so far. */
  usage(): Promise<Usage> {
    return processUsage(this.#program.pid);
  }

  /** Calls a tool. */
  async tool<T>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    const answer = await this.#client.callTool({ name, arguments: args });
    if (answer.isError === true) throw new Error(`${name}: ${JSON.stringify(answer.content)}`);
    return answer.structuredContent as T;
  }

  /** The status of a capability, once no more datagrams come. */
  async settled(capability: string): Promise<CapabilityStatus> {
    let last = -1;
    return await until(`${capability} to come to rest`, async () => {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      const { capabilities: [status] } = await this.tool<{ capabilities: CapabilityStatus[] }>(
        "capability_status",
        { capability, limit: EXPORTERS },
      );
      const before = last;
      last = status.counters.datagrams;
      return last === before ? status : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    this.#program.signal("SIGTERM");
    await this.#program.ended();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
