import type { Client } from "@modelcontextprotocol/client";

/** What the agent is to watch. */
export interface AgentOptions {
  /** Collections to see to: capability, and where, when not the default. */
  readonly collect: readonly { capability: string; host?: string; port?: number }[];
  /** Thresholds to set; what is left out stays as the server has it. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Takes a line for people. */
  readonly print: (line: string) => void;
}

/** A tool's answer: `structuredContent` of its contract. */
type Answer = Record<string, unknown>;

interface AlertView {
  severity: string;
  title: string;
  summary: string;
}

/** A tool that answered with an error. */
export class AgentFailure extends Error {
  override readonly name = "AgentFailure";
}

/**
 * Watches over MCP: sees to it that collectors run, sets the thresholds, and tells of each alert
 * once. It acts only through a client, so it can do nothing that a client cannot.
 */
export class Agent {
  readonly #client: Pick<Client, "callTool">;
  readonly #options: AgentOptions;
  #cursor: string | undefined;

  /**
   * @param client connected to a flow-agent server
   * @param options what to watch and where to tell of it
   */
  constructor(client: Pick<Client, "callTool">, options: AgentOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Brings the server to where it can be polled: lists the capabilities, starts the collections,
   * sets the thresholds, and tells what came of each.
   *
   * @returns the ports that the collections listen on, in their order
   */
  async prepare(): Promise<number[]> {
    const { collect, thresholds, print } = this.#options;
    const { capabilities } = await this.#call("list_capabilities", {});
    print("CAPABILITIES");
    for (const { name, formats, default_port, running } of capabilities as Answer[]) {
      const state = running ? "running" : "stopped";
      print(`  ${name}  UDP ${default_port}  ${(formats as string[]).join(", ")}  ${state}`);
    }
    const ports: number[] = [];
    print("START");
    for (const wanted of collect) {
      const started = await this.#call("start_collection", { ...wanted });
      print(`  ${started.capability}  ${started.status}  UDP ${started.host} port ${started.port}`);
      ports.push(started.port as number);
    }
    const { thresholds: effective } = await this.#call("set_thresholds", { ...thresholds });
    print("THRESHOLDS");
    print(
      `  ${
        Object.entries(effective as Answer).map(([name, value]) => `${name}=${value}`).join("  ")
      }`,
    );
    return ports;
  }

  /**
   * Asks for alerts once, and tells of those that are new.
   *
   * @returns how many there were
   */
  async poll(): Promise<number> {
    const { print } = this.#options;
    // Reading on from a cursor, from the start on: whatever other clients poll, nothing is missed.
    const answer = await this.#call("monitor_once", { since: this.#cursor ?? "00000000.0" });
    this.#cursor = answer.cursor as string;
    const alerts = answer.alerts as AlertView[];
    if (alerts.length > 0) print("ALERTS");
    for (const { severity, title, summary } of alerts) {
      print(`  ${severity.toUpperCase()}  ${title}`);
      print(`    ${summary}`);
    }
    return alerts.length;
  }

  async #call(name: string, args: Record<string, unknown>): Promise<Answer> {
    const result = await this.#client.callTool({ name, arguments: args });
    if (result.isError) {
      const [first] = result.content as { type: string; text?: string }[];
      throw new AgentFailure(first?.text ?? `${name} failed without saying why`);
    }
    return result.structuredContent as Answer;
  }
}
