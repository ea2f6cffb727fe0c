import assert from "node:assert/strict";
import type { Client } from "@modelcontextprotocol/client";
import type { Settings } from "../../core/config/load_config.ts";
import {
  type FlowEncoder,
  SAMPLE_FORMATS,
  type SampleFormat,
} from "../../core/wire/encode/sample_formats.ts";
import { callTool, McpHouse } from "../support/mcp_house.ts";
import { until } from "../support/until.ts";
import type { SentFlow } from "./sent_flow.ts";

/** Datagrams in one go: fewer than a socket's buffer holds. */
const BURST = 20;
const LOOPBACK = "127.0.0.1";

/** A tool's result: fields as the contract names them. */
// deno-lint-ignore no-explicit-any -- what a server says is checked by what tests assert about it.
export type Result = any;

/** Exporters began so long before the first flow. */
const UPTIME_MS = 86_400_000;

/** A server with collectors behind real sockets, and a client that asks, in time that stands still. */
export class QuestionHouse {
  readonly #house: McpHouse;
  readonly #client: Client;
  readonly #ports = new Map<string, number>();
  /** Exporters keep their port: templates are known by it. */
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
  readonly #encoders = new Map<SampleFormat, FlowEncoder>();
  #records = 0;

  private constructor(house: McpHouse, client: Client) {
    this.#house = house;
    this.#client = client;
  }

  /**
   * Opens the house, with a collector of each capability that the scenarios need.
   *
   * @param settings over the defaults
   */
  static async open(settings: Settings = {}): Promise<QuestionHouse> {
    const house = new McpHouse({ store: { capacity_rows: 16_384 }, ...settings });
    const client = await house.connect();
    const opened = new QuestionHouse(house, client);
    for (const capability of ["json_udp", "ipfix_udp", "netflow_udp", "sflow_udp"]) {
      const { result } = await callTool(client, "start_collection", { capability, port: 0 });
      opened.#ports.set(capability, result.port);
    }
    return opened;
  }

  /** What time it is for the server and its collectors, Unix milliseconds. */
  get nowMs(): number {
    return this.#house.clock.now();
  }

  /**
   * Sends flows through a socket, and waits until they are collected: they arrive now.
   *
   * @param format of the datagrams, which all come from one exporter of that format
   * @param flows in order
   */
  async send(format: SampleFormat, flows: readonly SentFlow[]): Promise<void> {
    const { start, flowsPerDatagram: size } = SAMPLE_FORMATS[format];
    const encoder = this.#encoders.get(format) ?? start(this.nowMs - UPTIME_MS);
    this.#encoders.set(format, encoder);
    const datagrams = [];
    for (let n = 0; n < flows.length; n += size) {
      datagrams.push(encoder.encode(flows.slice(n, n + size), this.nowMs));
    }
    const before = this.#records;
    for (let n = 0; n < datagrams.length; n += BURST) {
      await this.#transmit(CAPABILITY[format], datagrams.slice(n, n + BURST));
      const sent = Math.min(flows.length, (n + BURST) * size);
      await this.#collected(before + sent);
    }
    this.#records = before + flows.length;
  }

  /** Sends datagrams to a capability's collector, and waits until it has heard them. */
  async sendRaw(capability: string, ...datagrams: readonly Uint8Array[]): Promise<void> {
    const wanted = this.#heard(capability) + datagrams.length;
    await this.#transmit(capability, datagrams);
    await until(
      `${wanted} datagrams of ${capability}`,
      () => this.#heard(capability) >= wanted || undefined,
    );
  }

  /** Lets time pass. Nothing falls due: what waits for workers would take them for dead. */
  pass(ms: number): void {
    this.#house.clock.step(ms);
  }

  /** Calls a tool that has to succeed. */
  async ask(tool: string, args: Record<string, unknown>): Promise<Result> {
    const { isError, text, result } = await callTool(this.#client, tool, args);
    assert.equal(isError, false, text);
    return result;
  }

  async #transmit(capability: string, datagrams: readonly Uint8Array[]): Promise<void> {
    const to = {
      transport: "udp",
      hostname: LOOPBACK,
      port: this.#ports.get(capability)!,
    } as const;
    for (const datagram of datagrams) await this.#socket.send(datagram, to);
  }

  #heard(capability: string): number {
    const [collector] = this.#house.engine.collectors.of(capability);
    return collector.status().counters.datagrams;
  }

  async #collected(records: number): Promise<void> {
    await until(`${records} flow records`, () => {
      const found = this.#house.engine.collectors.all
        .reduce((sum, collector) => sum + collector.status().counters.flow_records, 0);
      return found >= records || undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
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
