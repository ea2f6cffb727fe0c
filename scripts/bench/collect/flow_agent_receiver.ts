import { VERSION } from "../../../core/version.ts";
import { type CapabilityStatus, FlowAgentServer } from "./flow_agent_server.ts";
import { FORMATS } from "./generator.ts";
import type { Receiver, ReceiverKind, Usage } from "./receiver.ts";

/** Beside which port of a collector MCP is served. */
const HTTP_BESIDE = 50;

/**
 * flow-agent under measurement.
 *
 * @param options `cores` that it may use, as taskset has them; `ports`, one a collector; whether it
 *   is `asked` questions back to back meanwhile
 */
export function flowAgentKind(
  { cores, ports, asked = false }: { cores: string; ports: readonly number[]; asked?: boolean },
): ReceiverKind {
  return {
    name: "flow-agent",
    version: VERSION,
    formats: ["v5", "v9", "ipfix", "sflow"],
    async start(format) {
      const { capability } = FORMATS[format];
      const httpPort = ports[0] + HTTP_BESIDE;
      const server = await FlowAgentServer.start({ cores, capability, ports, httpPort });
      return new FlowAgentReceiver(server, { capability, ports, asked });
    },
  };
}

class FlowAgentReceiver implements Receiver {
  readonly ports: readonly number[];
  readonly #server: FlowAgentServer;
  readonly #capability: string;
  readonly #asked: boolean;
  #records = 0;
  #cpuSeconds = 0;
  #ended = false;
  #asking: Promise<void> = Promise.resolve();

  constructor(
    server: FlowAgentServer,
    { capability, ports, asked }: {
      capability: string;
      ports: readonly number[];
      asked: boolean;
    },
  ) {
    this.ports = ports;
    this.#server = server;
    this.#capability = capability;
    this.#asked = asked;
  }

  async begin(): Promise<void> {
    this.#records = (await this.#settled()).counters.flow_records;
    this.#cpuSeconds = (await this.#server.usage()).cpuSeconds;
    this.#ended = false;
    if (this.#asked) this.#asking = this.#ask();
  }

  async end(): Promise<{ records: number; usage: Usage }> {
    this.#ended = true;
    const { cpuSeconds, rssMib } = await this.#server.usage();
    await this.#asking;
    const { counters: { flow_records } } = await this.#settled();
    return {
      records: flow_records - this.#records,
      usage: { cpuSeconds: cpuSeconds - this.#cpuSeconds, rssMib },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  /** Asks one question after another until the end. */
  async #ask(): Promise<void> {
    while (!this.#ended) {
      await this.#server.tool("analyze_traffic", {});
      await this.#server.tool("query_flows", {
        time_range: "15m",
        group_by: ["src_addr"],
        metrics: ["bytes"],
      });
      await this.#server.tool("monitor_once", {});
    }
  }

  #settled(): Promise<CapabilityStatus> {
    return this.#server.settled(this.#capability);
  }
}
