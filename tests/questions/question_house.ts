import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import { SAMPLE_FORMATS, type SampleFormat } from "../../core/wire/encode/sample_formats.ts";
import { callTool, McpHouse } from "../support/mcp_house.ts";
import { sendUdp } from "../support/udp.ts";
import { until } from "../support/until.ts";
import type { SentFlow } from "./sent_flow.ts";

/** Datagrams in one go: fewer than a socket's buffer holds. */
const BURST = 20;

/** A tool's result: fields as the contract names them. */
// deno-lint-ignore no-explicit-any -- what a server says is checked by what tests assert about it.
export type Result = any;

/** A server with collectors behind real sockets, and a client that asks. */
export class QuestionHouse {
  readonly #house: McpHouse;
  readonly #client: Client;
  readonly #ports = new Map<string, number>();
  /** Names of the tools that there are. */
  readonly tools: ReadonlySet<string>;
  #records = 0;

  private constructor(house: McpHouse, client: Client, tools: ReadonlySet<string>) {
    this.#house = house;
    this.#client = client;
    this.tools = tools;
  }

  /** Opens the house, with a collector of each capability that the scenarios need. */
  static async open(): Promise<QuestionHouse> {
    const house = new McpHouse({ store: { capacity_rows: 16_384 } });
    const client = await house.connect();
    const { tools } = await client.listTools();
    const opened = new QuestionHouse(house, client, new Set(tools.map(({ name }) => name)));
    for (const capability of ["json_udp", "ipfix_udp", "netflow_udp", "sflow_udp"]) {
      const { result } = await callTool(client, "start_collection", { capability, port: 0 });
      opened.#ports.set(capability, result.port);
    }
    return opened;
  }

  /**
   * Sends flows through a socket, and waits until they are collected.
   *
   * @param format of the datagrams
   * @param flows in order
   */
  async send(format: SampleFormat, flows: readonly SentFlow[]): Promise<void> {
    const { start, flowsPerDatagram: size } = SAMPLE_FORMATS[format];
    const encoder = start(Date.now() - 86_400_000);
    const datagrams = [];
    for (let n = 0; n < flows.length; n += size) {
      datagrams.push(encoder.encode(flows.slice(n, n + size), Date.now()));
    }
    const before = this.#records;
    for (let n = 0; n < datagrams.length; n += BURST) {
      await this.sendRaw(CAPABILITY[format], ...datagrams.slice(n, n + BURST));
      const sent = Math.min(flows.length, (n + BURST) * size);
      await this.#collected(before + sent);
    }
    this.#records = before + flows.length;
  }

  /** Sends datagrams to a capability's collector. */
  async sendRaw(capability: string, ...datagrams: readonly Uint8Array[]): Promise<void> {
    await sendUdp(this.#ports.get(capability)!, ...datagrams);
  }

  /** Lets time pass, so that all that was collected lies before "now". */
  pass(ms: number): void {
    this.#house.clock.advance(ms);
  }

  /** Calls a tool that has to succeed. */
  async ask(tool: string, args: Record<string, unknown>): Promise<Result> {
    const { isError, text, result } = await callTool(this.#client, tool, args);
    assert.equal(isError, false, text);
    return result;
  }

  /** Waits until a capability's collector has heard so many datagrams. */
  async heard(capability: string, datagrams: number): Promise<void> {
    await until(`${datagrams} datagrams`, async () => {
      const { capabilities: [one] } = await this.ask("capability_status", { capability });
      return one.counters.datagrams >= datagrams || undefined;
    });
  }

  async #collected(records: number): Promise<void> {
    await until(`${records} flow records`, () => {
      const found = this.#house.engine.collectors.all
        .reduce((sum, collector) => sum + collector.status().counters.flow_records, 0);
      return found >= records || undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#house[Symbol.asyncDispose]();
  }
}

const CAPABILITY: Readonly<Record<SampleFormat, string>> = {
  json: "json_udp",
  netflow5: "netflow_udp",
  netflow9: "netflow_udp",
  ipfix: "ipfix_udp",
  sflow: "sflow_udp",
};
